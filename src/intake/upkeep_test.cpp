#include "intake/upkeep.h"

#include <gtest/gtest.h>

#include "intake/failing_log.h"
#include "intake/fake_store.h"

namespace scorekeeper::intake {
namespace {

// Old requests go faster than new ones come, however many come with each group.
TEST(Upkeep, ForgetsMoreRequestsThanCome) {
  constexpr std::size_t in_group = 4'096;
  FakeStore store;
  Metrics metrics;
  matrix::Matrix matrix{Limits()};
  Upkeep upkeep(matrix, store, {}, metrics.counter("failures", ""));
  std::uint64_t next = 1;
  ASSERT_TRUE(store.reserve_requests(1'000'000));
  const OrgId org{1};
  const auto accept = [&](std::size_t count, Time at) {
    store::Append append;
    for (std::size_t n = 0; n < count; ++n) {
      append.requests.push_back(
          {.number = {next++}, .org = org, .actor = {}, .accepted_at = at, .position = {}});
    }
    ASSERT_TRUE(store.append(std::span(&org, 1),
                             [&](store::AppendView&) -> Result<store::Append> { return append; }));
  };
  const Time start = time_of_seconds(1'790'000'000);
  accept(20'000, start);
  const Time now = start + request_kept + std::chrono::hours(1);
  for (int step = 0; step < 6; ++step) {
    accept(in_group, now);
    upkeep.step(now, in_group);
  }
  EXPECT_EQ(store.count_requests(), 6 * in_group);
  EXPECT_FALSE(upkeep.busy());
  EXPECT_EQ(store.broken(), "");
}

class UpkeepPrunes : public testing::Test {
 protected:
  void SetUp() override {
    matrix.org({1});
    matrix.org({2});
  }
  // Steps at that moment until there is nothing to do.
  void work(Upkeep& upkeep, Time now) {
    upkeep.step(now, 0);  // begins a round
    do {
      upkeep.step(now, 0);
    } while (upkeep.busy());
  }

  FakeStore store;
  FailingLog log{store};
  Metrics metrics;
  matrix::Matrix matrix{Limits()};
  Counter& failures = metrics.counter("failures", "");
  const Time start = time_of_seconds(1'790'000'000);
  const store::Keep keep{.history = std::chrono::hours(48), .audit = std::chrono::hours(72)};
};

TEST_F(UpkeepPrunes, EachLogOnceADayInPieces) {
  Upkeep upkeep(matrix, log, keep, failures);
  work(upkeep, start);
  ASSERT_EQ(log.prunes.size(), 6U);
  EXPECT_NE(log.prunes[0].org, log.prunes[3].org);
  for (const store::PruneWork& work : log.prunes) {
    EXPECT_EQ(work.history_before, start - keep.history);
    EXPECT_EQ(work.audit_before, start - keep.audit);
  }
  work(upkeep, start + prune_interval - std::chrono::hours(1));
  EXPECT_EQ(log.prunes.size(), 6U);
  work(upkeep, start + prune_interval);
  EXPECT_EQ(log.prunes.size(), 12U);
}

// Was a clock ahead, what comes next would be due when it has caught up, after years perhaps.
TEST_F(UpkeepPrunes, AClockThatWasSetBackPutsNothingOff) {
  Upkeep upkeep(matrix, log, keep, failures);
  work(upkeep, start + std::chrono::years(10));
  ASSERT_EQ(log.prunes.size(), 6U);
  ASSERT_TRUE(store.reserve_requests(10));
  store::Append append;
  append.requests.push_back({.number = {1},
                             .org = {1},
                             .actor = {},
                             .accepted_at = start - request_kept - std::chrono::hours(1),
                             .position = {}});
  const OrgId org{1};
  ASSERT_TRUE(store.append(std::span(&org, 1),
                           [&](store::AppendView&) -> Result<store::Append> { return append; }));
  work(upkeep, start);
  EXPECT_EQ(store.count_requests(), 0U);
  EXPECT_EQ(log.prunes.size(), 12U);
  // And then as often as ever.
  work(upkeep, start + prune_interval - std::chrono::hours(1));
  EXPECT_EQ(log.prunes.size(), 12U);
}

TEST_F(UpkeepPrunes, NothingWhereAllIsKept) {
  Upkeep upkeep(matrix, log, {}, failures);
  work(upkeep, start);
  EXPECT_TRUE(log.prunes.empty());
}

}  // namespace
}  // namespace scorekeeper::intake
