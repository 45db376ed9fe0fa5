#include "matrix/matrix.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "matrix/matrix_fixture.h"
#include "matrix/outcome_reading.h"

namespace scorekeeper::matrix {
namespace {

using Ids = std::vector<std::string>;
using Rows = std::vector<std::uint64_t>;

TEST(OrgMatrix, ListsRulesByNameAndId) {
  OrgMatrix matrix(OrgId{1});
  matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")},
                  .rules = std::vector{rule(1, "b"), rule(2, "a"), rule(3, "b"), rule(4, "c")}});
  EXPECT_EQ(ids_of(matrix.list_rules({}, {})), (Ids{"rule2", "rule1", "rule3", "rule4"}));
  EXPECT_EQ(ids_of(matrix.list_rules({}, {.offset = 1, .size = 2})), (Ids{"rule1", "rule3"}));
  EXPECT_TRUE(matrix.list_rules({}, {.offset = 4, .size = 2}).empty());

  Rule renamed = rule(4, "A first");
  renamed.description = "Has an Owner";
  renamed.enabled = false;
  Rule removed = rule(1, "b");
  removed.removed_at_position = RowId{0};
  matrix.publish({.rules = std::vector{renamed, removed}});
  EXPECT_EQ(ids_of(matrix.list_rules({}, {})), (Ids{"rule4", "rule2", "rule3"}));
  EXPECT_EQ(matrix.count_rules(), 3U);
  EXPECT_FALSE(matrix.find_rule("rule1"));
  EXPECT_FALSE(matrix.is_live(RuleNumber{1}));
  EXPECT_EQ(matrix.next_rule(), RuleNumber{5});
  EXPECT_EQ(matrix.find_rule("rule4")->rule, renamed);
  EXPECT_EQ(matrix.find_rule("rule4")->scorecard.name, "Ops");
}

TEST(OrgMatrix, CombinesTheFiltersOfRules) {
  OrgMatrix matrix(OrgId{1});
  Rule described = rule(2, "b");
  described.description = "Has an Owner";
  Rule disabled = rule(3, "b");
  disabled.enabled = false;
  matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")},
                  .rules = std::vector{rule(1, "a"), described, disabled}});
  const auto list = [&](const RuleFilter& filter) { return ids_of(matrix.list_rules(filter, {})); };
  RuleFilter filter;
  filter.name = "b";
  EXPECT_EQ(list(filter), (Ids{"rule2", "rule3"}));
  filter.enabled = true;
  EXPECT_EQ(list(filter), Ids{"rule2"});
  filter.description = "AN own";
  EXPECT_EQ(list(filter), Ids{"rule2"});
  filter.id = "rule2";
  EXPECT_EQ(list(filter), Ids{"rule2"});
  filter.enabled = false;
  EXPECT_EQ(list(filter), Ids{});
  filter = {};
  filter.id = "rule9";
  EXPECT_EQ(list(filter), Ids{});
  filter = {};
  filter.custom = false;
  EXPECT_EQ(list(filter), Ids{});
  filter.custom = true;
  EXPECT_EQ(list(filter).size(), 3U);
}

TEST(OrgMatrix, FindsAndListsScorecards) {
  OrgMatrix matrix(OrgId{1});
  matrix.publish({.scorecards = std::vector{scorecard(1, "Ops"), scorecard(2, "Docs"),
                                            scorecard(3, "DevOps")}});
  EXPECT_EQ(matrix.find_scorecard("card2")->name, "Docs");
  EXPECT_FALSE(matrix.find_scorecard("card9"));
  EXPECT_EQ(matrix.find_scorecard_by_name("Ops")->id, "card1");
  EXPECT_FALSE(matrix.find_scorecard_by_name("ops"));
  EXPECT_FALSE(matrix.find_scorecard_by_name("Zzz"));
  EXPECT_EQ(matrix.next_scorecard(), ScorecardNumber{4});
  const auto names = [&](const ScorecardFilter& filter, Page page) {
    std::vector<std::string> found;
    for (const auto& card : matrix.list_scorecards(filter, page)) found.push_back(card.name);
    return found;
  };
  EXPECT_EQ(names({}, {}), (Ids{"DevOps", "Docs", "Ops"}));
  EXPECT_EQ(names({.id = {}, .name = "OPS", .description = {}}, {}), (Ids{"DevOps", "Ops"}));
  EXPECT_EQ(names({}, {.offset = 1, .size = 1}), Ids{"Docs"});
  EXPECT_EQ(names({.id = "card3", .name = {}, .description = {}}, {}), Ids{"DevOps"});
}

