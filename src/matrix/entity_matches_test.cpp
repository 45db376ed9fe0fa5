#include "matrix/entity_matches.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t count = 3 * page_entities - 100;

// Some pages of entities; every seventh has an owner, of whom there are ten.
class Many : public testing::Test {
 public:
  Many() {
    for (std::uint32_t number = 1; number <= count; ++number) {
      const EntityNumber entity{number};
      names.add(entity, fmt::format("service:default/e{}", number));
      entities.add(entity, names.text(entity));
      if (number % 7 == 0) define(entity, fmt::format("team{}", number % 10));
    }
  }
  void define(EntityNumber entity, std::string owner) {
    EntityAttributes attributes;
    attributes.owner = std::move(owner);
    entities.define(entity, attributes);
  }
  std::vector<std::uint32_t> meant(const EntityQuery& query) {
    return numbers_of(EntityMatcher(query, entities, names).match_all());
  }
  static std::vector<std::uint32_t> numbers_of(const Bitmap& bits) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 1; number <= count + 1; ++number) {
      if (bits.has(EntityNumber{number})) numbers.push_back(number);
    }
    return numbers;
  }

  Names names;
  Entities entities;
};

EntityQuery parse(std::string_view text) { return *EntityQuery::parse(text, "query"); }

// Looks until the last page is reached.
std::size_t sweep(EntityMatches& matches) {
  std::size_t looks = 0;
  while (matches.advance()) ++looks;
  return looks;
}

TEST_F(Many, AreMatchedAsIfAtOnce) {
  for (const auto* text : {"*", "e77", "owner:team3 OR name:e5?", "-owner:* e1", "owner:t*4",
                           "kind:api", "has_definition:false name:*9"}) {
    const auto query = parse(text);
    EntityMatches matches(query, entities, names);
    sweep(matches);
    EXPECT_EQ(numbers_of(matches.entities()), meant(query)) << text;
    EXPECT_EQ(matches.sweep_matched(), 3U);
    sweep(matches);
    EXPECT_EQ(matches.sweep_matched(), 0U);
  }
}

// No look is longer than its bound, however many terms there are.
TEST_F(Many, AreMatchedInManyLooksByAQueryOfManyTerms) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("-*x{}* ", i);
  const auto query = parse(text);
  EntityMatches matches(query, entities, names);
  EXPECT_GE(sweep(matches), std::size_t{count} * 100 / query_look_max);
  EXPECT_EQ(numbers_of(matches.entities()).size(), count);
  const auto one = parse("-x");
  EntityMatches quick(one, entities, names);
  EXPECT_LE(sweep(quick), 4U);
}

TEST_F(Many, AreMatchedAgainWhereTheyChanged) {
  const auto query = parse("owner:t*3 OR owner:fresh -f -g -h -i -j -k -z");
  EntityMatches matches(query, entities, names);
  // In the middle of the first page and before the second: both are met again.
  ASSERT_TRUE(matches.advance());
  define(EntityNumber{4}, "fresh");
  define(EntityNumber{page_entities + 9}, "t33");
  sweep(matches);
  EXPECT_EQ(matches.sweep_matched(), 3U);
  sweep(matches);
  EXPECT_EQ(matches.sweep_matched(), 1U);
  EXPECT_EQ(numbers_of(matches.entities()), meant(query));
  // Those that come and go between the looks and the question itself.
  entities.remove(EntityNumber{4});
  names.add(EntityNumber{count + 1}, "api:default/last");
  entities.add(EntityNumber{count + 1}, "api:default/last");
  define(EntityNumber{count + 1}, "fresh");
  matches.finish();
  EXPECT_EQ(numbers_of(matches.entities()), meant(query));
  EXPECT_TRUE(matches.entities().has(EntityNumber{count + 1}));
}

TEST_F(Many, MayHaveMoreTextsThanALookTakes) {
  const auto more = static_cast<std::uint32_t>(query_look_max) + 100;
  for (std::uint32_t i = 0; i < more; ++i) define(EntityNumber{8}, fmt::format("o{}", i));
  const auto query = parse(fmt::format("owner:?{}", more - 1));
  EntityMatches matches(query, entities, names);
  ASSERT_TRUE(matches.advance());
  EXPECT_EQ(matches.entities().count(), 0U);
  sweep(matches);
  EXPECT_EQ(numbers_of(matches.entities()), std::vector<std::uint32_t>{8});
}

}  // namespace
}  // namespace scorekeeper::matrix
