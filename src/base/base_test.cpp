#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "base/siphash.h"

namespace scorekeeper {
namespace {

TEST(Rfc3339, TrimsTrailingZerosOfTheFraction) {
  EXPECT_EQ(rfc3339(time_of_microseconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(time_of_microseconds(1'778'787'144'858'850)), "2026-05-14T19:32:24.85885Z");
  EXPECT_EQ(rfc3339(time_of_microseconds(951'782'400'000'001)), "2000-02-29T00:00:00.000001Z");
}

Result<int> half(int value) {
  if (value % 2 != 0) return invalid("odd");
  return value / 2;
}
Result<int> quarter(int value) {
  const int first = TRY(half(value));
  return TRY(half(first));
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().detail, "odd");
  EXPECT_EQ(quarter(3).error().code, Code::invalid);
}

// Vectors: SipHash-1-3 of the reference implementation, key 00 01 … 0f, message 00 01 … n-1.
TEST(Siphash13, AgreesWithTheReferenceVectors) {
  const SipKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  EXPECT_EQ(siphash13(key, ""), 0xabac0158050fc4dcU);
  EXPECT_EQ(siphash13(key, std::string_view("\x00", 1)), 0xc9f49bf37d57ca93U);
  EXPECT_EQ(siphash13(key, std::string_view("\x00\x01", 2)), 0x82cb9b024dc7d44dU);
}

TEST(Random, IdentifiersAreOfTheAskedLengthAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_base36(16));
  EXPECT_EQ(seen.size(), 1000U);
  for (const auto& id : seen) {
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
  }
  EXPECT_EQ(random_hex(16).size(), 32U);
}

TEST(Metrics, WritesWhatWasCounted) {
  Metrics metrics;
  metrics.counter("scorekeeper_things_total", "Things.", {{"kind", "a"}}).add(2);
  metrics.counter("scorekeeper_things_total", "Things.", {{"kind", "a"}}).add();
  EXPECT_NE(metrics.write().find("scorekeeper_things_total{kind=\"a\"} 3"), std::string::npos);
}

}  // namespace
}  // namespace scorekeeper
