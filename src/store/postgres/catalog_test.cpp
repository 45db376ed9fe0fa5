#include "store/postgres/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{7};
constexpr OrgId other{3};

Kind kind(const std::string& name, const std::string& description = "") {
  return {.name = name,
          .display_name = "The " + name,
          .description = description,
          .created_at = time_of_seconds(1),
          .modified_at = time_of_seconds(2)};
}
Scorecard scorecard(std::uint32_t number) {
  return {.number = {number},
          .id = "card" + std::to_string(number),
          .name = "é",
          .description = "",
          .created_at = time_of_seconds(1),
          .modified_at = time_of_microseconds(2'000'003)};
}
Rule rule(std::uint32_t number) {
  return {.number = {number},
          .id = "rule" + std::to_string(number),
          .scorecard = {1},
          .name = "it's",
          .description = "\"quoted\"",
          .owner = "team",
          .scope_query = "kind:service",
          .enabled = number % 2 == 0,
          .level = 3,
          .created_at = time_of_seconds(3),
          .modified_at = time_of_seconds(4),
          .removed_at_position = std::nullopt};
}
Campaign campaign(std::uint32_t number, std::vector<RuleNumber> rules) {
  Campaign campaign;
  campaign.number = {number};
  campaign.id = "campaign" + std::to_string(number);
  campaign.key = "key-" + std::to_string(number);
  campaign.rules = std::move(rules);
  campaign.due_date = time_of_seconds(9);
  return campaign;
}
DefinedEntity definition(std::uint32_t number, const std::string& reference,
                         const std::string& owner) {
  DefinedEntity defined{.number = {number}, .definition = {}, .created_at = {}, .modified_at = {}};
  defined.definition.reference = reference;
  defined.definition.attributes.owner = owner;
  defined.definition.relations = {{"RelationTypeOwns", "team:default/" + owner, reference}};
  return defined;
}
NewEntity entity(std::uint32_t number, std::string_view reference) {
  return {.org = org, .number = {number}, .reference = reference, .discovered_at = {}};
}

class CatalogTables : public testing::Test {
 public:
  void write(const CatalogRows& change) {
    const auto written = store.write(change);
    ASSERT_TRUE(written) << written.error().detail;
  }
  OrgCatalog tail(std::int64_t since, OrgId of = org) {
    auto read = read_catalog_tail(store.connection, of, since);
    EXPECT_TRUE(read) << read.error().detail;
    return read ? *read : OrgCatalog();
  }
  // "1 2- 3@17": numbers; removed ones; where rows do not count.
  std::string entities(std::int64_t since) {
    std::string text;
    EXPECT_TRUE(read_entity_tail(store.connection, org, since, [&](const FoldedEntity& one) {
      text += std::to_string(one.number.number) + (one.live ? "" : "-");
      if (one.removed_at_position) text += "@" + std::to_string(one.removed_at_position->number);
      text += " " + std::string(one.reference) + " ";
    }));
    return text;
  }
  std::string definitions(std::int64_t since) {
    std::string text;
    EXPECT_TRUE(
        read_definition_tail(store.connection, org, since,
                             [&](OrgId, EntityNumber number, const EntityAttributes& attributes) {
                               text += std::to_string(number.number) + " " + attributes.owner + " ";
                             }));
    return text;
  }

  TestStore store;
};

TEST_F(CatalogTables, TellWhatWasChangedBehindAPosition) {
  const CatalogRows first{.org = org,
                            .scorecards = {scorecard(1), scorecard(2)},
                            .rules = {rule(1), rule(2), rule(3)},
                            .kinds = {kind("Zoo"), kind("api")},
                            .campaigns = {campaign(1, {{3}, {1}}), campaign(2, {})}};
  write(first);
  write({.org = other, .kinds = {kind("api")}});
  auto changed = rule(2);
  changed.removed_at_position = RowId{1};
  write({.org = org, .rules = {changed}, .campaigns = {campaign(1, {{2}})}});

  const auto all = tail(-1);
  EXPECT_EQ(all.org, org);
  EXPECT_EQ(all.scorecards, first.scorecards);
  EXPECT_EQ(all.rules, (std::vector{rule(1), changed, rule(3)}));
  EXPECT_EQ(all.kinds, first.kinds);
  EXPECT_EQ(all.campaigns, (std::vector{campaign(1, {{2}}), campaign(2, {})}));
  EXPECT_EQ(tail(0).rules, all.rules);
  const auto behind = tail(1);
  EXPECT_TRUE(behind.scorecards.empty());
  EXPECT_EQ(behind.rules, (std::vector{changed}));
  EXPECT_TRUE(behind.kinds.empty());
  EXPECT_EQ(behind.campaigns, (std::vector{campaign(1, {{2}})}));
  EXPECT_TRUE(tail(2).rules.empty());
  EXPECT_TRUE(tail(2).campaigns.empty());
}

