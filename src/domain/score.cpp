#include "domain/score.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace scorekeeper {
namespace {

constexpr std::array<std::pair<Aggregation, std::string_view>, 5> names{{
    {Aggregation::by_entity, "by-entity"},
    {Aggregation::by_rule, "by-rule"},
    {Aggregation::by_scorecard, "by-scorecard"},
    {Aggregation::by_team, "by-team"},
    {Aggregation::by_kind, "by-kind"},
}};

}  // namespace

std::string_view name_of(Aggregation aggregation) {
  return std::ranges::find(names, aggregation, &decltype(names)::value_type::first)->second;
}

std::optional<Aggregation> parse_aggregation(std::string_view text) {
  const auto* const found = std::ranges::find(names, text, &decltype(names)::value_type::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

ScoreCounts& ScoreCounts::operator+=(const ScoreCounts& other) {
  pass += other.pass;
  fail += other.fail;
  skip += other.skip;
  no_data += other.no_data;
  return *this;
}

std::uint64_t numerator_of(const ScoreCounts& counts) { return counts.pass; }

std::uint64_t denominator_of(const ScoreCounts& counts, NoDataCounting no_data) {
  const std::uint64_t reported = counts.pass + counts.fail;
  return no_data == NoDataCounting::counts_as_fail ? reported + counts.no_data : reported;
}

std::optional<double> score_of(const ScoreCounts& counts, NoDataCounting no_data) {
  const std::uint64_t denominator = denominator_of(counts, no_data);
  if (denominator == 0) return std::nullopt;
  return static_cast<double>(numerator_of(counts)) / static_cast<double>(denominator);
}

std::optional<double> percentage_of(const ScoreCounts& counts, NoDataCounting no_data) {
  const auto score = score_of(counts, no_data);
  if (!score) return score;
  const double hundredths = std::round(*score * 10'000);
  if (hundredths == 0 && *score > 0) return 0.01;
  if (hundredths == 10'000 && *score < 1) return 99.99;
  return hundredths / 100;
}

}  // namespace scorekeeper
