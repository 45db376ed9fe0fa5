#include "matrix/named_entities.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"

namespace scorekeeper::matrix {
namespace {

using Numbers = std::vector<EntityNumber>;

constexpr std::uint64_t serial = 7;

// As a store of an older release may have them: 1 and 6 are spellings of one service.
class Few : public testing::Test {
 protected:
  Few() {
    for (const auto* reference :
         {"service:default/Shop", "queue:eu/shop", "queue:default/Shop", "service:eu/SHOP",
          "queue:default/pay", "service:default/shop", "service:default/queue:pay"}) {
      names.add(names.next(), reference);
    }
  }
  Numbers find(NameFilter filter) const {
    NamedEntities named(std::move(filter));
    EXPECT_FALSE(named.advance(names, serial));
    return named.entities().numbers();
  }

  Names names;
};

TEST_F(Few, AreFoundByAllThatIsSet) {
  EXPECT_EQ(find({.name = "shop"}), (Numbers{{1}, {2}, {6}}));
  EXPECT_EQ(find({.name = "Shop"}), (Numbers{{1}, {3}, {6}}));
  EXPECT_EQ(find({.name = "none"}), Numbers{});
  EXPECT_EQ(find({.reference = "queue:eu/shop"}), Numbers{{2}});
  EXPECT_EQ(find({.reference = "queue:eu/none"}), Numbers{});
  EXPECT_EQ(find({.name_or_reference = "shop"}), (Numbers{{1}, {2}, {6}}));
  EXPECT_EQ(find({.name_or_reference = "queue:eu/shop"}), Numbers{{2}});
  // A name that reads as a reference: both.
  EXPECT_EQ(find({.name_or_reference = "queue:pay"}), (Numbers{{5}, {7}}));
  EXPECT_EQ(find({.reference = "queue:eu/shop", .name = "shop"}), Numbers{{2}});
  EXPECT_EQ(find({.reference = "queue:eu/shop", .name = "pay"}), Numbers{});
  EXPECT_EQ(find({.reference = "queue:default/pay", .name_or_reference = "queue:pay"}),
            Numbers{{5}});
  EXPECT_EQ(find({.name = "pay", .name_or_reference = "queue:pay"}), Numbers{{5}});
  EXPECT_EQ(find({.name = "shop", .name_or_reference = "queue:pay"}), Numbers{});
}

TEST_F(Few, AreFollowedAsOthersCome) {
  NamedEntities named({.name = "shop"});
  NamedEntities either({.name_or_reference = "queue:fresh"});
  NamedEntities one({.reference = "service:default/shop"});
  for (auto* each : {&named, &either, &one}) ASSERT_FALSE(each->advance(names, serial));
  EXPECT_TRUE(either.empty());
  EXPECT_EQ(one.entities().numbers(), Numbers{{1}});
  names.add({90'000}, "api:eu/shop");
  names.add({8}, "queue:default/fresh");
  names.prefer({6});
  for (auto* each : {&named, &either, &one}) ASSERT_FALSE(each->advance(names, serial));
  EXPECT_EQ(named.entities().numbers(), (Numbers{{1}, {2}, {6}, {90'000}}));
  EXPECT_EQ(either.entities().numbers(), Numbers{{8}});
  EXPECT_EQ(one.entities().numbers(), Numbers{{6}});
  EXPECT_EQ(named.next_page(0), 0U);
  EXPECT_EQ(named.next_page(1), page_of({90'000}));
  EXPECT_EQ(named.next_page(page_of({90'000}) + 1), NamedEntities::page_none);
  Bitmap others;
  others.set({2}, true);
  others.set({3}, true);
  EXPECT_EQ(named.among(others).numbers(), Numbers{{2}});

  // Folded again.
  const Names others_names;
  ASSERT_FALSE(named.advance(others_names, serial + 1));
  EXPECT_TRUE(named.empty());
}

constexpr std::uint32_t many = 20'000;

// No look is longer than its bound, however many have the name; what comes between two looks is
// found, too.
TEST(NamedEntities, AreFoundInManyLooks) {
  Names names;
  const auto add = [&](std::uint32_t number) {
    names.add({number}, fmt::format("queue:n{}/x", number));
  };
  for (std::uint32_t number = 1; number <= many; ++number) add(number);
  NamedEntities named({.name = "x"});
  std::uint32_t looks = 1;
  std::uint64_t steps = 0;
  while (named.advance(names, serial)) {
    const auto taken = named.take_steps();
    EXPECT_LE(taken, query_look_max + 1'000);
    EXPECT_GE(taken, query_look_max);
    steps += taken;
    add(many + looks++);
  }
  steps += named.take_steps();
  EXPECT_GE(looks, 5U);
  EXPECT_GE(steps, std::uint64_t{many} * 100);
  EXPECT_EQ(named.entities().count(), std::uint64_t{many} + looks - 1);
  // Nothing is done twice.
  EXPECT_FALSE(named.advance(names, serial));
  EXPECT_EQ(named.take_steps(), 0U);
  add(50'000);
  EXPECT_FALSE(named.advance(names, serial));
  EXPECT_LE(named.take_steps(), 1'000U);
  EXPECT_TRUE(named.entities().has({50'000}));
}

}  // namespace
}  // namespace scorekeeper::matrix
