#include "intake/upkeep.h"

#include <gtest/gtest.h>

#include "intake/faulty_log_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

// Old requests go faster than new ones come, however many come with each group.
TEST(Upkeep, ForgetsMoreRequestsThanCome) {
  constexpr std::size_t in_group = 4'096;
  SharedStore store;
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
    log.counts_prunes_only = true;
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

  SharedStore store;
  FaultyLog log{store.log()};
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

TEST_F(UpkeepPrunes, TheOthersWhereALogIsDamaged) {
  for (const OrgId damaged : {OrgId{1}, OrgId{2}}) {
    log.damaged = damaged;
    log.prunes.clear();
    Upkeep upkeep(matrix, log, keep, failures);
    work(upkeep, start);
    const auto count = [&](OrgId org) {
      return std::ranges::count(log.prunes, org, &store::PruneWork::org);
    };
    EXPECT_EQ(count(damaged), 1);
    EXPECT_GE(count({3 - damaged.number}), 1);
  }
  EXPECT_EQ(failures.value(), 2);
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

// --- a clock that is wrong

class UpkeepWithAWrongClock : public UpkeepPrunes {
 protected:
  static constexpr auto year = std::chrono::days(365);

  void SetUp() override {
    UpkeepPrunes::SetUp();
    store.append_records({record_at(start)});
    ASSERT_TRUE(store.reserve_requests(1'000));
    accept(start - std::chrono::days(20));
  }
  static store::LogRecord record_at(Time at) {
    store::LogRecord record;
    record.org = {1};
    record.at = at;
    record.kind = store::RecordKind::catalog;
    record.body = "[null]";
    return record;
  }
  void accept(Time at) {
    const OrgId org{1};
    store::Append append;
    append.requests.push_back({.number = {++requests},
                               .org = org,
                               .actor = {},
                               .accepted_at = at,
                               .position = store.head(org).last});
    ASSERT_TRUE(store.append(std::span(&org, 1),
                             [&](store::AppendView&) -> Result<store::Append> { return append; }));
  }
  // An outcome whose last report is not saved.
  void report() {
    Rule rule;
    rule.number = {1};
    const matrix::EntityAddition entity{.number = {1}, .reference = "service:default/a"};
    const matrix::CellChange change{.rule = {1}, .entity = {1}, .cell = matrix::Cell()};
    matrix.org({1}).publish({.rules = std::span(&rule, 1),
                             .additions = std::span(&entity, 1),
                             .changes = std::span(&change, 1),
                             .position = {1}});
    const matrix::CellTouch touch{.rule = {1}, .entity = {1}, .last_reported = 7};
    matrix.org({1}).publish({.touches = std::span(&touch, 1), .position = {1}});
  }
  // Expects that prunes were asked for since the last call, and none of younger changes.
  void expect_prunes_before(Time latest) {
    ASSERT_FALSE(log.prunes.empty());
    for (const store::PruneWork& work : log.prunes) {
      EXPECT_LE(work.history_before, latest - keep.history);
      EXPECT_LE(*work.audit_before, latest - keep.audit);
    }
    log.prunes.clear();
  }

  std::uint64_t requests = 0;
};

TEST_F(UpkeepWithAWrongClock, AYearAheadAtTheStart) {
  Upkeep upkeep(matrix, log, keep, failures);
  work(upkeep, start + year);
  expect_prunes_before(start + clock_ahead_max);
  // A record that was written by that clock is no reason to believe it.
  store.append_records({record_at(start + year)});
  work(upkeep, start + year + prune_interval);
  expect_prunes_before(start + clock_ahead_max + 2 * clock_step_max);
  EXPECT_EQ(store.count_requests(), 1U);
}

TEST_F(UpkeepWithAWrongClock, AYearAheadWhileItRuns) {
  Upkeep upkeep(matrix, log, keep, failures);
  work(upkeep, start);
  expect_prunes_before(start);
  work(upkeep, start + year);
  expect_prunes_before(start + 2 * clock_step_max);
  EXPECT_EQ(store.count_requests(), 1U);
}

// And nothing waits until the clock is where it was.
TEST_F(UpkeepWithAWrongClock, SetBackWhileItRuns) {
  Upkeep upkeep(matrix, log, keep, failures);
  work(upkeep, start + std::chrono::hours(1));
  expect_prunes_before(start + std::chrono::hours(1));
  const Time before = start - year;
  report();
  work(upkeep, before);
  expect_prunes_before(before);
  EXPECT_EQ(store.count_reported(), 1U);
  EXPECT_EQ(store.count_requests(), 1U);
}

// When the clock is right, old changes are taken away.
TEST_F(UpkeepWithAWrongClock, IsTheExceptionNotTheRule) {
  Upkeep upkeep(matrix, log, keep, failures);
  Time now = start;
  while (now < start + std::chrono::days(11)) upkeep.step(now += std::chrono::seconds(50), 0);
  EXPECT_EQ(store.count_requests(), 0U);
  EXPECT_GE(log.prunes.back().history_before, start + std::chrono::days(10) - keep.history);
}

TEST_F(UpkeepPrunes, NothingWhereAllIsKept) {
  Upkeep upkeep(matrix, log, {}, failures);
  work(upkeep, start);
  EXPECT_TRUE(log.prunes.empty());
}

}  // namespace
}  // namespace scorekeeper::intake