class Outcomes : public testing::Test {
 protected:
  WorkBudget unbounded;

  Outcomes() {
    Rule second = rule(2, "second");
    second.enabled = false;
    matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")},
                    .rules = std::vector{rule(1, "first"), second, rule(3, "third")}});
    add_entities(matrix, {"service:default/shop", "queue:eu/shop", "service:default/pay"});
    matrix.publish(
        {.changes = std::vector{change(2, 1, State::pass, 1), change(1, 3, State::fail, 2),
                                change(1, 1, State::pass, 3), change(1, 2, State::skip, 4),
                                change(3, 2, State::pass, 5)},
         .position = RowId{5}});
  }
  Rows list(const OutcomeFilter& filter, Page page = {}) const {
    return rows_of(matrix.list_outcomes(filter, page));
  }

  OrgMatrix matrix{OrgId{1}};
};

TEST_F(Outcomes, AreOrderedByRuleAndEntityNumber) {
  const auto page = matrix.list_outcomes({}, {.offset = 1, .size = 3});
  EXPECT_EQ(rows_of(page), (Rows{4, 2, 1}));
  EXPECT_EQ(page.outcomes[0].entity_reference, "queue:eu/shop");
  EXPECT_EQ(ids_of(page.rules), (Ids{"rule1", "rule2"}));
  EXPECT_EQ(list({}), (Rows{3, 4, 2, 1, 5}));
  EXPECT_EQ(list({}, {.offset = 5, .size = 10}), Rows{});
  EXPECT_EQ(matrix.position(), RowId{5});
  EXPECT_EQ(matrix.count_cells(), 5U);
}

TEST_F(Outcomes, KeepTheirPlaceWhileOthersChange) {
  matrix.publish({.changes = std::vector{change(1, 1, State::fail, 9)}, .position = RowId{9}});
  EXPECT_EQ(list({}, {.offset = 1, .size = 9}), (Rows{4, 2, 1, 5}));
}

TEST_F(Outcomes, GoOnBehindACellThatMayBeGone) {
  const auto after = [&](CellKey last, const OutcomeFilter& filter = {}) {
    OutcomeReading reading(filter, last);
    return rows_of(*matrix.list_outcomes(reading, 10, unbounded));
  };
  EXPECT_EQ(after({}), (Rows{3, 4, 2, 1, 5}));
  EXPECT_EQ(after({RuleNumber{1}, EntityNumber{2}}), (Rows{2, 1, 5}));
  EXPECT_EQ(after({RuleNumber{1}, EntityNumber{3}}), (Rows{1, 5}));
  EXPECT_EQ(after({RuleNumber{2}, EntityNumber{3}}), Rows{5});
  EXPECT_EQ(after({RuleNumber{3}, EntityNumber{2}}), Rows{});
  EXPECT_EQ(after({RuleNumber{9}, EntityNumber{1}}), Rows{});
  OutcomeFilter filter;
  filter.rule.id = "rule1";
  EXPECT_EQ(after({RuleNumber{1}, EntityNumber{1}}, filter), (Rows{4, 2}));
  EXPECT_EQ(after({RuleNumber{2}, EntityNumber{1}}, filter), Rows{});
  filter = {};
  filter.service_name = "shop";
  EXPECT_EQ(after({RuleNumber{1}, EntityNumber{1}}, filter), (Rows{4, 1, 5}));
  Rule removed = rule(1, "first");
  removed.removed_at_position = RowId{5};
  matrix.publish({.rules = std::vector{removed}});
  EXPECT_EQ(after({RuleNumber{1}, EntityNumber{2}}), (Rows{1, 5}));
}

