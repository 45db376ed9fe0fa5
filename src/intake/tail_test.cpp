// Tests that readers see whole groups of tails, also where a tail fails half way, and where it is
// too long to be published at once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "intake/faulty_log_fixture.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};
constexpr std::uint64_t records_before_failure = 60;

class Tails : public testing::Test {
 protected:
  Tails() { start_reader({}); }
  ~Tails() override {
    stop_ = true;
    if (looking_.joinable()) looking_.join();
    reader.reset();
  }

  void start_reader(Following following) {
    reader.reset();
    reader = std::make_unique<Server>(log, store, Limits{}, std::move(following));
  }
  // One group: `count` entities from `first` on.
  std::vector<TestResult> group_of(int first, int count, State state) {
    std::vector<TestResult> results;
    results.reserve(static_cast<std::size_t>(count));
    for (int n = first; n < first + count; ++n) {
      results.push_back({rule, fmt::format("service:default/e{}", n), state, "remarks"});
    }
    return results;
  }
  // Looks at scores of all of whom a query means, over and over; each look that sees a part of a
  // group of `size` counts as torn.
  void look(std::uint64_t size) {
    looking_ = std::thread([this, size] {
      const auto query = EntityQuery::parse("kind:service AND NOT name:none*", "query");
      while (!stop_) {
        if (folding) continue;
        ScoreQuery asked;
        asked.entity.query = *query;
        WorkBudget unbounded;
        const auto scores = reader->matrix->org(org).list_entity_scores(asked, unbounded)->rows;
        OutcomeFilter passing;
        passing.state = State::pass;
        const auto passed =
            reader->matrix->org(org).list_outcomes(passing, {.offset = 0, .size = 1'000'000});
        if (folding) continue;
        torn += scores.size() % size == 0 && passed.outcomes.size() % size == 0 ? 0 : 1;
        ++looks;
      }
    });
  }
  void wait_for_looks(int more) {
    const int until = looks + more;
    while (looks < until) std::this_thread::yield();
  }
  void wait_until_shown(RowId position) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (reader->matrix->org(org).position() < position &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_GE(reader->matrix->org(org).position(), position);
  }

  SharedStore store;
  FaultyLog log{store.log()};
  Server writer{store, store};
  std::unique_ptr<Server> reader;
  std::string rule;
  std::atomic<bool> folding = false;
  std::atomic<int> looks = 0;
  std::atomic<int> torn = 0;

 private:
  std::atomic<bool> stop_ = false;
  std::thread looking_;
};

TEST_F(Tails, ThatFailHalfWayShowNothing) {
  constexpr int size = 15'000;
  look(size);
  wait_for_looks(3);
  log.fail_tails(4, records_before_failure);
  log.hold_heads();
  // The org is new: its rule and its outcomes are in the first tail.
  rule = writer.make_rule("rule");
  ASSERT_TRUE(writer.submit(group_of(0, size, State::pass)));
  const RowId first = writer.matrix->org(org).position();
  log.release_heads();
  wait_until_shown(first);
  EXPECT_EQ(log.failures_left(), 0);
  EXPECT_EQ(reader->outcomes().outcomes.size(), std::size_t{size});
  // The same of a tail that is not the first.
  log.fail_tails(4, records_before_failure);
  ASSERT_TRUE(writer.submit(group_of(0, size, State::fail)));
  wait_until_shown(writer.matrix->org(org).position());
  wait_for_looks(3);
  EXPECT_EQ(log.failures_left(), 0);
  EXPECT_EQ(torn, 0);
  EXPECT_GT(reader->metrics.counter("scorekeeper_store_follow_failures_total", "").value(), 7.0);
}

TEST_F(Tails, ShowGroupsOfAnySizeAsAWhole) {
  constexpr int size = 27'000;
  rule = writer.make_rule("rule");
  wait_until_shown(writer.matrix->org(org).position());
  look(size);
  for (int n = 0; n < 3; ++n) {
    log.hold_heads();
    ASSERT_TRUE(writer.submit(group_of(n * size, size, State::pass)));
    ASSERT_TRUE(writer.submit(group_of(0, size, n % 2 == 0 ? State::fail : State::pass)));
    log.release_heads();
    wait_until_shown(writer.matrix->org(org).position());
    wait_for_looks(2);
  }
  EXPECT_EQ(torn, 0);
}

TEST_F(Tails, ThatAreLongAreReadWhileNobodyIsServed) {
  constexpr int size = 15'000;
  std::atomic<int> folds = 0;
  start_reader({.tail_positions_max = size - 1, .on_folding = [&](bool is) {
                  folding = is;
                  folds += is ? 1 : 0;
                }});
  rule = writer.make_rule("rule");
  wait_until_shown(writer.matrix->org(org).position());
  EXPECT_EQ(folds, 0);
  ASSERT_TRUE(writer.submit(group_of(0, size, State::pass)));
  wait_until_shown(writer.matrix->org(org).position());
  while (folding) std::this_thread::yield();
  EXPECT_EQ(folds, 1);
  EXPECT_EQ(reader->outcomes().outcomes.size(), std::size_t{size});
  // One that fails half way is folded again from the start; and a turn does not write before that.
  log.fail_tails(1, records_before_failure);
  ASSERT_TRUE(writer.submit(group_of(0, size, State::fail)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  BatchResult taken = std::unexpected(Failure{});
  while (!taken && std::chrono::steady_clock::now() < deadline) {
    taken = reader->submit(group_of(0, 10, State::skip));
  }
  ASSERT_TRUE(taken) << taken.error().error.detail;
  EXPECT_EQ(taken->request.total_changed, 10U);
  while (folding) std::this_thread::yield();
  EXPECT_EQ(log.failures_left(), 0);
  OutcomeFilter failing;
  failing.state = State::fail;
  EXPECT_EQ(reader->matrix->org(org)
                .list_outcomes(failing, {.offset = 0, .size = 1'000'000})
                .outcomes.size(),
            std::size_t{size - 10});
}

}  // namespace
}  // namespace scorekeeper::intake
