#include "wire/entity_id.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace scorekeeper::wire {
namespace {

constexpr SipKey key{1, 2};
constexpr OrgId seven{7};

TEST(EntityId, ReadsBackAndIsAVersion4Uuid) {
  for (const std::uint32_t number : {1U, 2U, 2'000'000U, 0xffff'ffffU}) {
    const auto id = write_entity_id(seven, {number}, key);
    ASSERT_EQ(id.size(), 36U);
    for (std::size_t at = 0; at < id.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      EXPECT_EQ(id[at] == '-', dash) << id;
      EXPECT_NE(std::string_view("-0123456789abcdef").find(id[at]), std::string::npos) << id;
    }
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string_view("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_EQ(parse_entity_id(id, seven, key), EntityNumber{number});
  }
}

TEST(EntityId, AnyNumberReadsBackInThatOrgUnderThatKeyOnly) {
  EXPECT_TRUE(
      rc::check([](std::uint32_t number, std::uint32_t org, std::uint64_t k0, std::uint64_t k1) {
        RC_PRE(number != 0);
        const auto id = write_entity_id({org}, {number}, {k0, k1});
        RC_ASSERT(parse_entity_id(id, {org}, {k0, k1}) == EntityNumber{number});
        RC_ASSERT(!parse_entity_id(id, {org + 1}, {k0, k1}));
        RC_ASSERT(!parse_entity_id(id, {org}, {k0, k1 + 1}));
      }));
}

TEST(EntityId, IsTheSameForEver) {
  EXPECT_EQ(write_entity_id({1}, {1}, key), "d506e814-4e33-41f2-b7a5-45b0c021abf7");
}

TEST(EntityId, TakesLettersOfEitherCase) {
  auto id = write_entity_id(seven, {5}, key);
  for (char& c : id) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(parse_entity_id(id, seven, key), EntityNumber{5});
}

TEST(EntityId, RefusesEveryAlteredCharacter) {
  const auto id = write_entity_id(seven, {123'456}, key);
  for (std::size_t at = 0; at < id.size(); ++at) {
    for (const char c : std::string_view("0f8-g /")) {
      auto altered = id;
      altered[at] = c;
      EXPECT_EQ(parse_entity_id(altered, seven, key).has_value(), altered == id) << altered;
    }
  }
  for (const std::string& other :
       {std::string(), id + "0", id.substr(1), std::string(36, '-'), std::string(36, '0'),
        std::string("00000000-0000-4000-8000-000000000000"), std::string("service:default/name")}) {
    EXPECT_FALSE(parse_entity_id(other, seven, key)) << other;
  }
}

TEST(EntityId, HidesTheOrderOfEntities) {
  std::set<std::string> prefixes;
  std::set<std::string> numbers;
  for (std::uint32_t number = 1; number <= 100; ++number) {
    const auto id = write_entity_id(seven, {number}, key);
    prefixes.insert(id.substr(0, 8));
    numbers.insert(id.substr(24, 8));
  }
  EXPECT_EQ(prefixes.size(), 100U);
  EXPECT_EQ(numbers.size(), 100U);
}

}  // namespace
}  // namespace scorekeeper::wire