// The work of a query is bounded, whoever asks it.
TEST_F(Outcomes, AreNotReadBeyondTheBudgetOfTheQuery) {
  OutcomeFilter filter;
  filter.entity.query = *EntityQuery::parse("a* OR b* OR c* OR d* OR e*", "query");
  ScoreQuery scores;
  scores.entity.query = filter.entity.query;
  const auto budget = [] {
    return WorkBudget({.steps = 20, .deadline = WorkBudget::SteadyTime::max(), .cancelled = {}});
  };
  const auto refuses = [](const auto& result) {
    return !result && result.error().code == Code::invalid &&
           result.error().detail.contains("query_work_max");
  };
  auto small = budget();
  EXPECT_TRUE(refuses(matrix.list_outcomes(filter, {.offset = 0, .size = 9}, small)));
  small = budget();
  EXPECT_TRUE(refuses(matrix.list_scores(scores, small)));
  small = budget();
  EXPECT_TRUE(refuses(matrix.list_entity_scores(scores, small)));
  small = budget();
  OutcomeReading reading(filter);
  EXPECT_TRUE(refuses(matrix.prepare(reading, small)));
  const auto gone = std::make_shared<std::atomic<bool>>(true);
  WorkBudget cancelled(
      {.steps = WorkBudget::no_end, .deadline = WorkBudget::SteadyTime::max(), .cancelled = gone});
  const auto found = matrix.list_scores(scores, cancelled);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::unavailable);
}

TEST_F(Outcomes, AreReadPieceByPiece) {
  OutcomeReading all({});
  EXPECT_EQ(rows_of(*matrix.list_outcomes(all, 2, unbounded)), (Rows{3, 4}));
  EXPECT_EQ(rows_of(*matrix.list_outcomes(all, 2, unbounded)), (Rows{2, 1}));
  EXPECT_EQ(rows_of(*matrix.list_outcomes(all, 2, unbounded)), Rows{5});
  EXPECT_EQ(rows_of(*matrix.list_outcomes(all, 2, unbounded)), Rows{});
}

// The entities that the filters mean are found once, and follow the changes between the pieces.
TEST_F(Outcomes, AreReadOfThoseWhomTheFiltersMeanNow) {
  OutcomeFilter filter;
  filter.entity.query = *EntityQuery::parse("owner:ops OR name:pay", "query");
  OutcomeReading reading(filter);
  EXPECT_EQ(rows_of(*matrix.list_outcomes(reading, 1, unbounded)), Rows{2});
  EntityAttributes attributes;
  attributes.owner = "ops";
  matrix.publish({.updates = std::vector{EntityUpdate{EntityNumber{2}, attributes, false}}});
  EXPECT_EQ(rows_of(*matrix.list_outcomes(reading, 9, unbounded)), Rows{5});
  filter = {};
  filter.service_name = "fresh";
  OutcomeReading named(filter);
  EXPECT_EQ(rows_of(*matrix.list_outcomes(named, 9, unbounded)), Rows{});
  matrix.publish(
      {.additions = std::vector{EntityAddition{EntityNumber{4}, "service:default/fresh"}},
       .changes = std::vector{change(3, 4, State::pass, 6)},
       .position = RowId{6}});
  EXPECT_EQ(rows_of(*matrix.list_outcomes(named, 9, unbounded)), Rows{6});
}

TEST_F(Outcomes, AreFilteredByAllFiltersTogether) {
  OutcomeFilter filter;
  filter.state = State::pass;
  EXPECT_EQ(list(filter), (Rows{3, 1, 5}));
  filter.service_name = "shop";
  EXPECT_EQ(list(filter), (Rows{3, 1, 5}));
  EXPECT_EQ(list(filter, {.offset = 1, .size = 1}), Rows{1});
  filter.rule.enabled = true;
  EXPECT_EQ(list(filter), (Rows{3, 5}));
  filter.rule.name = "third";
  EXPECT_EQ(list(filter), Rows{5});
  filter.rule.id = "rule1";
  EXPECT_EQ(list(filter), Rows{});
  filter = {};
  filter.rule.id = "rule1";
  EXPECT_EQ(list(filter), (Rows{3, 4, 2}));
  filter.service_name = "queue:eu/shop";
  EXPECT_EQ(list(filter), Rows{4});
  filter.service_name = "service:shop";
  EXPECT_EQ(list(filter), Rows{3});
  filter.service_name = "nobody";
  EXPECT_EQ(list(filter), Rows{});
  filter = {};
  filter.rule.id = "nothing";
  EXPECT_EQ(list(filter), Rows{});
}

