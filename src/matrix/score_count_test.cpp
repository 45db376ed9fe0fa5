#include "matrix/score_count.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "matrix/matrix_fixture.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t page_count = 4;
constexpr std::uint64_t one_page = 1;  // steps

// Three rules and four pages of entities, the first of each with an outcome.
class ScoreCountOfPages : public testing::Test {
 protected:
  ScoreCountOfPages() {
    const std::vector rules{rule(1, "a"), rule(2, "b"), rule(3, "c")};
    tables_.rulebook.put(scorecard(1, "Card"));
    for (const Rule& one : rules) tables_.rulebook.put(one);
    for (std::uint32_t n = 1; n <= page_count * page_entities; ++n) {
      tables_.names.add({n}, fmt::format("service:default/e{}", n));
      tables_.entities.add({n}, fmt::format("service:default/e{}", n));
    }
    ScopeDrafts none;
    auto scopes = tables_.scopes.decide(rules, tables_.entities, tables_.names, none);
    tables_.scopes.commit(scopes);
    for (std::uint32_t page = 0; page < page_count; ++page) change_cell(page, State::pass);
  }

  void change_cell(std::size_t page, State state) {
    ++tables_.score_changes.now;
    ++tables_.position.number;
    const EntityNumber entity = entity_at(page, 0);
    tables_.cells.put_all(std::vector{change(1, entity.number, state, tables_.position.number)});
    tables_.score_changes.note_change(entity);
  }
  ScoreLook look(const Bitmap* wanted = nullptr) const { return {tables_, query_.rules, wanted}; }
  std::uint64_t count_passes() const {
    std::uint64_t passes = 0;
    for (std::size_t page = 0; page < page_count; ++page) {
      passes += buffer_.rule_pages[page].rules[0].pass;
    }
    return passes;
  }

  static ScoreQuery by_rule() {
    ScoreQuery query;
    query.aggregation = Aggregation::by_rule;
    return query;
  }

  OrgMatrix::Tables tables_;
  ScoreQuery query_ = by_rule();
  ScoreBuffer buffer_;
  ScoreCount count_{query_, buffer_};
};

TEST_F(ScoreCountOfPages, GoOnFromLookToLook) {
  for (std::uint32_t page = 1; page < page_count; ++page) {
    auto now = look();
    EXPECT_FALSE(count_.advance(now, one_page)) << page;
    EXPECT_GT(count_.take_steps(), 0U);
  }
  auto now = look();
  EXPECT_FALSE(count_.finish(now, one_page)) << "it did not begin with the first page";
  auto again = look();
  count_.take_steps();
  EXPECT_TRUE(count_.finish(again, one_page));
  EXPECT_LT(count_.take_steps(), 100U);  // of selecting the rules: no page was counted
  EXPECT_EQ(count_passes(), page_count);
}

TEST_F(ScoreCountOfPages, CountAgainWhatChanged) {
  auto now = look();
  EXPECT_TRUE(count_.finish(now, query_look_max));
  change_cell(2, State::fail);
  auto then = look();
  EXPECT_TRUE(count_.finish(then, one_page));
  EXPECT_EQ(count_passes(), page_count - 1);
  // Entities that are not wanted any more are not counted.
  Bitmap first;
  first.set(entity_at(0, 0), true);
  auto few = look(&first);
  EXPECT_TRUE(count_.finish(few, one_page));
  EXPECT_EQ(buffer_.rule_pages[0].rules[0].pass, 1U);
  first.set(entity_at(0, 0), false);
  first.set(entity_at(0, 1), true);
  auto others = look(&first);
  EXPECT_TRUE(count_.finish(others, one_page));
  EXPECT_EQ(buffer_.rule_pages[0].rules[0].pass, 0U);
}

// Changes come faster than they can be counted.
TEST_F(ScoreCountOfPages, KnowSinceWhenTheyHold) {
  const RowId begin = tables_.position;
  for (bool done = false; !done;) {
    auto now = look();
    done = count_.advance(now, one_page);
    change_cell(0, State::fail);
  }
  for (std::size_t page = 0; page < page_count; ++page) change_cell(page, State::fail);
  auto now = look();
  EXPECT_FALSE(count_.finish(now, one_page));
  EXPECT_TRUE(count_.has_counted(now));
  EXPECT_EQ(count_.since(), begin);
  EXPECT_EQ(count_passes(), page_count - 1);  // one is counted again, the others as they were
}

