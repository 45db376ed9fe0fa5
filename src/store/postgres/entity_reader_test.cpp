#include "store/postgres/entity_reader.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "store/postgres/query.h"
#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{1};

class EntityLists : public testing::Test {
 public:
  // Entities 1 to `count`, all defined: service:default/N, owned by N.
  void define(std::uint32_t count) {
    ASSERT_TRUE(store.connection.execute(
        ("INSERT INTO entity SELECT 1, n, 'service', 'default', n, 0, 1, n"
         " FROM generate_series(1, " +
         std::to_string(count) +
         ") AS n;"
         "INSERT INTO entity_definition SELECT org, number, number, '', '', '', '', '', kind,"
         " namespace, name, 0, 0, '', '', '', '', '', '', position FROM entity;"
         "INSERT INTO relation SELECT 1, number, 1,"
         " 'service:default/' || number || ':t:queue:default/' || number, 't',"
         " 'service:default/' || number, 'queue:default/' || number FROM entity;"
         "ANALYZE entity; ANALYZE entity_definition; ANALYZE relation")
            .c_str()));
  }
  bool plan_has(const Query& query, std::string_view index) {
    const auto plan = explain(store.connection, query);
    EXPECT_TRUE(plan) << plan.error().detail;
    std::string text;
    for (int row = 0; plan && row < plan->size(); ++row) {
      text += std::string(plan->text(row, 0)) + "\n";
    }
    const bool has = text.find(index) != std::string::npos;
    if (!has) std::cerr << query.sql() << "\n" << text;
    return has;
  }

  TestStore store;
};

TEST_F(EntityLists, AreReadFromIndexes) {
  define(20'000);
  const std::vector<std::pair<EntityListFilter, std::string>> cases{
      {{}, "definition_by_name"},
      {{.include_discovered = true}, "entity_by_name"},
      {{.kind = "service", .include_discovered = true}, "entity_by_name"},
      {{.numbers = std::vector<EntityNumber>{{7}}}, "entity_definition_pkey"},
      {{.owner = "7"}, "definition_by_owner"},
      {{.numbers = std::vector<EntityNumber>{{7}}, .relation_type = "t"}, "relation_by_from"},
  };
  for (const auto& [filter, index] : cases) {
    EXPECT_TRUE(plan_has(entity_page_query(Dialect::postgres, org, filter), index)) << index;
  }
  EXPECT_TRUE(plan_has(relation_page_query(Dialect::postgres, org, {}), "relation_in_order"));
  EXPECT_TRUE(plan_has(relation_page_query(Dialect::postgres, org, {.from = "service:default/7"}),
                       "relation_by_from"));
  EXPECT_TRUE(plan_has(relation_page_query(Dialect::postgres, org, {.to = "queue:default/7"}),
                       "relation_by_to"));
}

TEST_F(EntityLists, FindNothingByATextThatCannotBeStored) {
  define(3);
  for (const std::string& text : {std::string("1\0", 2), std::string("\xff")}) {
    for (const bool discovered : {false, true}) {
      for (const EntityListFilter& filter :
           {EntityListFilter{.kind = text}, EntityListFilter{.owner = text},
            EntityListFilter{.relation_type = text}}) {
        auto wanted = filter;
        wanted.include_discovered = discovered;
        const auto page = find_entities(store.connection, org, wanted);
        ASSERT_TRUE(page) << page.error().detail;
        EXPECT_TRUE(page->empty());
      }
    }
    EXPECT_TRUE(list_relations(store.connection, org, {.from = text})->relations.empty());
  }
}

TEST_F(EntityLists, ReadManyDefinitionsAtOnce) {
  define(2'500);
  std::vector<EntityNumber> wanted;
  for (std::uint32_t n = 1; n <= 2'501; ++n) wanted.push_back({n});
  const auto found = read_entities(store.connection, org, {.numbers = wanted, .raw = true});
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->size(), 2'500U);
  EXPECT_FALSE(store.connection.in_transaction());
  for (const ListedEntity& listed : *found) {
    const DefinedEntity& one = listed.entity;
    ASSERT_EQ(one.definition.attributes.owner, std::to_string(one.number.number));
    ASSERT_EQ(one.definition.relations.size(), 1U);
    ASSERT_EQ(one.definition.relations[0].from, one.definition.reference);
  }
}

TEST_F(EntityLists, TakeReferencesLongerThanAnIndexRow) {
  const std::string reference = "service:default/" + std::string(1'000, 'n');
  DefinedEntity defined{.number = {1}, .definition = {}, .created_at = {}, .modified_at = {}};
  defined.definition.reference = reference;
  defined.definition.attributes.owner = std::string(4'000, 'o');
  const Relation relation{"RelationTypeOwns", reference, "team:" + std::string(1'000, 't')};
  defined.definition.relations = {relation};
  const CatalogEntity entity{
      .number = {1}, .reference = reference, .discovered_at = Time(), .definition = defined};
  const CatalogChange change{
      .org = org, .changes = {Changed<CatalogEntity>{.before = std::nullopt, .after = entity}}};
  ASSERT_TRUE(store.write(change, R"([{"resource":"entity","id":"x"}])"));
  const EntityListFilter filter{.owner = std::string(4'000, 'o'),
                                .relation_type = "RelationTypeOwns"};
  EXPECT_EQ(find_entities(store.connection, org, filter)->size(), 1U);
  const auto relations =
      list_relations(store.connection, org, {.from = reference, .to = relation.to});
  ASSERT_EQ(relations->relations.size(), 1U);
  EXPECT_EQ(relations->relations[0].relation, relation);
}

}  // namespace
}  // namespace scorekeeper::store::postgres
