#include "domain/score.h"

#include <gtest/gtest.h>

#include <cmath>

namespace scorekeeper {
namespace {

using enum Aggregation;

TEST(Aggregation, NamesRoundTripAndOthersAreUnknown) {
  for (const auto aggregation : {by_entity, by_rule, by_scorecard, by_team, by_kind}) {
    EXPECT_EQ(parse_aggregation(name_of(aggregation)), aggregation);
  }
  EXPECT_EQ(name_of(by_team), "by-team");
  for (const auto* text : {"", "by-", "by_rule", "By-Rule", "campaign"}) {
    EXPECT_FALSE(parse_aggregation(text)) << text;
  }
}

TEST(Score, IsTheShareOfPassesAmongWhatWasReported) {
  const struct {
    ScoreCounts counts;
    std::optional<double> left_out;
    std::optional<double> counts_as_fail;
  } cases[] = {
      {{}, {}, {}},
      {{.pass = 1}, 1, 1},
      {{.fail = 3}, 0, 0},
      {{.pass = 3, .fail = 1}, 0.75, 0.75},
      {{.pass = 1, .fail = 1, .skip = 5}, 0.5, 0.5},
      {{.pass = 1, .fail = 1, .skip = 1, .no_data = 2}, 0.5, 0.25},
      {{.skip = 4}, {}, {}},
      {{.no_data = 4}, {}, 0},
      {{.pass = 1, .no_data = 3}, 1, 0.25},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(score_of(c.counts, NoDataCounting::left_out), c.left_out);
    EXPECT_EQ(score_of(c.counts, NoDataCounting::counts_as_fail), c.counts_as_fail);
  }
}

TEST(Score, FollowsFromItsCounts) {
  const ScoreCounts counts{.pass = 5, .fail = 2, .skip = 7, .no_data = 4};
  EXPECT_EQ(numerator_of(counts), 5U);
  EXPECT_EQ(denominator_of(counts, NoDataCounting::left_out), 7U);
  EXPECT_EQ(denominator_of(counts, NoDataCounting::counts_as_fail), 11U);
}

TEST(Score, IsAPercentageThatIsNoughtOrAHundredOnlyWhenItIsExactlyThat) {
  const struct {
    ScoreCounts counts;
    std::optional<double> percentage;
  } cases[] = {
      {{}, {}},
      {{.skip = 1}, {}},
      {{.fail = 3}, 0},
      {{.pass = 3}, 100},
      {{.pass = 10, .fail = 3}, 76.92},
      {{.pass = 1, .fail = 1'000'000}, 0.01},
      {{.pass = 1'000'000, .fail = 1}, 99.99},
  };
  for (const auto& c : cases)
    EXPECT_EQ(percentage_of(c.counts, NoDataCounting::left_out), c.percentage);
}

TEST(ScoreCounts, AddUpByState) {
  ScoreCounts sum{.pass = 1, .fail = 2, .skip = 3, .no_data = 4};
  sum += {.pass = 10, .fail = 20, .skip = 30, .no_data = 40};
  EXPECT_EQ(sum, (ScoreCounts{.pass = 11, .fail = 22, .skip = 33, .no_data = 44}));
}

}  // namespace
}  // namespace scorekeeper