// As above, and an entity is deleted behind the count of its page.
TEST_F(ScoreCountOfPages, LeaveOutWhoIsGone) {
  query_.aggregation = Aggregation::by_entity;
  ScoreCount by_entity(query_, buffer_);
  auto before = look();
  EXPECT_TRUE(by_entity.finish(before, query_look_max));
  const EntityNumber gone = entity_at(3, 0);
  ++tables_.score_changes.now;
  for (std::size_t page = 0; page < page_count; ++page) {
    tables_.score_changes.note_change(entity_at(page, 0));
  }
  tables_.cells.remove_entity(gone);
  tables_.entities.remove(gone);
  auto now = look();
  EXPECT_FALSE(by_entity.finish(now, one_page));
  ASSERT_TRUE(by_entity.has_counted(now));
  EXPECT_EQ(count_bits(buffer_.entity_pages[3].somebody), 1U);
  by_entity.leave_out_removed(now);
  EXPECT_EQ(count_bits(buffer_.entity_pages[3].somebody), 0U);
  EXPECT_EQ(buffer_.entity_pages[3].sum, ScoreCounts());
  EXPECT_EQ(count_bits(buffer_.entity_pages[2].somebody), 1U);
  EXPECT_EQ(buffer_.entity_pages[2].sum.pass, 1U);
}

TEST_F(ScoreCountOfPages, DoNotHoldForOtherEntities) {
  Bitmap wanted;
  wanted.set(entity_at(0, 0), true);
  auto few = look(&wanted);
  EXPECT_TRUE(count_.finish(few, query_look_max));
  EXPECT_TRUE(count_.has_counted(few));
  wanted.set(entity_at(0, 1), true);
  const auto others = look(&wanted);
  EXPECT_FALSE(count_.has_counted(others));
}

TEST_F(ScoreCountOfPages, HoldForTheRulesThatTheyWereCountedFor) {
  auto now = look();
  EXPECT_TRUE(count_.finish(now, query_look_max));
  EXPECT_TRUE(count_.has_counted(now));
  tables_.score_changes.rules = ++tables_.score_changes.now;
  EXPECT_FALSE(count_.has_counted(now));
}

TEST_F(ScoreCountOfPages, DoNotHoldForPagesOfAnEarlierQuestion) {
  auto all = look();
  EXPECT_TRUE(count_.finish(all, query_look_max));
  ScoreCount next(query_, buffer_);
  Bitmap wanted;
  wanted.set(entity_at(0, 0), true);
  auto few = look(&wanted);
  EXPECT_TRUE(next.finish(few, query_look_max));
  EXPECT_TRUE(next.has_counted(few));
  wanted.set(entity_at(1, 0), true);
  const auto more = look(&wanted);
  EXPECT_FALSE(next.has_counted(more));
}

// Two outcomes of a page change places, over and over: whatever the looks meet, each rule has as
// many that pass as before.
TEST(OrgMatrixScores, AddUpWhileCellsChange) {
  constexpr std::uint32_t rules_count = 60;
  OrgMatrix matrix(OrgId{1});
  std::vector<std::string> references;
  for (std::uint32_t n = 1; n <= 2 * page_entities; ++n) {
    references.push_back(fmt::format("service:default/e{}", n));
  }
  add_entities(matrix, std::move(references));
  const std::vector cards{scorecard(1, "Card")};
  std::vector<Rule> rules;
  std::vector<CellChange> cells;
  for (std::uint32_t n = 1; n <= rules_count; ++n) {
    rules.push_back(rule(n, fmt::format("rule {}", n)));
    cells.push_back(change(n, 1, State::pass, n));
    cells.push_back(change(n, 2, State::fail, n));
  }
  matrix.publish({.scorecards = cards, .rules = rules, .changes = cells, .position = {1}});
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::uint64_t position = 2; !stop; ++position) {
      for (CellChange& one : cells) {
        one.cell->state = one.cell->state == State::pass ? State::fail : State::pass;
      }
      matrix.publish({.changes = cells, .position = {position}});
    }
  });
  RowId last;
  for (int n = 0; n < 30; ++n) {
    for (const auto aggregation : {Aggregation::by_rule, Aggregation::by_entity,
                                   Aggregation::by_scorecard, Aggregation::by_kind}) {
      ScoreQuery query;
      query.aggregation = aggregation;
      query.page = {.offset = 0, .size = 1'000};
      const ScorePage page = matrix.list_scores(query);
      EXPECT_EQ(page.sum,
                (ScoreCounts{.pass = rules_count, .fail = rules_count, .skip = 0, .no_data = 0}));
      EXPECT_GE(page.position, last);
      last = page.position;
    }
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace scorekeeper::matrix
