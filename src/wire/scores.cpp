// The query of a score list; scores_writer.cpp has the answer.
#include "wire/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "domain/nearest.h"
#include "domain/rule.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

using Field = std::pair<ScoreSort, std::string_view>;
constexpr std::array<Field, 7> field_names{{
    {ScoreSort::score, "score"},
    {ScoreSort::numerator, "numerator"},
    {ScoreSort::denominator, "denominator"},
    {ScoreSort::total_pass, "total_pass"},
    {ScoreSort::total_fail, "total_fail"},
    {ScoreSort::total_skip, "total_skip"},
    {ScoreSort::total_no_data, "total_no_data"},
}};

ParameterRow ids(std::string_view name, std::optional<std::vector<std::string>>& ids) {
  return value(name, [&ids](auto, const auto& text) -> Result<void> {
    const auto words = split_list(text);
    ids.emplace(words.begin(), words.end());
    return {};
  });
}

ParameterRow levels(std::optional<std::vector<int>>& levels) {
  return value("filter[rule][level]", [&levels](auto name, const auto& text) -> Result<void> {
    levels.emplace();
    for (const auto word : split_list(text)) {
      const auto level = parse_number(name, word, level_min, level_max);
      if (!level) {
        return bad_parameter(name, fmt::format("whole numbers from {} to {}, separated by commas",
                                               level_min, level_max));
      }
      levels->push_back(static_cast<int>(*level));
    }
    return {};
  });
}

// One field, with '-' in front of it for the largest first. An empty text asks for nothing.
ParameterRow sort(ScoreQuery& query) {
  return value("sort", [&query](auto name, std::string_view text) -> Result<void> {
    if (text.empty()) return {};
    query.descending = text.starts_with('-');
    if (query.descending) text.remove_prefix(1);
    const auto found = std::ranges::find(field_names, text, &Field::second);
    if (found != field_names.end()) {
      query.sort = found->first;
      return {};
    }
    std::array<std::string_view, field_names.size()> known{};
    std::ranges::transform(field_names, known.begin(), &Field::second);
    return bad_parameter(name, fmt::format("one of \"{}\", with \"-\" in front for descending{}",
                                           fmt::join(known, " "), suggest_nearest(text, known)));
  });
}

}  // namespace

Result<ScoreQuery> parse_score_query(std::string_view aggregation, Query query,
                                     const Limits& limits) {
  const auto known = parse_aggregation(aggregation);
  if (!known) {
    return bad_parameter(
        "aggregation",
        fmt::format("one of \"by-entity by-rule by-scorecard by-team by-kind\", not \"{}\"",
                    aggregation));
  }
  ScoreQuery parsed;
  parsed.aggregation = *known;
  TRY(read_parameters(query, rows_of(parsed, limits)));
  return parsed;
}

ParameterRows rows_of(ScoreQuery& query, const Limits& limits) {
  auto& rules = query.rules;
  return {page(query.page, limits.scores_page_size_max),
          sort(query),
          ids("filter[rule][id]", rules.ids),
          text("filter[rule][name]", rules.name),
          levels(rules.levels),
          ids("filter[rule][scorecard_id]", rules.scorecard_ids),
          flag("filter[rule][is_custom]", rules.custom),
          flag("filter[rule][is_enabled]", rules.enabled),
          entity_query(query.entity, limits),
          entity_reference(query.entity),
          entity_name(query.entity)};
}

}  // namespace scorekeeper::wire
