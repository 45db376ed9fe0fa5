// What every store must do with entities, their definitions and their relations. Included by test
// files only, after ledger_contract.h's suite.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "domain/entity.h"
#include "store/ledger_contract.h"

namespace scorekeeper::store {

inline NewEntity make_entity(OrgId org, std::uint32_t number, std::string_view reference) {
  return NewEntity{.org = org,
                   .number = {number},
                   .reference = reference,
                   .discovered_at = contract_time(number)};
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
    const std::vector discovered{make_entity(org_a, 4, "queue:default/beta"),
                                 make_entity(org_a, 5, "service:default/delta"),
                                 make_entity(org_b, 1, "service:default/alpha")};
    append(make_group({}, {}, discovered));
    defined = {make_definition(1, "service:default/alpha", "ops"),
               make_definition(2, "service:default/beta", "dev"),
               make_definition(3, "api:billing/beta", "ops")};
    CatalogRows change{.org = org_a, .definitions = defined};
    for (const DefinedEntity& one : defined) {
      change.entities.push_back(make_entity(org_a, one.number.number, one.definition.reference));
    }
    ASSERT_TRUE(catalog().write(change));
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
  void remove(std::uint32_t number, std::uint64_t position) {
    ASSERT_TRUE(catalog().write(
        {.org = org_a, .removed_entities = {{.number = {number}, .position = {position}}}}));
  }

  std::vector<DefinedEntity> defined;  // by number
};

TEST_P(StoreContract, LoadsEntitiesByOrgAndNumber) {
  std::vector<NewEntity> entities;
  std::vector<std::string> names;
  for (std::uint32_t n = 1; n <= 45; ++n) names.push_back("service:default/" + std::to_string(n));
  for (std::uint32_t n = 1; n <= 45; ++n) {
    entities.push_back(NewEntity{.org = n % 2 == 0 ? org_a : org_b,
                                 .number = {n},
                                 .reference = names[n - 1],
                                 .discovered_at = contract_time(n)});
  }
  append(make_group({}, {}, entities));
  reopen();
  std::vector<std::pair<OrgId, EntityNumber>> seen;
  EXPECT_TRUE(catalog().load_entities([&](const FoldedEntity& entity) {
    EXPECT_EQ(entity.reference, names.at(entity.number.number - 1));
    EXPECT_EQ(entity.org, entity.number.number % 2 == 0 ? org_a : org_b);
    EXPECT_FALSE(entity.removed_at_position);
    EXPECT_TRUE(entity.live);
    seen.emplace_back(entity.org, entity.number);
  }));
  EXPECT_EQ(seen.size(), 45U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

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
  std::vector<std::pair<EntityNumber, EntityAttributes>> folded;
  EXPECT_TRUE(catalog().load_definitions(
      [&](OrgId org, EntityNumber number, const EntityAttributes& attributes) {
        EXPECT_EQ(org, org_a);
        folded.emplace_back(number, attributes);
      }));
  ASSERT_EQ(folded.size(), 3U);
  for (std::size_t n = 0; n < folded.size(); ++n) {
    EXPECT_EQ(folded[n], std::pair(defined[n].number, defined[n].definition.attributes));
  }
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
  CatalogRows change{.org = org_a, .definitions = {part, whole}};
  for (const DefinedEntity* one : {&part, &whole}) {
    change.entities.push_back(make_entity(org_a, one->number.number, one->definition.reference));
  }
  ASSERT_TRUE(catalog().write(change));
  reopen();
  std::map<EntityNumber, std::vector<std::string>> folded;
  ASSERT_TRUE(catalog().load_definitions(
      [&](OrgId, EntityNumber number, const EntityAttributes& attributes) {
        folded[number] = attributes.systems;
      }));
  EXPECT_EQ(folded[part.number], (std::vector<std::string>{"pay", "shop"}));
  EXPECT_TRUE(folded[whole.number].empty());
  const auto found = catalog().find_definitions(org_a, EntityNumbers{part.number});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().definition.attributes, part.definition.attributes);
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
      {{.numbers = EntityNumbers{{2}, {4}, {3}}, .offset = 1, .size = 1}, beta, queue_beta},
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
      {{.offset = 1, .size = 1}, api_beta, api_beta},
      {{.offset = 2, .size = 5}, beta, queue_beta + beta + delta},
      {{.offset = 5, .size = 5}, "", ""},
      {{.size = 0}, "", ""},
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
  ASSERT_TRUE(catalog().write({.org = org_a, .definitions = {alpha}}));
  EXPECT_EQ(names({.relation_type = "RelationTypeDependencyOf"}), "");
  EXPECT_EQ(names({.relation_type = "RelationTypeDependencyOf", .include_discovered = true}),
            "queue:default/beta ");
}

TEST_P(EntityContract, HasOneServiceForAllSpellingsOfItsName) {
  const std::vector spellings{make_entity(org_b, 7, "service:default/Shop"),
                              make_entity(org_b, 8, "service:default/shop")};
  EXPECT_FALSE(catalog().write({.org = org_b, .entities = spellings}));
  const std::vector others{
      make_entity(org_b, 7, "service:default/Shop"), make_entity(org_b, 8, "service:eu/shop"),
      make_entity(org_b, 9, "service:eu/Shop"), make_entity(org_b, 10, "queue:default/shop"),
      make_entity(org_b, 11, "queue:default/Shop")};
  EXPECT_TRUE(catalog().write({.org = org_b, .entities = others}));
  // Ends of relations are folded.
  auto shop = make_definition(7, "service:default/Shop", "ops");
  shop.definition.relations = {
      {.type = "RelationTypeOwnedBy", .from = "service:default/shop", .to = "team:default/ops"}};
  EXPECT_TRUE(catalog().write({.org = org_b, .definitions = {shop}}));
  EXPECT_EQ(names({.relation_type = "RelationTypeOwnedBy"}, org_b), "service:default/Shop ");
  EXPECT_EQ(names({.relation_type = "RelationTypeOwnedBy", .include_discovered = true}, org_b),
            "service:default/Shop ");
}

TEST_P(EntityContract, OrdersByNameKindAndNamespaceAsBytes) {
  const std::vector<std::string> ordered{
      "service:default/Z",  "api:default/a",  "api:other/a",
      "service:a/a",        "service:b/a",    "service:default/a-b",
      "service:default/a/", "api:default/ab", "service:default/\xc3\xa9"};
  CatalogRows change{.org = org_b};
  for (std::uint32_t n = 0; n < ordered.size(); ++n) {
    const std::uint32_t number = 100 - n;
    change.entities.push_back(make_entity(org_b, number, ordered[n]));
    change.definitions.push_back(make_definition(number, ordered[n], "ops"));
  }
  ASSERT_TRUE(catalog().write(change));
  std::string expected;
  for (const auto& reference : ordered) expected += reference + " ";
  EXPECT_EQ(names({}, org_b), expected);
  EXPECT_EQ(names({.owner = "ops"}, org_b), expected);
  std::string paged;
  for (std::uint64_t offset = 0; offset < ordered.size(); offset += 2) {
    paged += names({.offset = offset, .size = 2}, org_b);
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
  ASSERT_TRUE(catalog().write({.org = org_a, .definitions = {beta}}));
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
  remove(1, 17);
  remove(4, 18);   // only discovered
  remove(99, 19);  // unknown
  const auto check = [&](bool back) {
    std::string folded;
    EXPECT_TRUE(catalog().load_entities([&](const FoldedEntity& entity) {
      if (entity.org != org_a) return;
      folded += std::to_string(entity.number.number) + (entity.live ? "" : "-");
      if (entity.removed_at_position) {
        folded += "@" + std::to_string(entity.removed_at_position->number);
      }
      folded += " ";
    }));
    EXPECT_EQ(folded, back ? "1@17 2 3 4@18 5 " : "1-@17 2 3 4-@18 5 ");
  };
  check(false);
  reopen();
  check(false);
  EXPECT_EQ(names({.include_discovered = true}),
            "api:billing/beta service:default/beta service:default/delta ");
  EXPECT_EQ(names({.numbers = EntityNumbers{{1}}, .include_discovered = true}), "");
  EXPECT_EQ(relations({.from = "service:default/alpha"}), "");
  EXPECT_TRUE(catalog().find_definitions(org_a, EntityNumbers{{1}})->empty());
  EXPECT_TRUE(catalog().read_entities(org_a, {.numbers = EntityNumbers{{1}, {4}, {99}}})->empty());

  // One comes back in an outcome, the other in a definition.
  std::vector entities{make_entity(org_a, 4, "queue:default/beta")};
  entities[0].discovered_at = contract_time(50);
  append(make_group({}, {}, entities));
  ASSERT_TRUE(catalog().write({.org = org_a,
                               .entities = {make_entity(org_a, 1, "service:default/alpha")},
                               .definitions = {defined[0]}}));
  check(true);
  reopen();
  check(true);
  const auto queue = list({.numbers = EntityNumbers{{4}}, .include_discovered = true});
  ASSERT_EQ(queue.size(), 1U);
  EXPECT_FALSE(queue[0].defined);
  EXPECT_EQ(queue[0].entity.created_at, contract_time(50));
  EXPECT_EQ(list({.numbers = EntityNumbers{{1}}}).at(0).entity, defined[0]);
}

TEST_P(EntityContract, RemovesADefinitionAndKeepsItsEntity) {
  ASSERT_TRUE(catalog().write({.org = org_a, .removed_definitions = {{1}, {4}, {99}}}));
  EXPECT_EQ(names({}), "api:billing/beta service:default/beta ");
  EXPECT_EQ(names({.numbers = EntityNumbers{{1}}, .include_discovered = true}),
            "service:default/alpha ");
  EXPECT_EQ(relations({.from = "service:default/alpha"}), "");
  reopen();
  EXPECT_TRUE(catalog().load_entities([&](const FoldedEntity& entity) {
    EXPECT_TRUE(entity.live && !entity.removed_at_position);
  }));
}

TEST_P(EntityContract, RemovesBeforeItPutsInOneChange) {
  ASSERT_TRUE(catalog().write({.org = org_a,
                               .entities = {make_entity(org_a, 1, "service:default/alpha")},
                               .definitions = {defined[0]},
                               .removed_entities = {{.number = {1}, .position = {3}}}}));
  EXPECT_EQ(names({.numbers = EntityNumbers{{1}}}), "service:default/alpha ");
}

TEST_P(EntityContract, RefusesADefinitionOfNoEntityWhole) {
  EXPECT_FALSE(
      catalog().write({.org = org_a,
                       .entities = {make_entity(org_a, 50, "service:default/new")},
                       .definitions = {make_definition(50, "service:default/new", "ops"),
                                       make_definition(77, "service:default/stray", "ops")}}));
  EXPECT_EQ(names({.numbers = EntityNumbers{{50}}, .include_discovered = true}), "");
}

TEST_P(EntityContract, ListsRelationsOnceEachInTheOrderOfTheirIds) {
  // The same relation in the definition of its other end, and ids whose order is not that of their
  // ends: '-' is before ':'.
  auto api = defined[2];
  api.definition.relations = {
      {.type = "RelationTypeOwnedBy", .from = "service:default/alpha", .to = "team:default/ops"},
      {.type = "RelationTypeDependsOn", .from = "service:default/alpha-b", .to = "x:default/x"}};
  ASSERT_TRUE(catalog().write({.org = org_a, .definitions = {api}}));
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
      {{.offset = 1, .size = 2}, alpha + beta},
      {{.offset = 4, .size = 2}, ops},
      {{.offset = 5, .size = 2}, ""}};
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
