#include "matrix/names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::matrix {
namespace {

// Ascending.
std::vector<EntityNumber> named(const Names& names, std::string_view name) {
  std::vector<EntityNumber> found;
  for (auto entity = names.first_named(name); entity; entity = names.next_named(entity)) {
    if (names.is_named(entity, name)) found.push_back(entity);
  }
  std::ranges::sort(found);
  return found;
}

TEST(Names, AreAMapThereAndBack) {
  Names names;
  std::map<std::string, EntityNumber> expected;
  std::mt19937 random(7);
  for (std::uint32_t i = 1; i <= 50'000; ++i) {
    const std::string reference =
        fmt::format("service:ns{}/name-{}", random() % 5, random() % 40'000);
    if (expected.contains(reference)) {
      ASSERT_EQ(names.find(reference), expected[reference]);
      continue;
    }
    ASSERT_FALSE(names.find(reference));
    const EntityNumber number = names.next();
    names.add(number, reference);
    expected[reference] = number;
  }
  EXPECT_EQ(names.count(), expected.size());
  std::vector<std::string_view> references;
  std::vector<std::uint64_t> hashes;
  hashes.reserve(expected.size() + 1);
  for (const auto& [reference, number] : expected) {
    ASSERT_EQ(names.find(reference), number);
    ASSERT_EQ(names.text(number), reference);
    references.push_back(reference);
  }
  references.emplace_back("service:default/nobody");
  for (const auto reference : references) hashes.push_back(name_hash(reference));
  std::vector<EntityNumber> numbers(references.size());
  names.find_all(references, hashes, numbers);
  std::size_t i = 0;
  for (const auto& [reference, number] : expected) ASSERT_EQ(numbers[i++], number);
  EXPECT_FALSE(numbers.back());
}

TEST(Names, ChainTheEntitiesOfOneBareName) {
  Names names;
  names.add(EntityNumber{1}, "service:default/shop");
  names.add(EntityNumber{2}, "service:default/other");
  names.add(EntityNumber{3}, "queue:eu/shop");
  names.add(EntityNumber{4}, "service:default/a/shop");
  names.add(EntityNumber{5}, "datastore:default/shop");
  EXPECT_EQ(named(names, "shop"), (std::vector{EntityNumber{1}, EntityNumber{3}, EntityNumber{5}}));
  EXPECT_EQ(named(names, "a/shop"), std::vector{EntityNumber{4}});
  EXPECT_EQ(named(names, "Shop"), std::vector{EntityNumber{1}});  // the others' names are exact
  EXPECT_TRUE(named(names, "").empty());
}

TEST(Names, FindAServiceInDefaultByAnySpelling) {
  Names names;
  names.add(EntityNumber{1}, "service:default/Checkout-API");
  names.add(EntityNumber{2}, "queue:default/Checkout-API");
  names.add(EntityNumber{3}, "queue:default/checkout-api");
  EXPECT_EQ(names.find("service:default/checkout-api"), EntityNumber{1});
  EXPECT_EQ(names.text(EntityNumber{1}), "service:default/Checkout-API");
  EXPECT_EQ(names.find("queue:default/checkout-api"), EntityNumber{3});
  EXPECT_FALSE(names.find("queue:default/CHECKOUT-API"));
  EXPECT_FALSE(names.find("service:default/checkout_api"));
  const std::string_view references[] = {"service:default/CHECKOUT-api",
                                         "queue:default/Checkout-API"};
  const std::uint64_t hashes[] = {reference_hash(references[0]), reference_hash(references[1])};
  EntityNumber numbers[2];
  names.find_all(references, hashes, numbers);
  EXPECT_EQ(numbers[0], EntityNumber{1});
  EXPECT_EQ(numbers[1], EntityNumber{2});
  EXPECT_EQ(named(names, "CHECKOUT-API"), std::vector{EntityNumber{1}});
  EXPECT_EQ(named(names, "checkout-api"), (std::vector{EntityNumber{1}, EntityNumber{3}}));
  const auto reserved = names.reserve(10'000);  // the hashes are of the folded text there, too
  EXPECT_EQ(reserved.tables[0].find(reference_hash("service:default/checkout-api"),
                                    [](std::uint32_t number) { return number == 1; }),
            1U);
}

// As a store of an older release may have them.
TEST(Names, FindOneNumberOfSeveralSpellings) {
  for (const bool ascending : {true, false}) {
    Names names;
    EXPECT_FALSE(names.has_hidden());
    names.add(EntityNumber{ascending ? 1U : 2U}, "service:default/Foo");
    EXPECT_FALSE(names.has_hidden());
    names.add(EntityNumber{ascending ? 2U : 1U}, "service:default/foo");
    EXPECT_TRUE(names.has_hidden());
    EXPECT_EQ(names.find("service:default/FOO"), EntityNumber{1});
    names.prefer(EntityNumber{2});
    names.prefer(EntityNumber{2});
    EXPECT_EQ(names.find("service:default/Foo"), EntityNumber{2});
    EXPECT_EQ(names.find("service:default/foo"), EntityNumber{2});
    names.prefer(EntityNumber{1});
    EXPECT_EQ(names.find("service:default/foo"), EntityNumber{1});
    EXPECT_EQ(named(names, "foo"), (std::vector{EntityNumber{1}, EntityNumber{2}}));
    auto reserved = names.reserve(10'000);
    names.commit(reserved);
    EXPECT_EQ(names.find("service:default/foo"), EntityNumber{1});
  }
}

TEST(Names, TakeNumbersInAnyOrderWithGaps) {
  Names names;
  EXPECT_EQ(names.next(), EntityNumber{1});
  names.add(EntityNumber{9'000}, "service:default/b");
  names.add(EntityNumber{2}, "service:default/a");
  EXPECT_EQ(names.next(), EntityNumber{9'001});
  EXPECT_EQ(names.text(EntityNumber{2}), "service:default/a");
  EXPECT_EQ(names.text(EntityNumber{9'000}), "service:default/b");
  EXPECT_EQ(names.text(EntityNumber{3}), "");
  EXPECT_EQ(names.text(EntityNumber{5'000}), "");
  EXPECT_EQ(names.text(EntityNumber{20'000}), "");
  EXPECT_EQ(names.text(EntityNumber{}), "");
}

TEST(Names, GrowBesideTheOldTable) {
  Names names;
  names.add(EntityNumber{1}, "service:default/a");
  Names::Reserved reserved = names.reserve(10'000);
  EXPECT_EQ(names.find("service:default/a"), EntityNumber{1});
  names.commit(reserved);
  EXPECT_EQ(names.find("service:default/a"), EntityNumber{1});
  EXPECT_EQ(named(names, "a"), std::vector{EntityNumber{1}});
  for (std::uint32_t i = 2; i <= 10'001; ++i) {
    names.add(EntityNumber{i}, fmt::format("service:default/{}", i));
  }
  EXPECT_TRUE(names.reserve(0).tables.empty());
  EXPECT_EQ(names.find("service:default/10001"), EntityNumber{10'001});
}

TEST(Names, KeepTextsLongerThanAChunk) {
  Names names;
  const std::string longest = "service:default/" + std::string(200'000, 'x');
  names.add(EntityNumber{1}, longest);
  names.add(EntityNumber{2}, "service:default/y");
  EXPECT_EQ(names.find(longest), EntityNumber{1});
  EXPECT_EQ(names.text(EntityNumber{2}), "service:default/y");
}

TEST(Names, TakeAtMost96BytesForAnEntityOf28Characters) {
  Names names;
  constexpr std::uint32_t count = 200'000;
  for (std::uint32_t i = 1; i <= count; ++i) {
    names.add(EntityNumber{i}, fmt::format("service:default/name-{:07}", i));
  }
  EXPECT_LE(names.memory_bytes(), std::size_t{96} * count);
}

}  // namespace
}  // namespace scorekeeper::matrix
