#include "store/last_reported.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

#include "store/rows.h"

namespace scorekeeper::store {
namespace {

using Times = std::vector<std::uint32_t>;

// The number of bytes; checks that they read back.
std::size_t check(Times times) {
  std::vector<std::byte> blob;
  encode_last_reported(times, blob);
  const auto decoded = decode_last_reported(blob);
  EXPECT_TRUE(decoded);
  times.resize(reported_block_size);
  EXPECT_EQ(*decoded, times);
  return blob.size();
}

TEST(LastReported, IsSmallWhereNeighboursAreReportedTogether) {
  EXPECT_EQ(check({}), 1U);
  EXPECT_EQ(check(Times(1024)), 1U);
  EXPECT_LE(check(Times(1024, 1'790'000'000)), 9U);
  Times steps(1024);
  std::iota(steps.begin(), steps.end(), 1'790'000'000U);
  EXPECT_LE(check(steps), 3U * 1024);
}

TEST(LastReported, KeepsTheEdges) {
  check({1});
  check({UINT32_MAX, 1, UINT32_MAX});
  check({0, 0, 5, 0, 5, 4});
  Times last(1024);
  last.back() = 7;
  check(last);
}

TEST(LastReported, RoundTripsAnyBlock) {
  EXPECT_TRUE(rc::check("decode(encode(x)) == x", [] {
    const auto size = *rc::gen::inRange<std::size_t>(0, 1025);
    const auto times = *rc::gen::container<Times>(
        size, rc::gen::oneOf(rc::gen::just(0U), rc::gen::arbitrary<std::uint32_t>(),
                             rc::gen::inRange(1'790'000'000U, 1'790'000'004U)));
    check(times);
  }));
}

TEST(LastReported, RefusesOtherBytes) {
  const auto refuses = [](std::initializer_list<int> numbers) {
    std::vector<std::byte> blob;
    for (const int number : numbers) blob.push_back(static_cast<std::byte>(number));
    return !decode_last_reported(blob);
  };
  EXPECT_TRUE(refuses({}));
  EXPECT_TRUE(refuses({2}));                                      // another format
  EXPECT_TRUE(refuses({1, 0x03}));                                // no time
  EXPECT_TRUE(refuses({1, 0x01, 0x02}));                          // an empty run
  EXPECT_TRUE(refuses({1, 0x03, 0x01}));                          // before 1970
  EXPECT_TRUE(refuses({1, 0x81, 0x80, 0x01, 0x02}));              // more than a block
  EXPECT_TRUE(refuses({1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));  // a number without end
  EXPECT_FALSE(refuses({1, 0x03, 0x02}));
}

TEST(LastReported, NeverReadsBeyondRandomBytes) {
  EXPECT_TRUE(rc::check("decode never fails but by an Error", [](std::vector<std::uint8_t> bytes) {
    bytes.insert(bytes.begin(), 1);
    const auto decoded = decode_last_reported(std::as_bytes(std::span(bytes)));
    RC_ASSERT(!decoded || decoded->size() == reported_block_size);
  }));
}

}  // namespace
}  // namespace scorekeeper::store
