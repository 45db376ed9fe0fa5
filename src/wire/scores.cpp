// The query of a score list; scores_writer.cpp has the answer.
#include "wire/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "domain/nearest.h"
#include "domain/rule.h"
#include "wire/known_parameters.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

constexpr std::array<std::pair<ScoreSort, std::string_view>, 7> field_names{{
    {ScoreSort::score, "score"},
    {ScoreSort::numerator, "numerator"},
    {ScoreSort::denominator, "denominator"},
    {ScoreSort::total_pass, "total_pass"},
    {ScoreSort::total_fail, "total_fail"},
    {ScoreSort::total_skip, "total_skip"},
    {ScoreSort::total_no_data, "total_no_data"},
}};

std::optional<std::vector<std::string>> parse_ids(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::nullopt;
  const auto words = split_list(*value);
  return std::vector<std::string>(words.begin(), words.end());
}

Result<std::optional<std::vector<int>>> parse_levels(Query query) {
  constexpr std::string_view name = "filter[rule][level]";
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::optional<std::vector<int>>();
  std::vector<int> levels;
  for (const auto word : split_list(*value)) {
    if (!parse_number(name, word, level_min, level_max)) {
      return bad_parameter(name, fmt::format("whole numbers from {} to {}, separated by commas",
                                             level_min, level_max));
    }
    levels.push_back(static_cast<int>(*parse_number(name, word, level_min, level_max)));
  }
  return std::optional(std::move(levels));
}

// One field, with '-' in front of it for the largest first. An empty text asks for nothing.
Result<void> parse_sort(Query query, ScoreQuery& list) {
  const auto* value = find_value(query, "sort");
  if (value == nullptr || value->empty()) return {};
  std::string_view text = *value;
  list.descending = text.starts_with('-');
  if (list.descending) text.remove_prefix(1);
  const auto* const found =
      std::ranges::find(field_names, text, &decltype(field_names)::value_type::second);
  if (found == field_names.end()) {
    std::array<std::string_view, field_names.size()> known{};
    std::ranges::transform(field_names, known.begin(), &decltype(field_names)::value_type::second);
    return bad_parameter("sort", fmt::format("one of \"{}\", with \"-\" in front for descending{}",
                                             fmt::join(known, " "), suggest_nearest(text, known)));
  }
  list.sort = found->first;
  return {};
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
  TRY(check_parameters(query, known::scores));
  ScoreQuery list;
  list.aggregation = *known;
  list.page = TRY(parse_page(query, limits.scores_page_size_max));
  list.rules.ids = parse_ids(query, "filter[rule][id]");
  list.rules.scorecard_ids = parse_ids(query, "filter[rule][scorecard_id]");
  list.rules.name = parse_text(query, "filter[rule][name]");
  list.rules.levels = TRY(parse_levels(query));
  list.rules.custom = TRY(parse_boolean(query, "filter[rule][is_custom]"));
  list.rules.enabled = TRY(parse_boolean(query, "filter[rule][is_enabled]"));
  list.entity = TRY(parse_entity_filter(query, limits));
  TRY(parse_sort(query, list));
  return list;
}

}  // namespace scorekeeper::wire
