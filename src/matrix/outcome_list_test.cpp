// Lists of outcomes of an organisation that has much: what a look takes, and what a list takes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "matrix/matrix_fixture.h"
#include "matrix/outcome_reading.h"

namespace scorekeeper::matrix {
namespace {

using Rows = std::vector<std::uint64_t>;

constexpr std::uint32_t entities = 20'000;
constexpr std::uint32_t rules = 1'000;

WorkBudget budget_of(std::uint64_t steps) {
  return WorkBudget({.steps = steps, .deadline = WorkBudget::SteadyTime::max(), .cancelled = {}});
}

// Steps that a question takes: the fewest that are enough, within some per mille.
template <class Ask>
std::uint64_t steps_of(const Ask& ask) {
  std::uint64_t refused = 0;
  std::uint64_t enough = 10'000'000'000;
  while (enough - refused > enough / 500 + 1) {
    const auto middle = refused + (enough - refused) / 2;
    auto budget = budget_of(middle);
    (ask(budget) ? enough : refused) = middle;
  }
  return enough;
}

// All entities but the last have one name; each rule has one skip, of the last one, and the first
// rule passes for all.
class OfOneName : public testing::Test {
 protected:
  OfOneName() {
    std::vector<std::string> references;
    for (std::uint32_t n = 1; n < entities; ++n)
      references.push_back(fmt::format("queue:n{}/x", n));
    references.emplace_back("queue:default/y");
    std::vector<Rule> made;
    std::vector<CellChange> changes;
    for (std::uint32_t n = 1; n <= rules; ++n) {
      made.push_back(rule(n, fmt::format("r{}", n)));
      changes.push_back(change(n, entities, State::skip, n));
    }
    for (std::uint32_t n = 1; n < entities; ++n) {
      changes.push_back(change(1, n, State::pass, rules + n));
    }
    matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")}, .rules = made});
    add_entities(matrix, references);
    matrix.publish({.changes = changes, .position = RowId{rules + entities}});
  }

