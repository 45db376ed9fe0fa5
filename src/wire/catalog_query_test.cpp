#include "wire/catalog_query.h"

#include <gtest/gtest.h>

namespace scorekeeper::wire {
namespace {

using Parameters = std::vector<Parameter>;
const Limits limits;

TEST(EntityListQuery, HasTheRecordedDefaults) {
  const auto list = parse_query<EntityListQuery>({}, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->filter.page.offset, 0U);
  EXPECT_EQ(list->filter.page.size, 100U);
  EXPECT_FALSE(list->id || list->reference || list->name || list->filter.kind ||
               list->filter.owner || list->filter.relation_type);
  EXPECT_FALSE(list->filter.include_discovered || list->include_schema ||
               list->include_raw_schema || list->include_oncall || list->include_incident ||
               list->include_relation);
}

TEST(EntityListQuery, ReadsEveryParameter) {
  const Parameters query{{"page[limit]", "1000"},
                         {"page[offset]", "7"},
                         {"filter[id]", "4b163705-23c0-4573-b2fb-f6cea2163fcb"},
                         {"filter[ref]", "Service:a/b/c"},
                         {"filter[name]", "n"},
                         {"filter[kind]", "Service"},
                         {"filter[owner]", "team:default/t"},
                         {"filter[relation][type]", "RelationTypeOwnedBy"},
                         {"filter[exclude_snapshot]", "x"},
                         {"include", "schema,raw_schema, oncall,incident,relation"},
                         {"includeDiscovered", "true"}};
  const auto list = parse_query<EntityListQuery>(query, limits);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->filter.page.offset, 7U);
  EXPECT_EQ(list->filter.page.size, 1'000U);
  EXPECT_EQ(list->id, "4b163705-23c0-4573-b2fb-f6cea2163fcb");
  EXPECT_EQ(list->reference, "service:a/b/c");
  EXPECT_EQ(list->name, "n");
  EXPECT_EQ(list->filter.kind, "service");
  EXPECT_EQ(list->filter.owner, "t");
  EXPECT_EQ(list->filter.relation_type, "RelationTypeOwnedBy");
  EXPECT_TRUE(list->filter.include_discovered && list->include_schema && list->include_raw_schema &&
              list->include_oncall && list->include_incident && list->include_relation);
}

TEST(EntityListQuery, TakesAReferenceInEitherForm) {
  const struct {
    std::string_view given;
    std::string_view wanted;
  } cases[] = {{"service:a", "service:default/a"},
               {"service:default/a", "service:default/a"},
               {"service:Prod/a", "service:prod/a"},
               {"a", ""},
               {"", ""}};
  for (const auto& c : cases) {
    const Parameters query{{"filter[ref]", std::string(c.given)}};
    EXPECT_EQ(parse_query<EntityListQuery>(query, limits)->reference, c.wanted) << c.given;
  }
}

TEST(CatalogQuery, RefusesWrongValuesAndNamesTheParameter) {
  const auto pointer_of = [](const auto& list) {
    return list ? "accepted" : list.error().pointer + ": " + list.error().detail;
  };
  const auto entities = [&](Parameter parameter) {
    return pointer_of(parse_query<EntityListQuery>(Parameters{std::move(parameter)}, limits));
  };
  const auto kinds = [&](Parameter parameter) {
    return pointer_of(parse_query<KindListQuery>(Parameters{std::move(parameter)}, limits));
  };
  const auto relations = [&](Parameter parameter) {
    return pointer_of(parse_query<RelationListQuery>(Parameters{std::move(parameter)}, limits));
  };
  const auto services = [&](Parameter parameter) {
    return pointer_of(
        parse_query<ServiceDefinitionListQuery>(Parameters{std::move(parameter)}, limits));
  };
  EXPECT_EQ(entities({"page[limit]", "1001"}),
            "page[limit]: parameter \"page[limit]\" must be a whole number from 1 to 1000");
  EXPECT_EQ(entities({"includeDiscovered", "yes"}),
            "includeDiscovered: parameter \"includeDiscovered\" must be true or false");
  EXPECT_EQ(
      entities({"include", "schema,owner"}),
      "include: parameter \"include\" must be one or more of \"schema raw_schema oncall incident "
      "relation\"");
  EXPECT_TRUE(entities({"filter[relation][type]", "Owns"})
                  .starts_with("filter[relation][type]: parameter \"filter[relation][type]\" must "
                               "be one of \"RelationTypeOwns "));
  EXPECT_EQ(kinds({"page[offset]", "-1"}).substr(0, 14), "page[offset]: ");
  EXPECT_TRUE(
      kinds({"include", "anything"}).starts_with("include: parameter \"include\" is unknown here"));
  EXPECT_EQ(relations({"include", "relation"}),
            "include: parameter \"include\" must be one or more of \"entity schema\"");
  EXPECT_TRUE(relations({"filter[type]", ""}).starts_with("filter[type]: "));
  EXPECT_EQ(services({"page[size]", "101"}),
            "page[size]: parameter \"page[size]\" must be a whole number from 1 to 100");
  EXPECT_EQ(services({"page[number]", "x"}).substr(0, 14), "page[number]: ");
  EXPECT_EQ(services({"schema_version", "v1"}), "accepted");
  EXPECT_EQ(services({"schema_version", "v3"}),
            "schema_version: parameter \"schema_version\" must be one of \"v1 v2 v2.1 v2.2\"");
}

TEST(CatalogQuery, ReadsKindsRelationsAndServiceDefinitions) {
  const auto kinds =
      parse_query<KindListQuery>(Parameters{{"filter[id]", "a"}, {"filter[name]", "b"}}, limits);
  ASSERT_TRUE(kinds);
  EXPECT_EQ(kinds->id, "a");
  EXPECT_EQ(kinds->name, "b");
  const auto relations =
      parse_query<RelationListQuery>(Parameters{{"filter[type]", "RelationTypeOwns"},
                                                {"filter[from_ref]", "team:a"},
                                                {"filter[to_ref]", "service:n/b"},
                                                {"include", "schema,entity"},
                                                {"includeDiscovered", "false"}},
                                     limits);
  ASSERT_TRUE(relations);
  EXPECT_EQ(relations->filter.type, "RelationTypeOwns");
  EXPECT_EQ(relations->filter.from, "team:default/a");
  EXPECT_EQ(relations->filter.to, "service:n/b");
  EXPECT_TRUE(relations->include_entity && relations->include_schema);
  EXPECT_FALSE(relations->filter.include_discovered);
  const auto services = parse_query<ServiceDefinitionListQuery>(
      Parameters{{"page[size]", "20"}, {"page[number]", "3"}, {"schema_version", "v2.1"}}, limits);
  ASSERT_TRUE(services);
  EXPECT_EQ(services->page.offset, 60U);
  EXPECT_EQ(services->page.size, 20U);
  EXPECT_EQ(services->schema_version, "v2.1");
  EXPECT_EQ(parse_query<ServiceDefinitionListQuery>({}, limits)->page.size, 10U);
}

TEST(CatalogLinks, AreTheRecordedOnes) {
  const std::string_view entities = "/api/v2/catalog/entity";
  const auto whole = make_catalog_links(entities, {}, {}, 0);
  EXPECT_EQ(whole.self, "/api/v2/catalog/entity?page%5Blimit%5D=100&page%5Boffset%5D=0");
  EXPECT_EQ(whole.next, "");
  EXPECT_EQ(whole.previous, "");
  const Parameters query{{"include", "schema"}, {"filter[ref]", "service:default/a"}};
  EXPECT_EQ(make_catalog_links(entities, query, {}, 1).self,
            "/api/v2/catalog/entity?filter%5Bref%5D=service%3Adefault%2Fa&include=schema&page"
            "%5Blimit%5D=100&page%5Boffset%5D=0");
}

TEST(CatalogLinks, LeadOnWhenThePageIsFullAndBackWhenItDoesNotBegin) {
  const auto link = [](int offset) {
    return "/l?includeDiscovered=true&page%5Blimit%5D=2&page%5Boffset%5D=" + std::to_string(offset);
  };
  const Parameters query{{"includeDiscovered", "true"}, {"x", "y"}};
  const struct {
    std::uint64_t offset;
    std::uint64_t items;
    std::string next;
    std::string previous;
  } cases[] = {{0, 2, link(2), ""},
               {0, 1, "", ""},
               {1, 2, link(3), link(0)},
               {4, 2, link(6), link(2)},
               {4, 0, "", link(2)}};
  for (const auto& c : cases) {
    const auto links = make_catalog_links("/l", query, {.offset = c.offset, .size = 2}, c.items);
    EXPECT_EQ(links.self, link(static_cast<int>(c.offset)));
    EXPECT_EQ(links.next, c.next);
    EXPECT_EQ(links.previous, c.previous);
  }
}

}  // namespace
}  // namespace scorekeeper::wire
