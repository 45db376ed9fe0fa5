// The contract of every store for entities, their definitions and their relations. Included by test
// files only, after log_contract.h's suite.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "domain/entity.h"
#include "store/contract/catalog_contract.h"

namespace scorekeeper::store {

// A defined entity, which the change discovers where `discovered` says so.
inline CatalogEntity make_entity(const DefinedEntity& defined, bool discovered) {
  CatalogEntity entity{.number = defined.number,
                       .reference = defined.definition.reference,
                       .discovered_at = {},
                       .definition = defined};
  if (discovered) entity.discovered_at = contract_time(defined.number.number);
  return entity;
}
inline CatalogEntity make_undefined_entity(std::uint32_t number, const std::string& reference) {
  return {.number = {number}, .reference = reference, .discovered_at = {}, .definition = {}};
}

// A definition with a little of everything; owned by `owner`, with both directions of that.
inline DefinedEntity make_definition(std::uint32_t number, const std::string& reference,
                                     const std::string& owner) {
  DefinedEntity defined{.number = {number},
                        .definition = {},
                        .created_at = contract_time(100 + number),
                        .modified_at = contract_time(200 + number)};
  EntityDefinition& definition = defined.definition;
  definition.reference = reference;
  definition.api_version = "v3";
  definition.display_name = "It's " + reference;
  definition.attributes = {.owner = owner,
                           .tier = "1",
                           .lifecycle = "production",
                           .type = "web",
                           .languages = {"c++", "go"},
                           .tags = {"env:prod", "a b", ""}};
  const std::string team = "team:default/" + owner;
  definition.relations = {{.type = "RelationTypeOwnedBy", .from = reference, .to = team},
                          {.type = "RelationTypeOwns", .from = team, .to = reference}};
  definition.schema = R"({"apiVersion":"v3","metadata":{"name":"\u00e9"}})";
  definition.raw = "apiVersion: v3\n# " + std::string(5'000, 'r');
  definition.ingestion_source = "api";
  return defined;
}

using EntityNumbers = std::vector<EntityNumber>;

// A store in which org_a has three defined entities and two discovered ones.
class EntityContract : public StoreContract {
 protected:
  void SetUp() override {
    discover(org_a, 4, "queue:default/beta", 4);
    discover(org_a, 5, "service:default/delta", 5);
    discover(org_b, 1, "service:default/alpha", 1);
    defined = {make_definition(1, "service:default/alpha", "ops"),
               make_definition(2, "service:default/beta", "dev"),
               make_definition(3, "api:billing/beta", "ops")};
    define(org_a, defined);
    for (auto& one : defined) one.version = RowId{2 + one.number.number};  // behind two outcomes
  }

  // In an outcome.
  void discover(OrgId org, std::uint32_t number, const std::string& reference,
                std::int64_t second) {
    append({.org = org,
            .at = contract_time(second),
            .entities = {{.number = {number}, .reference = reference}},
            .outcomes = {make_outcome(1, number, "x")}});
  }
  // Entities that were not there.
  void define(OrgId org, const std::vector<DefinedEntity>& entities) {
    std::vector<ResourceChange> changes;
    for (const DefinedEntity& one : entities) changes.push_back(created(make_entity(one, true)));
    change(org, std::move(changes));
  }
  void redefine(const DefinedEntity& before, const DefinedEntity& after) {
    change(org_a, {updated(make_entity(before, false), make_entity(after, false))});
  }

  std::vector<ListedEntity> list(const EntityListFilter& filter, OrgId org = org_a,
                                 bool raw = true) {
    const auto numbers = catalog().find_entities(org, filter);
    EXPECT_TRUE(numbers) << numbers.error().detail;
    const auto read = catalog().read_entities(org, {.numbers = *numbers, .raw = raw});
    EXPECT_TRUE(read) << read.error().detail;
    return *read;
  }
  std::string names(const EntityListFilter& filter, OrgId org = org_a) {
    std::string text;
    for (const auto& one : list(filter, org)) text += one.entity.definition.reference + " ";
    return text;
  }
  // "from>to by definer", one a line, of the types without their prefix.
  std::string relations(const RelationListFilter& filter) {
    const auto page = catalog().list_relations(org_a, filter);
    EXPECT_TRUE(page) << page.error().detail;
    std::string text;
    for (const auto& one : page->relations) {
      text += one.relation.from + " " + one.relation.type.substr(12) + " " + one.relation.to +
              " by " + one.defined_by + "\n";
    }
    return text;
  }

  std::vector<DefinedEntity> defined;  // by number
};

TEST_P(EntityContract, ReadsBackWhatWasDefined) {
  reopen();
  const auto listed = list({});
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[0], (ListedEntity{.entity = defined[0], .defined = true}));
  EXPECT_EQ(listed[1].entity, defined[2]);
  EXPECT_EQ(listed[2].entity, defined[1]);
  auto without_raw = defined[0];
  without_raw.definition.raw.clear();
  EXPECT_EQ(list({}, org_a, false).at(0).entity, without_raw);
}

// The system's own list of components makes the system no component of itself.
TEST_P(EntityContract, ReadsTheSystemsOfADefinitionFromItsRelations) {
  const auto relate = [](DefinedEntity& entity, const std::string& from, const std::string& to) {
    auto& relations = entity.definition.relations;
    relations.push_back({.type = "RelationTypeHasPart", .from = to, .to = from});
    relations.push_back({.type = "RelationTypePartsOf", .from = from, .to = to});
  };
  auto part = make_definition(8, "service:default/Part", "ops");
  relate(part, "service:default/part", "domain:default/finance");
  relate(part, "service:default/part", "system:billing/pay");
  relate(part, "service:default/part", "system:default/shop");
  part.definition.attributes.systems = {"pay", "shop"};
  auto whole = make_definition(9, "system:default/shop", "ops");
  relate(whole, "service:default/part", "system:default/shop");
  define(org_a, {part, whole});
  reopen();
  std::map<EntityNumber, std::vector<std::string>> folded;
}

TEST_P(EntityContract, TellsDiscoveredEntitiesOnlyWhenAsked) {
  EXPECT_EQ(names({}), "service:default/alpha api:billing/beta service:default/beta ");
  EXPECT_EQ(names({.include_discovered = true}),
            "service:default/alpha api:billing/beta queue:default/beta service:default/beta "
            "service:default/delta ");
  EXPECT_EQ(names({}, org_b), "");
  EXPECT_EQ(names({.include_discovered = true}, org_b), "service:default/alpha ");
  const auto discovered = list({.numbers = EntityNumbers{{5}}, .include_discovered = true});
  ASSERT_EQ(discovered.size(), 1U);
  ListedEntity expected{.entity = {.number = {5},
                                   .definition = {},
                                   .created_at = contract_time(5),
                                   .modified_at = contract_time(5)},
                        .defined = false};
  expected.entity.definition.reference = "service:default/delta";
  EXPECT_EQ(discovered[0], expected);
}

TEST_P(EntityContract, ListsByEveryCondition) {
  const std::string alpha = "service:default/alpha ";
  const std::string api_beta = "api:billing/beta ";
  const std::string queue_beta = "queue:default/beta ";
  const std::string beta = "service:default/beta ";
  const std::string delta = "service:default/delta ";
  const std::vector<std::tuple<EntityListFilter, std::string, std::string>> cases{
      {{.numbers = EntityNumbers{{2}}}, beta, beta},
      {{.numbers = EntityNumbers{{5}}}, "", delta},
      {{.numbers = EntityNumbers{{9}}}, "", ""},
      {{.numbers = EntityNumbers{}}, "", ""},
      {{.numbers = EntityNumbers{{2}, {4}, {3}}}, api_beta + beta, api_beta + queue_beta + beta},
      {{.numbers = EntityNumbers{{2}, {4}, {3}}, .kind = "api"}, api_beta, api_beta},
      {{.numbers = EntityNumbers{{2}, {4}, {3}}, .page = {.offset = 1, .size = 1}},
       beta,
       queue_beta},
      {{.kind = "service"}, alpha + beta, alpha + beta + delta},
      {{.name_space = "billing"}, api_beta, api_beta},
      {{.kind = "service", .name_space = "default"}, alpha + beta, alpha + beta + delta},
      {{.owner = "ops"}, alpha + api_beta, alpha + api_beta},
      {{.owner = ""}, "", ""},
      {{.numbers = EntityNumbers{{2}, {3}}, .owner = "ops"}, api_beta, api_beta},
      {{.kind = "service", .owner = "ops"}, alpha, alpha},
      {{.relation_type = "RelationTypeOwnedBy"}, alpha + api_beta + beta, alpha + api_beta + beta},
      {{.relation_type = "RelationTypeOwns"}, "", ""},
      {{.kind = "api", .relation_type = "RelationTypeOwnedBy"}, api_beta, api_beta},
      {{.page = {.offset = 1, .size = 1}}, api_beta, api_beta},
      {{.page = {.offset = 2, .size = 5}}, beta, queue_beta + beta + delta},
      {{.page = {.offset = 5, .size = 5}}, "", ""},
      {{.page = {.size = 0}}, "", ""},
  };
  for (std::size_t n = 0; n < cases.size(); ++n) {
    auto filter = std::get<0>(cases[n]);
    EXPECT_EQ(names(filter), std::get<1>(cases[n])) << n;
    filter.include_discovered = true;
    EXPECT_EQ(names(filter), std::get<2>(cases[n])) << n;
    EXPECT_EQ(names(filter, {9}), "") << n;
  }
}

TEST_P(EntityContract, ListsAnUndefinedEntityByARelationThatAnotherDefines) {
  auto alpha = defined[0];
  alpha.definition.relations.push_back({.type = "RelationTypeDependencyOf",
                                        .from = "queue:default/beta",
                                        .to = "service:default/alpha"});
  redefine(defined[0], alpha);
  EXPECT_EQ(names({.relation_type = "RelationTypeDependencyOf"}), "");
  EXPECT_EQ(names({.relation_type = "RelationTypeDependencyOf", .include_discovered = true}),
            "queue:default/beta ");
}

TEST_P(EntityContract, HasOneServiceForAllSpellingsOfItsName) {
  const auto entity = [](std::uint32_t number, const std::string& reference) {
    auto one = make_undefined_entity(number, reference);
    one.discovered_at = contract_time(number);
    return created(one);
  };
  EXPECT_FALSE(append_group(
      log(), {.org = org_b,
              .changes = {entity(7, "service:default/Shop"), entity(8, "service:default/shop")}}));
  change(org_b, {entity(7, "service:default/Shop"), entity(8, "service:eu/shop"),
                 entity(9, "service:eu/Shop"), entity(10, "queue:default/shop"),
                 entity(11, "queue:default/Shop")});
  // Ends of relations are folded.
  auto shop = make_definition(7, "service:default/Shop", "ops");
  shop.definition.relations = {
      {.type = "RelationTypeOwnedBy", .from = "service:default/shop", .to = "team:default/ops"}};
  change(org_b,
         {updated(make_undefined_entity(7, "service:default/Shop"), make_entity(shop, false))});
  EXPECT_EQ(names({.relation_type = "RelationTypeOwnedBy"}, org_b), "service:default/Shop ");
  EXPECT_EQ(names({.relation_type = "RelationTypeOwnedBy", .include_discovered = true}, org_b),
            "service:default/Shop ");
}

TEST_P(EntityContract, OrdersByNameKindAndNamespaceAsBytes) {
  const std::vector<std::string> ordered{
      "service:default/Z",  "api:default/a",  "api:other/a",
      "service:a/a",        "service:b/a",    "service:default/a-b",
      "service:default/a/", "api:default/ab", "service:default/\xc3\xa9"};
  std::vector<DefinedEntity> entities;
  for (std::uint32_t n = 0; n < ordered.size(); ++n) {
    const std::uint32_t number = 100 - n;
    entities.push_back(make_definition(number, ordered[n], "ops"));
  }
  define(org_b, entities);
  std::string expected;
  for (const auto& reference : ordered) expected += reference + " ";
  EXPECT_EQ(names({}, org_b), expected);
  EXPECT_EQ(names({.owner = "ops"}, org_b), expected);
  std::string paged;
  for (std::uint64_t offset = 0; offset < ordered.size(); offset += 2) {
    paged += names({.page = {.offset = offset, .size = 2}}, org_b);
  }
  EXPECT_EQ(paged, expected);
}

TEST_P(EntityContract, ReplacesADefinitionAndItsRelations) {
  auto beta = make_definition(2, "service:default/beta", "ops");
  beta.definition.raw = "other";
  beta.definition.attributes.tags = {};
  beta.definition.attributes.languages = {""};
  beta.definition.relations = {
      {.type = "RelationTypeHasPart", .from = "service:default/beta", .to = "api:billing/beta"}};
  beta.modified_at = contract_time(999);
  redefine(defined[1], beta);
  beta.version = RowId{6};
  reopen();
  EXPECT_EQ(list({.numbers = EntityNumbers{{2}}}).at(0).entity, beta);
  EXPECT_EQ(names({.owner = "dev"}), "");
  EXPECT_EQ(names({.owner = "ops"}),
            "service:default/alpha api:billing/beta service:default/beta ");
  EXPECT_EQ(relations({.from = "service:default/beta"}),
            "service:default/beta HasPart api:billing/beta by service:default/beta\n");
  EXPECT_EQ(relations({.to = "service:default/beta"}), "");
}

TEST_P(EntityContract, ForgetsTheDefinitionOfARemovedEntityAndTakesItBack) {
  change(org_a, {deleted(make_entity(defined[0], false)),
                 deleted(make_undefined_entity(4, "queue:default/beta"))});
  const auto stored = [&] {
    return store->query("SELECT number, live, position FROM entity WHERE org = 1 ORDER BY number");
  };
  const std::vector<std::string> without{"1|0|6", "2|1|4", "3|1|5", "4|0|7", "5|1|2"};
  EXPECT_EQ(stored(), without);
  reopen();
  EXPECT_EQ(stored(), without);
  EXPECT_EQ(names({.include_discovered = true}),
            "api:billing/beta service:default/beta service:default/delta ");
  EXPECT_EQ(names({.numbers = EntityNumbers{{1}}, .include_discovered = true}), "");
  EXPECT_EQ(relations({.from = "service:default/alpha"}), "");
  EXPECT_TRUE(catalog().find_definitions(org_a, EntityNumbers{{1}})->empty());
  EXPECT_TRUE(catalog().read_entities(org_a, {.numbers = EntityNumbers{{1}, {4}, {99}}})->empty());

  // One comes back in an outcome, the other in a definition.
  discover(org_a, 4, "queue:default/beta", 50);
  define(org_a, {defined[0]});
  const std::vector<std::string> with{"1|1|9", "2|1|4", "3|1|5", "4|1|8", "5|1|2"};
  EXPECT_EQ(stored(), with);
  reopen();
  EXPECT_EQ(stored(), with);
  const auto queue = list({.numbers = EntityNumbers{{4}}, .include_discovered = true});
  ASSERT_EQ(queue.size(), 1U);
  EXPECT_FALSE(queue[0].defined);
  EXPECT_EQ(queue[0].entity.created_at, contract_time(50));
  defined[0].version = RowId{9};
  EXPECT_EQ(list({.numbers = EntityNumbers{{1}}}).at(0).entity, defined[0]);
}

TEST_P(EntityContract, RemovesADefinitionAndKeepsItsEntity) {
  change(org_a, {updated(make_entity(defined[0], false),
                         make_undefined_entity(1, "service:default/alpha"))});
  EXPECT_EQ(names({}), "api:billing/beta service:default/beta ");
  EXPECT_EQ(names({.numbers = EntityNumbers{{1}}, .include_discovered = true}),
            "service:default/alpha ");
  EXPECT_EQ(relations({.from = "service:default/alpha"}), "");
  EXPECT_EQ(store->query("SELECT live, position FROM entity WHERE org = 1 AND number = 1"),
            std::vector<std::string>{"1|3"});
}

TEST_P(EntityContract, RemovesBeforeItPutsInOneChange) {
  // The name of one that goes is that of one that comes.
  auto other = make_definition(6, "service:default/ALPHA", "ops");
  change(org_a, {created(make_entity(other, true)), deleted(make_entity(defined[0], false))});
  EXPECT_EQ(names({.owner = "ops"}), "service:default/ALPHA api:billing/beta ");
}

TEST_P(EntityContract, RefusesADefinitionOfNoEntityWhole) {
  const auto one = make_definition(50, "service:default/new", "ops");
  const auto stray = make_definition(77, "service:default/stray", "ops");
  EXPECT_FALSE(append_group(
      log(), {.org = org_a,
              .changes = {created(make_entity(one, true)), created(make_entity(stray, false))}}));
  EXPECT_EQ(names({.numbers = EntityNumbers{{50}}, .include_discovered = true}), "");
}

TEST_P(EntityContract, ListsRelationsOnceEachInTheOrderOfTheirIds) {
  // The same relation in the definition of its other end, and ids whose order is not that of their
  // ends: '-' is before ':'.
  auto api = defined[2];
  api.definition.relations = {
      {.type = "RelationTypeOwnedBy", .from = "service:default/alpha", .to = "team:default/ops"},
      {.type = "RelationTypeDependsOn", .from = "service:default/alpha-b", .to = "x:default/x"}};
  redefine(defined[2], api);
  const std::string dependency =
      "service:default/alpha-b DependsOn x:default/x by api:billing/beta\n";
  const std::string alpha =
      "service:default/alpha OwnedBy team:default/ops by service:default/alpha\n";
  const std::string beta =
      "service:default/beta OwnedBy team:default/dev by service:default/beta\n";
  const std::string dev = "team:default/dev Owns service:default/beta by service:default/beta\n";
  const std::string ops = "team:default/ops Owns service:default/alpha by service:default/alpha\n";
  const std::vector<std::pair<RelationListFilter, std::string>> cases{
      {{}, dependency + alpha + beta + dev + ops},
      {{.include_discovered = true}, dependency + alpha + beta + dev + ops},
      {{.type = "RelationTypeOwnedBy"}, alpha + beta},
      {{.from = "service:default/alpha"}, alpha},
      {{.to = "service:default/alpha"}, ops},
      {{.type = "RelationTypeOwns", .from = "team:default/dev"}, dev},
      {{.type = "RelationTypeOwns", .from = "team:default/dev", .to = "team:default/dev"}, ""},
      {{.type = "RelationTypeOwns", .to = "service:default/beta"}, dev},
      {{.page = {.offset = 1, .size = 2}}, alpha + beta},
      {{.page = {.offset = 4, .size = 2}}, ops},
      {{.page = {.offset = 5, .size = 2}}, ""}};
  for (std::size_t n = 0; n < cases.size(); ++n) {
    EXPECT_EQ(relations(cases[n].first), cases[n].second) << n;
  }
  const auto page = catalog().list_relations(org_a, {.from = "service:default/alpha"});
  EXPECT_EQ(page->relations.at(0).created_at, defined[0].created_at);
  EXPECT_EQ(page->relations.at(0).modified_at, defined[0].modified_at);
  EXPECT_TRUE(catalog().list_relations(org_b, {})->relations.empty());
}

TEST_P(EntityContract, FindsTheDefinitionsOfEntities) {
  const EntityNumbers wanted{{3}, {1}, {4}, {9}};
  EXPECT_EQ(*catalog().find_definitions(org_a, wanted), (std::vector{defined[2], defined[0]}));
  EXPECT_TRUE(catalog().find_definitions(org_b, wanted)->empty());
  EXPECT_TRUE(catalog().find_definitions(org_a, {})->empty());
}

}  // namespace scorekeeper::store