  OrgMatrix matrix{OrgId{1}};
};

// A name is looked up once, not once for each rule.
TEST_F(OfOneName, TakeWorkForNamesAndForRulesNotForBoth) {
  const OutcomeFilter filter{.service_name = "x", .state = State::skip};
  const auto steps = steps_of([&](WorkBudget& budget) {
    const auto found = matrix.list_outcomes(filter, {}, budget);
    EXPECT_TRUE(found ? found->outcomes.empty() : found.error().code == Code::invalid);
    return found.has_value();
  });
  EXPECT_GE(steps, 100U * entities);
  EXPECT_LE(steps, 200U * entities + 1'000U * rules);
  EXPECT_GT(steps, query_look_max);  // in more than one look
}

TEST_F(OfOneName, AreWorkForEveryListByNames) {
  const auto refuses = [](const auto& result) {
    return !result && result.error().code == Code::invalid &&
           result.error().detail.contains("query_work_max");
  };
  const auto few = [] { return budget_of(50 * entities); };
  auto budget = few();
  EXPECT_TRUE(refuses(matrix.find_by_name("x", budget)));
  budget = few();
  EXPECT_TRUE(refuses(matrix.list_outcomes({.service_name = "x"}, {}, budget)));
  budget = few();
  EXPECT_TRUE(refuses(matrix.list_outcomes({.entity = {.name = "x"}}, {}, budget)));
  ScoreQuery scores;
  scores.entity.name = "x";
  budget = few();
  EXPECT_TRUE(refuses(matrix.list_scores(scores, budget)));
  budget = few();
  EXPECT_TRUE(refuses(matrix.list_entity_scores(scores, budget)));
  budget = few();
  OutcomeReading reading({.service_name = "x"});
  EXPECT_TRUE(refuses(matrix.prepare(reading, budget)));
  // Another name, and a reference, are found at once.
  budget = few();
  EXPECT_EQ(matrix.find_by_name("y", budget)->size(), 1U);
  EXPECT_EQ(rows_of(*matrix.list_outcomes({.service_name = "queue:n7/x"}, {}, budget)),
            Rows{rules + 7});
}

TEST_F(OfOneName, EndWhenNobodyWaits) {
  const auto gone = std::make_shared<std::atomic<bool>>(true);
  WorkBudget budget(
      {.steps = WorkBudget::no_end, .deadline = WorkBudget::SteadyTime::max(), .cancelled = gone});
  EXPECT_EQ(matrix.find_by_name("x", budget).error().code, Code::unavailable);
  EXPECT_EQ(matrix.list_outcomes({}, {}, budget).error().code, Code::unavailable);
}

TEST_F(OfOneName, AreListed) {
  WorkBudget all;
  matrix.publish({.removals = std::vector{EntityNumber{5}}});
  const auto found = *matrix.find_by_name("x", all);
  ASSERT_EQ(found.size(), entities - 2);
  EXPECT_EQ(found[3], EntityNumber{4});
  EXPECT_EQ(found[4], EntityNumber{6});
  OutcomeFilter filter{.service_name = "x"};
  EXPECT_EQ(rows_of(matrix.list_outcomes(filter, {.offset = 10'000, .size = 2})),
            (Rows{rules + 10'002, rules + 10'003}));
  filter.entity.query = *EntityQuery::parse("namespace:n10003 OR name:y", "query");
  EXPECT_EQ(rows_of(matrix.list_outcomes(filter, {})), Rows{rules + 10'003});
  ScoreQuery scores;
  scores.entity.name = "x";
  EXPECT_EQ(matrix.list_scores(scores).total, entities - 2);
  scores.entity.query = filter.entity.query;
  EXPECT_EQ(matrix.list_scores(scores).total, 1U);
}

// Pages far behind are reached in many looks: rules with a scope are counted page by page.
TEST(OutcomesOfManyRules, AreFoundInManyLooks) {
  constexpr std::uint32_t pages = 10;
  constexpr std::uint32_t scoped = 600;
  OrgMatrix matrix(OrgId{1});
  std::vector<std::string> references;
  for (std::uint32_t n = 0; n < pages * page_entities; ++n) {
    references.push_back(fmt::format("service:default/e{}", n));
  }
  add_entities(matrix, references);
  std::vector<Rule> made;
  std::vector<CellChange> changes;
  for (std::uint32_t n = 1; n <= scoped; ++n) {
    Rule one = rule(n, fmt::format("r{}", n));
    one.scope_query = "kind:service";
    made.push_back(one);
    for (std::uint32_t page = 0; page < pages; ++page) {
      changes.push_back(
          change(n, page * page_entities + 1, State::pass, n * std::uint64_t{pages} + page));
    }
  }
  matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")}, .rules = made});
  matrix.publish({.changes = changes, .position = RowId{scoped * pages + pages}});

  constexpr std::uint64_t cells = std::uint64_t{scoped} * pages;
  const Page last{.offset = cells - 12, .size = 100};
  const auto steps = steps_of(
      [&](WorkBudget& budget) { return matrix.list_outcomes({}, last, budget).has_value(); });
  EXPECT_GT(steps, query_look_max);
  EXPECT_LT(steps, cells * 200 + scoped * 100);
  const auto page = matrix.list_outcomes({}, last);
  ASSERT_EQ(page.outcomes.size(), 12U);
  EXPECT_EQ(page.outcomes.front().cell.row, RowId{(scoped - 1) * pages + 8});
  EXPECT_EQ(page.outcomes.back().cell.row, RowId{scoped * pages + pages - 1});
  EXPECT_EQ(ids_of(page.rules), (std::vector<std::string>{"rule599", "rule600"}));
  EXPECT_TRUE(matrix.list_outcomes({}, {.offset = cells, .size = 1}).outcomes.empty());
  // However few a look may see.
  OutcomeReading reading({});
  WorkBudget all;
  std::uint64_t met = 0;
  for (auto size = 7U;; size = 1'001) {
    const auto piece = *matrix.list_outcomes(reading, size, all);
    for (const auto& outcome : piece.outcomes) {
      ASSERT_EQ(outcome.cell.row, RowId{pages + met});
      ++met;
    }
    if (piece.outcomes.size() < size) break;
  }
  EXPECT_EQ(met, cells);
}

}  // namespace
}  // namespace scorekeeper::matrix