TEST_F(Outcomes, GoWithTheirRule) {
  Rule removed = rule(1, "first");
  removed.removed_at_position = RowId{5};
  matrix.publish({.rules = std::vector{removed}});
  EXPECT_EQ(list({}), (Rows{1, 5}));
  EXPECT_EQ(matrix.count_cells(), 2U);
}

TEST_F(Outcomes, OfADeletedRuleAreSeenByTheWriterAlone) {
  Rule removed = rule(1, "first");
  removed.removed_at_position = RowId{5};
  matrix.publish({.rules = std::vector{removed, rule(2, "second")}});
  const auto rules_of = [&](std::uint32_t entity) {
    std::vector<std::uint32_t> rules;
    for (const RuleCell& cell : matrix.cells_of({entity})) rules.push_back(cell.rule.number);
    return rules;
  };
  using Numbers = std::vector<std::uint32_t>;
  std::vector<std::optional<Cell>> found;
  matrix.find_cells(std::vector<Resolved>{{RuleNumber{1}, EntityNumber{1}}}, found);
  EXPECT_FALSE(found[0]);
  EXPECT_FALSE(matrix.has_outcomes(EntityNumber{3}));
  EXPECT_TRUE(matrix.has_outcomes(EntityNumber{1}));
  EXPECT_EQ(matrix.find_cell(RuleNumber{1}, EntityNumber{3})->row, RowId{2});
  EXPECT_EQ(rules_of(1), (Numbers{1, 2}));
  EXPECT_EQ(rules_of(3), Numbers{1});

  // They take changes, go with their entity, and come back with their rule.
  matrix.publish({.changes = std::vector{change(1, 1, State::fail, 7),
                                         {RuleNumber{1}, EntityNumber{2}, std::nullopt}}});
  matrix.publish({.removals = std::vector{EntityNumber{3}}});
  EXPECT_EQ(rules_of(3), Numbers{});
  matrix.publish({.rules = std::vector{rule(1, "first")}});
  EXPECT_EQ(list({}), (Rows{7, 1, 5}));
}

TEST_F(Outcomes, ResolveToRulesAndEntities) {
  OutcomeBatch batch;
  const auto range = [&](std::string_view text) {
    const TextRange made{static_cast<std::uint32_t>(batch.text.size()),
                         static_cast<std::uint32_t>(text.size())};
    batch.text += text;
    return made;
  };
  for (const auto& [id, entity] :
       std::vector<std::pair<std::string, std::string>>{{"rule3", "service:default/pay"},
                                                        {"rule3", "service:default/new"},
                                                        {"rule9", "queue:eu/shop"}}) {
    const TextRange rule_id = range(id);
    batch.results.push_back(
        {.rule_id = rule_id, .entity = range(entity), .remarks = {}, .state = State::pass});
  }
  EXPECT_EQ(matrix.resolve(batch), (std::vector<Resolved>{{RuleNumber{3}, EntityNumber{3}},
                                                          {RuleNumber{3}, EntityNumber{}},
                                                          {RuleNumber{}, EntityNumber{2}}}));
}

TEST_F(Outcomes, AreTouchedWithoutANewRow) {
  matrix.publish({.touches = std::vector<CellTouch>{{RuleNumber{1}, EntityNumber{1}, 99}},
                  .position = RowId{5}});
  EXPECT_EQ(matrix.find_cell(RuleNumber{1}, EntityNumber{1})->last_reported, 99U);
  EXPECT_EQ(matrix.find_cell(RuleNumber{1}, EntityNumber{1})->row, RowId{3});
  EXPECT_EQ(matrix.count_unsaved(), 1U);
  EXPECT_EQ(matrix.take_reported(8).size(), 1U);
}

