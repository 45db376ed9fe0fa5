#include <gtest/gtest.h>

#include "store/catalog.h"

namespace scorekeeper::store {
namespace {

constexpr OrgId org{3};
const Deletion deletion{.position = {17}, .at = time_of_seconds(9)};

CatalogRows rows(const ResourceChange& change) {
  return rows_of({.org = org, .changes = {change}}, deletion);
}

CatalogEntity entity(bool defined, std::optional<Time> discovered_at = {}) {
  CatalogEntity made;
  made.number = {4};
  made.reference = "service:default/shop";
  made.discovered_at = discovered_at;
  if (defined) made.definition.emplace().number = made.number;
  return made;
}

TEST(CatalogRows, KeepsWhatIsDeletedMarked) {
  CatalogRule rule;
  rule.rule.number = {2};
  const auto rules = rows(Changed<CatalogRule>{.before = rule, .after = {}}).rules;
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].removed_at_position, deletion.position);
  EXPECT_EQ(rules[0].modified_at, deletion.at);
  const auto scorecards = rows(Changed<Scorecard>{.before = Scorecard(), .after = {}}).scorecards;
  ASSERT_EQ(scorecards.size(), 1U);
  EXPECT_TRUE(scorecards[0].removed);
  EXPECT_EQ(scorecards[0].modified_at, deletion.at);
  const auto campaigns =
      rows(Changed<CatalogCampaign>{.before = CatalogCampaign(), .after = {}}).campaigns;
  ASSERT_EQ(campaigns.size(), 1U);
  EXPECT_TRUE(campaigns[0].removed);
  EXPECT_EQ(campaigns[0].modified_at, deletion.at);
  Kind kind;
  kind.name = "queue";
  const auto kinds = rows(Changed<Kind>{.before = kind, .after = {}});
  EXPECT_EQ(kinds.removed_kinds, std::vector<std::string>{"queue"});
  EXPECT_TRUE(kinds.kinds.empty());
}

TEST(CatalogRows, PutsWhatIsCreatedAndUpdatedAsItIsAfterwards) {
  Kind before;
  before.name = "queue";
  Kind after = before;
  after.description = "what waits";
  EXPECT_EQ(rows(Changed<Kind>{.before = before, .after = after}).kinds, std::vector{after});
  CatalogRule rule;
  rule.rule.number = {2};
  EXPECT_EQ(rows(Changed<CatalogRule>{.before = {}, .after = rule}).rules, std::vector{rule.rule});
}

TEST(CatalogRows, TellsEntitiesFromTheirDefinitions) {
  using Change = Changed<CatalogEntity>;
  const Change discovered{.before = {}, .after = entity(true, time_of_seconds(5))};
  const auto fresh = rows(discovered);
  ASSERT_EQ(fresh.entities.size(), 1U);
  EXPECT_EQ(fresh.entities[0].org, org);
  EXPECT_EQ(fresh.entities[0].discovered_at, time_of_seconds(5));
  EXPECT_EQ(fresh.definitions.size(), 1U);
  const auto defined = rows(Change{.before = entity(false), .after = entity(true)});
  EXPECT_TRUE(defined.entities.empty());
  EXPECT_EQ(defined.definitions.size(), 1U);
  const auto undefined = rows(Change{.before = entity(true), .after = entity(false)});
  EXPECT_EQ(undefined.removed_definitions, std::vector{EntityNumber{4}});
  EXPECT_TRUE(undefined.definitions.empty());
  EXPECT_TRUE(undefined.removed_entities.empty());
  const auto removed = rows(Change{.before = entity(true), .after = {}});
  ASSERT_EQ(removed.removed_entities.size(), 1U);
  EXPECT_EQ(removed.removed_entities[0].number, EntityNumber{4});
  EXPECT_EQ(removed.removed_entities[0].position, deletion.position);
  EXPECT_TRUE(removed.removed_definitions.empty());
}

}  // namespace
}  // namespace scorekeeper::store
