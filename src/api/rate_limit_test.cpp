#include "api/rate_limit.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/fake_clock.h"

namespace scorekeeper::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr OrgId org{1};
constexpr KeyId key{7};

// In a minute.
Limits limits(std::uint32_t of_key, std::uint32_t of_org = 1'000'000) {
  Limits limits;
  limits.rate_limit_requests = of_key;
  limits.rate_limit_org_requests = of_org;
  limits.rate_limit_period_seconds = 60;
  return limits;
}

// 20 s into a calendar-aligned minute.
Time start() { return Time(seconds(60 * 29'800'000 + 20)); }

TEST(RateLimiter, CountsDownAndRefuses) {
  RateLimiter limiter(limits(3));
  for (std::uint64_t left : {2U, 1U, 0U}) {
    const auto decision = limiter.take(org, key, start());
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.window, (RateWindow{.limit = 3,
                                           .period = 60,
                                           .remaining = left,
                                           .reset = 40,
                                           .name = "scorecard_requests_per_key"}));
  }
  const auto refused = limiter.take(org, key, start());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.window.remaining, 0U);
  EXPECT_EQ(refused.window.reset, 40U);
}

TEST(RateLimiter, BeginsAnewWithTheCalendarsPeriod) {
  RateLimiter limiter(limits(1));
  FakeClock clock(start());
  EXPECT_TRUE(limiter.take(org, key, clock.now()).allowed);
  clock.advance(milliseconds(39'999));
  const auto late = limiter.take(org, key, clock.now());
  EXPECT_FALSE(late.allowed);
  EXPECT_EQ(late.window.reset, 1U);  // never 0: a client that waits so long finds the next period
  clock.advance(milliseconds(1));
  const auto next = limiter.take(org, key, clock.now());
  EXPECT_TRUE(next.allowed);
  EXPECT_EQ(next.window.reset, 60U);
}

TEST(RateLimiter, ResetIsEnoughToWait) {
  for (const int offset_ms : {0, 1, 499, 999, 1'000, 39'001, 59'999}) {
    RateLimiter limiter(limits(1));
    FakeClock clock(start() + milliseconds(offset_ms));
    EXPECT_TRUE(limiter.take(org, key, clock.now()).allowed);
    const auto refused = limiter.take(org, key, clock.now());
    ASSERT_FALSE(refused.allowed) << offset_ms;
    clock.advance(seconds(refused.window.reset));
    EXPECT_TRUE(limiter.take(org, key, clock.now()).allowed) << offset_ms;
  }
}

// Two threads may look at the clock in one order and count in the other.
TEST(RateLimiter, StaysInThePeriodWhenATimeComesLate) {
  RateLimiter limiter(limits(1));
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  const auto late = limiter.take(org, key, start() - seconds(21));
  EXPECT_FALSE(late.allowed);
  EXPECT_EQ(late.window.reset, 61U);  // of the clock that asks
  EXPECT_FALSE(limiter.take(org, key, start()).allowed);
}

TEST(RateLimiter, GoesOnWhenAClockThatWasAheadComesBack) {
  for (const auto ahead : {seconds(121), seconds(600), seconds(86'400 * 365)}) {
    RateLimiter limiter(limits(1));
    EXPECT_TRUE(limiter.take(org, key, start() + ahead).allowed);
    const auto back = limiter.take(org, key, start());
    EXPECT_TRUE(back.allowed) << ahead.count();
    EXPECT_EQ(back.window.reset, 40U);
    const auto refused = limiter.take(org, key, start());
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.window.reset, 40U);
    EXPECT_TRUE(limiter.take(org, key, start() + seconds(40)).allowed) << "reset must be true";
  }
}

TEST(RateLimiter, ResetIsTrueHoweverFarTheClockComesBack) {
  for (int back = 0; back < 200; ++back) {
    RateLimiter limiter(limits(1));
    ASSERT_TRUE(limiter.take(org, key, start()).allowed);
    const auto now = start() - seconds(back);
    const auto decision = limiter.take(org, key, now);
    if (decision.allowed) continue;
    EXPECT_TRUE(limiter.take(org, key, now + seconds(decision.window.reset)).allowed) << back;
    EXPECT_LE(decision.window.reset, 120U);
  }
}

TEST(RateLimiter, LetsABusyKeyAloneRunOut) {
  RateLimiter limiter(limits(2, 5));
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  const auto refused = limiter.take(org, key, start());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.window.name, key_limit_name);
  EXPECT_EQ(refused.window.limit, 2U);
  const auto other = limiter.take(org, {8}, start());
  EXPECT_TRUE(other.allowed);
  EXPECT_EQ(other.window.name, key_limit_name);
  EXPECT_EQ(other.window.remaining, 1U);
}

TEST(RateLimiter, LetsManyKeysUseUpTheirOrg) {
  RateLimiter limiter(limits(2, 3));
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  EXPECT_TRUE(limiter.take(org, {8}, start()).allowed);
  EXPECT_TRUE(limiter.take(org, {9}, start()).allowed);
  const auto refused = limiter.take(org, {10}, start());
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.window, (RateWindow{.limit = 3,
                                        .period = 60,
                                        .remaining = 0,
                                        .reset = 40,
                                        .name = "scorecard_requests_per_org"}));
  EXPECT_TRUE(limiter.take({2}, {70}, start()).allowed);
}

TEST(RateLimiter, TellsTheWindowWithLessLeft) {
  RateLimiter limiter(limits(3, 4));
  const auto first = limiter.take(org, key, start());
  EXPECT_EQ(first.window.name, key_limit_name);
  EXPECT_EQ(first.window.remaining, 2U);
  // Two are left of either.
  const auto even = limiter.take(org, {8}, start());
  EXPECT_EQ(even.window.name, key_limit_name);
  EXPECT_EQ(even.window.remaining, 2U);
  const auto third = limiter.take(org, {9}, start());
  EXPECT_EQ(third.window.name, org_limit_name);
  EXPECT_EQ(third.window.remaining, 1U);
  EXPECT_EQ(third.window.limit, 4U);
}

TEST(RateLimiter, KeepsOrgsApart) {
  RateLimiter limiter(limits(1));
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  EXPECT_FALSE(limiter.take(org, key, start()).allowed);
  EXPECT_TRUE(limiter.take({2}, {70}, start()).allowed);
}

TEST(RateLimiter, CountsAnApiKeyAloneForItsOrg) {
  RateLimiter limiter(limits(9, 2));
  const auto first = limiter.take(org, {}, start());
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.window.name, org_limit_name);
  EXPECT_EQ(first.window.remaining, 1U);
  EXPECT_TRUE(limiter.take(org, key, start()).allowed);
  EXPECT_FALSE(limiter.take(org, {}, start()).allowed);
}

TEST(RateLimiter, LetsExactlyTheLimitInFromManyThreads) {
  RateLimiter limiter(limits(1'000));
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (limiter.take(org, key, start()).allowed) ++allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed, 1'000);
}

TEST(RateHeaders, AreFiveInLowerCase) {
  std::vector<http::Header> headers;
  append_rate_headers({.limit = 10, .period = 20, .remaining = 9, .reset = 3, .name = "n"},
                      headers);
  std::string text;
  for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
  EXPECT_EQ(text,
            "x-ratelimit-limit: 10\nx-ratelimit-period: 20\nx-ratelimit-remaining: 9\n"
            "x-ratelimit-reset: 3\nx-ratelimit-name: n\n");
}

}  // namespace
}  // namespace scorekeeper::api