TEST_F(Outcomes, CountTheMemoryOfWhatScoresLeaveBehind) {
  const auto before = matrix.memory_bytes();
  ScoreQuery query;
  query.aggregation = Aggregation::by_entity;
  EXPECT_EQ(matrix.list_scores(query).total, 3U);
  const auto after = matrix.memory_bytes();
  EXPECT_GE(after, before + 60'000);
  query.sort = ScoreSort::score;
  matrix.list_scores(query);
  EXPECT_GE(matrix.memory_bytes(), after + page_entities * sizeof(double));
}

TEST(Matrix, MakesAnOrgOnFirstUse) {
  Matrix matrix(Limits{});
  OrgMatrix& second = matrix.org(OrgId{2});
  OrgMatrix& first = matrix.org(OrgId{1});
  EXPECT_NE(&first, &second);
  EXPECT_EQ(&matrix.org(OrgId{2}), &second);
  EXPECT_EQ(matrix.orgs(), (std::vector<OrgMatrix*>{&first, &second}));
}

// A group changes 200 outcomes to one state and one row; a reader that saw some of it would see
// two.
TEST(OrgMatrix, FindsLiveEntitiesOfANameTheDefinedOnesFirst) {
  OrgMatrix matrix(OrgId{1});
  add_entities(matrix, {"datastore:default/Orders", "api:default/orders", "queue:eu/orders",
                        "service:default/orders", "queue:default/orders"});
  const EntityUpdate updates[] = {
      {.number = EntityNumber{4}, .attributes = EntityAttributes{}},
      {.number = EntityNumber{5}, .attributes = std::nullopt, .removed = true}};
  matrix.publish({.updates = updates});
  EXPECT_EQ(matrix.find_named("default", "ORDERS"),
            (std::vector<std::string>{"service:default/orders", "api:default/orders",
                                      "datastore:default/Orders"}));
  EXPECT_EQ(matrix.find_named("eu", "orders"), std::vector<std::string>{"queue:eu/orders"});
  EXPECT_TRUE(matrix.find_named("default", "order").empty());
}

TEST(OrgMatrix, LooksAtSoManyEntitiesOfANameAlone) {
  OrgMatrix matrix(OrgId{1});
  std::vector<std::string> references{"queue:default/a"};
  for (std::size_t i = 1; i < same_name_look_max; ++i) {
    references.push_back(fmt::format("queue:ns{}/a", i));
  }
  add_entities(matrix, references);
  EXPECT_EQ(matrix.find_named("default", "a").size(), 1U);
  add_entities(matrix, {"queue:other/a"});
  EXPECT_TRUE(matrix.find_named("default", "a").empty());
}

TEST(OrgMatrix, ShowsAGroupWholeOrNotAtAll) {
  OrgMatrix matrix(OrgId{1});
  matrix.publish({.scorecards = std::vector{scorecard(1, "Ops")},
                  .rules = std::vector{rule(1, "first"), rule(2, "other")}});
  std::vector<std::string> references;
  for (int i = 0; i < 100; ++i) references.push_back(fmt::format("service:default/{}", i));
  add_entities(matrix, references);
  const auto publish = [&](std::uint64_t row) {
    std::vector<CellChange> changes;
    const State state = row % 2 == 0 ? State::pass : State::fail;
    for (std::uint32_t i = 1; i <= 100; ++i) {
      changes.push_back(change(1, i, state, row));
      changes.push_back(change(2, i, state, row));
    }
    const auto name = fmt::format("queue:default/{}", row);
    const std::vector<EntityAddition> additions{{matrix.next_entity(), name}};
    matrix.publish({.additions = additions, .changes = changes, .position = RowId{row}});
  };
  publish(1);
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> torn = 0;
  std::atomic<std::uint64_t> read = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    // One of them asks for entities, in many looks before that.
    OutcomeFilter filter;
    if (r == 1) filter.entity.query = *EntityQuery::parse("has_definition:false -zebra", "query");
    readers.emplace_back([&, filter] {
      while (!stop) {
        const auto page = matrix.list_outcomes(filter, {.offset = 0, .size = 200});
        for (const OutcomeView& outcome : page.outcomes) {
          if (outcome.cell.row != page.outcomes.front().cell.row ||
              outcome.cell.state != page.outcomes.front().cell.state) {
            ++torn;
          }
        }
        if (page.outcomes.size() != 200) ++torn;
        OutcomeFilter passed;
        passed.state = State::pass;
        const auto some = matrix.list_outcomes(passed, {.offset = 0, .size = 1000});
        if (some.outcomes.size() != 200 && !some.outcomes.empty()) ++torn;
        ++read;
      }
    });
  }
  for (std::uint64_t row = 2; row < 300 || read < 50; ++row) publish(row);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0U);
}

}  // namespace
}  // namespace scorekeeper::matrix
