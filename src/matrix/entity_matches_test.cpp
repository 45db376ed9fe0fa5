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
    return numbers_of(EntityMatcher(query).match_all(entities, names));
  }
  // Looks until the last page is reached.
  std::size_t sweep(EntityMatches& matches) const {
    std::size_t looks = 0;
    while (matches.advance(entities, names)) ++looks;
    return looks;
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

TEST_F(Many, AreMatchedAsIfAtOnce) {
  for (const auto* text : {"*", "e77", "owner:team3 OR name:e5?", "-owner:* e1", "owner:t*4",
                           "kind:api", "has_definition:false name:*9"}) {
    const auto query = parse(text);
    EntityMatches matches(query);
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
  EntityMatches matches(query);
  const auto looks = sweep(matches);
  EXPECT_EQ(numbers_of(matches.entities()).size(), count);
  const auto steps = matches.take_steps();
  EXPECT_GE(steps, std::size_t{count} * 100 * 20);
  EXPECT_GE(looks, steps / query_look_max / 2);
  const auto one = parse("-x");
  EntityMatches quick(one);
  EXPECT_LE(sweep(quick), 4U);
}

TEST_F(Many, AreMatchedAgainWhereTheyChanged) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += fmt::format("-x{} ", i);
  const auto query = parse(text + "(owner:t*3 OR owner:fresh)");
  EntityMatches matches(query);
  // In the middle of the first page and before the second: both are met again.
  ASSERT_TRUE(matches.advance(entities, names));
  define(EntityNumber{4}, "fresh");
  define(EntityNumber{page_entities + 9}, "t33");
  sweep(matches);
  EXPECT_EQ(matches.sweep_matched(), 3U);
  sweep(matches);
  EXPECT_EQ(matches.sweep_matched(), 1U);
  EXPECT_EQ(numbers_of(matches.entities()), meant(query));
  // Entities come and go between the looks and the question itself.
  entities.remove(EntityNumber{4});
  names.add(EntityNumber{count + 1}, "api:default/last");
  entities.add(EntityNumber{count + 1}, "api:default/last");
  define(EntityNumber{count + 1}, "fresh");
  EXPECT_TRUE(matches.finish(entities, names, 64 * query_look_max));
  EXPECT_EQ(numbers_of(matches.entities()), meant(query));
  EXPECT_TRUE(matches.entities().has(EntityNumber{count + 1}));
}

TEST_F(Many, MayHaveMoreTextsThanALookTakes) {
  const auto long_text = std::string(200, 'o');
  for (std::uint32_t i = 1; i < count; ++i)
    define(EntityNumber{i}, fmt::format("{}{}", long_text, i));
  const auto query = parse("owner:*?4711");
  EntityMatches matches(query);
  ASSERT_TRUE(matches.advance(entities, names));
  EXPECT_EQ(matches.entities().count(), 0U);
  sweep(matches);
  EXPECT_EQ(numbers_of(matches.entities()), std::vector<std::uint32_t>{4711});
}

TEST_F(Many, AreNotFinishedInALookThatIsTooLong) {
  const auto query = parse("owner:*?4711");
  EntityMatches matches(query);
  sweep(matches);
  matches.take_steps();
  // More than a look takes changes at once.
  for (std::uint32_t i = 1; i < count; ++i) {
    define(EntityNumber{i}, fmt::format("{}{}", std::string(200, 'o'), i));
  }
  EXPECT_FALSE(matches.finish(entities, names));
  const auto steps = matches.take_steps();
  EXPECT_GE(steps, query_look_max);
  EXPECT_LT(steps, query_look_max + query_look_max / 10);
  EXPECT_FALSE(matches.finish(entities, names));
  sweep(matches);
  EXPECT_TRUE(matches.finish(entities, names));
  EXPECT_EQ(numbers_of(matches.entities()), std::vector<std::uint32_t>{4711});
}

// Owners and tags that nobody has any more lose their numbers to others.
TEST_F(Many, AreMatchedByTextsWhoseNumbersChange) {
  const auto query = parse("owner:wanted OR owner:w*x");
  EntityMatches matches(query);
  define(EntityNumber{9}, "wanted");
  sweep(matches);
  EXPECT_EQ(numbers_of(matches.entities()), std::vector<std::uint32_t>{9});
  const auto forgotten = entities.texts().owners.forgotten();
  for (std::uint32_t i = 0; entities.texts().owners.forgotten() == forgotten; ++i) {
    ASSERT_LT(i, 3 * Dictionary::unused_max);
    define(EntityNumber{9}, fmt::format("w{}", i));
  }
  define(EntityNumber{10}, "fresh");
  define(EntityNumber{11}, "wanted");
  define(EntityNumber{12}, "wx");
  sweep(matches);
  EXPECT_EQ(numbers_of(matches.entities()), (std::vector<std::uint32_t>{11, 12}));
  EXPECT_EQ(numbers_of(matches.entities()), meant(query));
}

// A look between the time that a number loses its text and the time that it gets another one must
// not decide about the number.
TEST_F(Many, AreMatchedByTextsWhoseNumbersAreReusedAfterALook) {
  const auto query = parse("owner:w*x");
  EntityMatches matches(query);
  sweep(matches);
  const auto& owners = entities.texts().owners;
  const auto forgotten = owners.forgotten();
  for (std::uint32_t i = 0; owners.forgotten() == forgotten; ++i) {
    ASSERT_LT(i, 3 * Dictionary::unused_max);
    define(EntityNumber{9}, fmt::format("w{}", i));
  }
  std::vector<std::uint32_t> expected;
  for (std::uint32_t number = 10; number < 20; ++number) {
    sweep(matches);
    const auto limit = owners.limit();
    define(EntityNumber{number}, fmt::format("w{}x", number));
    ASSERT_EQ(owners.limit(), limit) << "the number is not a reused one";
    expected.push_back(number);
    sweep(matches);
    EXPECT_EQ(numbers_of(matches.entities()), expected);
    EXPECT_EQ(numbers_of(matches.entities()), meant(query));
  }
}

TEST_F(Many, AreMatchedAnewWhenTheyAreFoldedAgain) {
  const auto query = parse("owner:team3");
  EntityMatches matches(query);
  ASSERT_FALSE(matches.advance(entities, names));
  sweep(matches);
  EXPECT_FALSE(numbers_of(matches.entities()).empty());
  Entities others;
  Names other_names;
  other_names.add(EntityNumber{1}, "service:default/a");
  others.add(EntityNumber{1}, "service:default/a");
  EntityAttributes attributes;
  attributes.owner = "team3";
  others.define(EntityNumber{1}, attributes);
  EXPECT_TRUE(matches.finish(others, other_names));
  EXPECT_EQ(numbers_of(matches.entities()), std::vector<std::uint32_t>{1});
}

}  // namespace
}  // namespace scorekeeper::matrix