TEST_F(CatalogTables, KeepRemovedKindsForOthersToSee) {
  write({.org = org, .kinds = {kind("api"), kind("queue")}});
  write({.org = org, .removed_kinds = {"queue", "api", "unknown"}});
  EXPECT_EQ(tail(1).removed_kinds, (std::vector<std::string>{"api", "queue"}));
  EXPECT_TRUE(tail(1).kinds.empty());
  EXPECT_TRUE(load_catalog(store.connection)->empty());
  write({.org = org, .removed_kinds = {"queue"}});  // no change
  EXPECT_TRUE(tail(2).removed_kinds.empty());
  write({.org = org, .kinds = {kind("api", "back")}, .removed_kinds = {"api"}});
  EXPECT_EQ(tail(2).kinds, (std::vector{kind("api", "back")}));
  EXPECT_TRUE(tail(2).removed_kinds.empty());
  const auto loaded = *load_catalog(store.connection);
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_EQ(loaded[0].kinds, (std::vector{kind("api", "back")}));
  EXPECT_TRUE(loaded[0].removed_kinds.empty());
}

TEST_F(CatalogTables, TellOfEntitiesThatComeGoAndComeBack) {
  write({.org = org,
         .entities = {entity(1, "service:default/a"), entity(2, "queue:x/b/c")},
         .definitions = {definition(2, "queue:x/b/c", "ops"),
                         definition(1, "service:default/a", "dev")}});
  EXPECT_EQ(entities(-1), "1 service:default/a 2 queue:x/b/c ");
  EXPECT_EQ(entities(0), entities(-1));
  EXPECT_EQ(definitions(0), "1 dev 2 ops ");
  EXPECT_EQ(entities(1), "");
  ASSERT_TRUE(store.append(std::vector{entity(1, "service:default/a")}));
  EXPECT_EQ(entities(1), "");  // it lives: nothing changes
  write({.org = org, .removed_entities = {{.number = {2}, .position = {2}}}});
  EXPECT_EQ(entities(2), "2-@2 queue:x/b/c ");
  EXPECT_EQ(definitions(-1), "1 dev ");
  ASSERT_TRUE(
      store.append(std::vector{entity(2, "queue:x/b/c"), entity(3, "api:default/\xc3\xa9")}));
  EXPECT_EQ(entities(3), "2@2 queue:x/b/c 3 api:default/\xc3\xa9 ");
  write({.org = org, .definitions = {definition(1, "service:default/a", "new")}});
  EXPECT_EQ(entities(4), "");
  EXPECT_EQ(definitions(4), "1 new ");
}

TEST_F(CatalogTables, AreLoadedByOrgAndNumber) {
  write({.org = org,
         .entities = {entity(2, "service:default/b"), entity(1, "service:default/a")},
         .definitions = {definition(2, "service:default/b", "dev")},
         .kinds = {kind("api")}});
  NewEntity elsewhere = entity(5, "service:default/c");
  elsewhere.org = other;
  write({.org = other,
         .entities = {elsewhere},
         .definitions = {definition(5, "service:default/c", "ops")},
         .kinds = {kind("queue")}});
  const auto catalogs = *load_catalog(store.connection);
  ASSERT_EQ(catalogs.size(), 2U);
  EXPECT_EQ(catalogs[0].org, other);
  EXPECT_EQ(catalogs[0].kinds, (std::vector{kind("queue")}));
  EXPECT_EQ(catalogs[1].org, org);
  using Seen = std::vector<std::pair<OrgId, EntityNumber>>;
  Seen entities;
  ASSERT_TRUE(load_entities(store.connection, [&](const FoldedEntity& one) {
    entities.emplace_back(one.org, one.number);
  }));
  EXPECT_EQ(entities, (Seen{{other, {5}}, {org, {1}}, {org, {2}}}));
  Seen definitions;
  ASSERT_TRUE(load_definitions(store.connection,
                               [&](OrgId of, EntityNumber number, const EntityAttributes&) {
                                 definitions.emplace_back(of, number);
                               }));
  EXPECT_EQ(definitions, (Seen{{other, {5}}, {org, {2}}}));
  EXPECT_FALSE(store.connection.in_transaction());
}

