// Scores: counts of current outcomes over a set of rules and entities, and what follows from them
// (docs/scores.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace scorekeeper {

// A new aggregation needs a line in: score.cpp (name), matrix/scores.cpp, wire/scores_writer.cpp.
enum class Aggregation { by_entity, by_rule, by_scorecard, by_team, by_kind };

std::string_view name_of(Aggregation aggregation);  // "by-entity"
std::optional<Aggregation> parse_aggregation(std::string_view text);

// Cells by state; their sum is the number of applicable cells.
struct ScoreCounts {
  std::uint64_t pass = 0;
  std::uint64_t fail = 0;
  std::uint64_t skip = 0;
  std::uint64_t no_data = 0;

  ScoreCounts& operator+=(const ScoreCounts& other);
  bool operator==(const ScoreCounts&) const = default;
};

// Whether cells without data lower a score: the operator's switch.
enum class NoDataCounting { left_out, counts_as_fail };

std::uint64_t numerator_of(const ScoreCounts& counts);
std::uint64_t denominator_of(const ScoreCounts& counts, NoDataCounting no_data);
// None when the denominator is 0: nothing reported is not 0 %.
std::optional<double> score_of(const ScoreCounts& counts, NoDataCounting no_data);
// From 0 to 100, with two decimals; 0 and 100 only where the score is exactly that.
std::optional<double> percentage_of(const ScoreCounts& counts, NoDataCounting no_data);

}  // namespace scorekeeper
