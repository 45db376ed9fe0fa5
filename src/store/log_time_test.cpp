#include "store/log_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace scorekeeper::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

const Time start = time_of_seconds(1'790'000'000);

class TimesOfALog {
 public:
  void add(Time at, std::uint32_t count = 1) {
    LogRecord record;
    record.position = last();
    ++record.position.number;
    record.count = count;
    record.at = at;
    records.push_back(std::move(record));
  }
  RowId last() const { return records.empty() ? RowId() : records.back().last(); }
  std::optional<Time> ago(Time now, microseconds passed, microseconds gap_max, RowId after = {}) {
    reads = 0;
    const auto read = [this](RowId position) -> Result<std::optional<LogRecord>> {
      ++reads;
      const auto next =
          std::ranges::find_if(records, [&](const auto& one) { return one.position > position; });
      if (next == records.end()) return std::nullopt;
      return *next;
    };
    const auto time = time_ago(read, {.after = after, .last = last()}, now, passed, gap_max);
    EXPECT_TRUE(time);
    return *time;
  }

  std::vector<LogRecord> records;
  int reads = 0;
};

TEST(TimeAgo, IsTheClocksWhereSomethingHappensAllTheTime) {
  TimesOfALog log;
  for (std::uint32_t n = 0; n < 1'000; ++n) log.add(start + hours(n), 1 + n % 64);
  const Time now = start + hours(1'000);
  EXPECT_EQ(log.ago(now, hours(400), hours(100)), now - hours(400));
  EXPECT_LT(log.reads, 100);
  // All of it is younger.
  EXPECT_EQ(log.ago(now, hours(1'200), hours(300)), std::nullopt);
  EXPECT_EQ(log.ago(now, hours(400), hours(100), log.records[700].last()), std::nullopt);
}

TEST(TimeAgo, CountsAJumpOfTheClockAsAGap) {
  TimesOfALog log;
  for (int n = 0; n < 500; ++n) log.add(start + days(n));
  const Time jump = start + days(499 + 365);
  // Before anything is written by the clock that is ahead, and afterwards.
  EXPECT_EQ(log.ago(jump, days(400), days(100)), start + days(199));
  for (int n = 0; n < 5; ++n) log.add(jump + hours(n));
  const Time now = jump + hours(4);
  EXPECT_EQ(log.ago(now, days(400), days(100)), start + days(199) + hours(4));
  // Once the clock is right again, the log is ahead of it.
  EXPECT_EQ(log.ago(start + days(500), days(400), days(100)), start + days(100));
  EXPECT_EQ(log.ago(start + days(450), days(400), days(100)), start + days(50));
}

// Against adding up gaps.
TEST(TimeAgo, IsTheSumOfBoundedGaps) {
  std::mt19937 random(1);
  const auto below = [&](std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random);
  };
  int found = 0;
  for (int round = 0; round < 2'000; ++round) {
    TimesOfALog log;
    Time at = start;
    for (auto count = below(40); count > 0; --count) {
      if (below(3) != 0) at += microseconds(1 + below(below(4) == 0 ? 1'000 : 40));
      log.add(at, static_cast<std::uint32_t>(1 + below(64)));
    }
    const Time now = at + microseconds(below(200) - 100);
    const microseconds gap_max(1 + below(50));
    const microseconds passed = gap_max * 4;
    const RowId after =
        log.records.empty() || below(2) == 0
            ? RowId()
            : log.records[static_cast<std::size_t>(below(std::ssize(log.records)))].last();
    // From moment to moment, back to the one since which enough has passed.
    std::vector<Time> moments;
    for (const LogRecord& record : log.records) {
      if (record.position > after && record.at <= now) moments.push_back(record.at);
    }
    moments.push_back(now);
    microseconds left = passed;
    std::optional<Time> expected;
    for (std::size_t n = moments.size() - 1; n > 0 && !expected; --n) {
      const auto gap = std::min<microseconds>(moments[n] - moments[n - 1], gap_max);
      if (gap >= left) {
        expected = moments[n] - left;
      } else {
        left -= gap;
      }
    }
    const auto actual = log.ago(now, passed, gap_max, after);
    // A moment before the first record of the span has no time of its own.
    if (!expected) {
      EXPECT_TRUE(!actual || *actual < moments.front());
      continue;
    }
    ++found;
    ASSERT_EQ(actual, expected) << round;
  }
  EXPECT_GT(found, 300);
}

}  // namespace
}  // namespace scorekeeper::store