TEST_F(CatalogTables, KeepNothingOfAChangeThatFails) {
  EXPECT_FALSE(
      store.write({.org = org, .kinds = {kind("api")}, .campaigns = {campaign(1, {{9}})}}));
  EXPECT_TRUE(load_catalog(store.connection)->empty());
  write({.org = org, .kinds = {kind("api")}});
  EXPECT_EQ(tail(0).kinds.size(), 1U);
}

// A page has 10,000 rows.
TEST_F(CatalogTables, HaveLongTailsToo) {
  std::deque<std::string> references;
  std::uint32_t number = 0;
  const auto add = [&](std::uint32_t count) {
    std::vector<NewEntity> entities;
    for (std::uint32_t n = 0; n < count; ++n) {
      references.push_back("service:default/" + std::to_string(++number));
      entities.push_back(entity(number, references.back()));
    }
    ASSERT_TRUE(store.append(entities));
  };
  const auto behind = [&](std::int64_t since) {
    std::vector<std::uint32_t> numbers;
    EXPECT_TRUE(read_entity_tail(store.connection, org, since, [&](const FoldedEntity& one) {
      EXPECT_EQ(one.reference, references[one.number.number - 1]);
      numbers.push_back(one.number.number);
    }));
    EXPECT_TRUE(std::ranges::is_sorted(numbers));
    return numbers;
  };
  add(10'000);
  add(10'000);
  add(1);
  EXPECT_EQ(behind(-1).size(), 20'001U);
  EXPECT_EQ(behind(0).size(), 20'001U);
  EXPECT_EQ(behind(1).size(), 10'001U);
  EXPECT_EQ(behind(1).front(), 10'001U);
  EXPECT_EQ(behind(2), (std::vector{20'001U}));
  ASSERT_TRUE(store.connection.execute(
      "INSERT INTO entity_definition SELECT org, number, 'o' || number, '', '', '', '', '', kind,"
      " namespace, name, 0, 0, '', '', '', '', '', '', 9 FROM entity"));
  std::uint32_t last = 0;
  ASSERT_TRUE(read_definition_tail(store.connection, org, 8,
                                   [&](OrgId, EntityNumber one, const EntityAttributes& facts) {
                                     EXPECT_EQ(one.number, ++last);
                                     EXPECT_EQ(facts.owner, "o" + std::to_string(last));
                                   }));
  EXPECT_EQ(last, 20'001U);
}

// Whatever the planner believes: a short tail of a long table is found by position.
TEST_F(CatalogTables, HaveTheirTailsReadFromIndexes) {
  ASSERT_TRUE(store.connection.execute(
      "INSERT INTO entity SELECT 7, n, 'service', 'default', n, 0, NULL, 1, n"
      " FROM generate_series(1, 50000) AS n; ANALYZE entity"));
  EXPECT_EQ(entities(49'999), "50000 service:default/50000 ");
  ASSERT_TRUE(store.connection.execute("SET plan_cache_mode = force_generic_plan"));
  const auto plan = store.connection.query("EXPLAIN (COSTS OFF) EXECUTE tail_entities (7, 49999)");
  ASSERT_TRUE(plan) << plan.error().detail;
  std::string text;
  for (int row = 0; row < plan->size(); ++row) text += std::string(plan->text(row, 0)) + "\n";
  EXPECT_NE(text.find("Index Scan using entity_by_position"), std::string::npos) << text;
}

}  // namespace
}  // namespace scorekeeper::store::postgres
