#include "wire/request_id.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace scorekeeper::wire {
namespace {

constexpr SipKey key{1, 2};
constexpr std::uint64_t number_max = (std::uint64_t{1} << 44) - 1;

TEST(RequestId, ReadsBackAndIsOfTheRecordedShape) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, number_max}) {
    const auto id = write_request_id({number}, key);
    EXPECT_EQ(id.size(), 21U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
    EXPECT_EQ(parse_request_id(id, key), RequestNumber{number});
  }
}

TEST(RequestId, AnyNumberAndKeyReadBackUnderThatKeyOnly) {
  EXPECT_TRUE(rc::check([](std::uint64_t number, std::uint64_t k0, std::uint64_t k1) {
    const RequestNumber request{number & number_max};
    const auto id = write_request_id(request, {k0, k1});
    RC_ASSERT(parse_request_id(id, {k0, k1}) == request);
    RC_ASSERT(!parse_request_id(id, {k0 + 1, k1}));
  }));
}

TEST(RequestId, RefusesEveryAlteredCharacter) {
  const auto id = write_request_id({123'456}, key);
  for (std::size_t at = 0; at < id.size(); ++at) {
    for (const char c : std::string_view("0aznA _-")) {
      auto altered = id;
      altered[at] = c;
      EXPECT_EQ(parse_request_id(altered, key).has_value(), altered == id) << altered;
    }
  }
  EXPECT_FALSE(parse_request_id("", key));
  EXPECT_FALSE(parse_request_id(id + "0", key));
  EXPECT_FALSE(parse_request_id(id.substr(1), key));
  EXPECT_FALSE(parse_request_id(std::string(21, 'z'), key));
}

// Consecutive numbers share no prefix and no suffix worth the name: nothing can be counted from
// them.
TEST(RequestId, HidesTheOrderOfRequests) {
  std::set<std::string> prefixes;
  std::set<std::string> suffixes;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    const auto id = write_request_id({number}, key);
    prefixes.insert(id.substr(0, 8));
    suffixes.insert(id.substr(13));
  }
  EXPECT_EQ(prefixes.size(), 100U);
  EXPECT_EQ(suffixes.size(), 100U);
}

}  // namespace
}  // namespace scorekeeper::wire
