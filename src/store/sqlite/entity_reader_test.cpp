#include "store/sqlite/entity_reader.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/query.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

// SQLite's plan of the query: its steps, one a line.
std::string plan_of(const std::string& directory, const Query& query) {
  auto connection = open_connection({.path = directory + "/" + file_name, .vfs = {}});
  EXPECT_TRUE(connection);
  auto plan = connection->prepare("EXPLAIN QUERY PLAN " + query.sql());
  EXPECT_TRUE(plan) << plan.error().detail;
  std::string text;
  for (auto row = plan->step(); row && *row; row = plan->step()) {
    text += std::string(plan->text(3)) + "\n";
  }
  return text;
}

// Every page is read in the order of an index, without sorting, and what it skips from the index
// alone.
TEST(EntityPages, AreReadFromIndexes) {
  const TestDirectory directory;
  Metrics metrics;
  ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));
  struct Case {
    EntityListFilter filter;
    std::string plan;
  };
  const std::vector<Case> cases{
      {{}, "SEARCH e USING COVERING INDEX definition_by_name (org=?)\n"},
      {{.kind = "service"},
       "SEARCH e USING COVERING INDEX definition_by_kind (org=? AND kind=?)\n"},
      {{.kind = "service", .name_space = "default"},
       "SEARCH e USING COVERING INDEX definition_by_kind (org=? AND kind=?)\n"},
      {{.owner = "ops"}, "SEARCH e USING COVERING INDEX definition_by_owner (org=? AND owner=?)\n"},
      {{.include_discovered = true}, "SEARCH e USING COVERING INDEX entity_by_name (org=?)\n"},
      {{.kind = "service", .include_discovered = true},
       "SEARCH e USING COVERING INDEX entity_by_name (org=?)\n"
       "USE TEMP B-TREE FOR LAST TERM OF ORDER BY\n"},
      {{.owner = "ops", .include_discovered = true},
       "SEARCH e USING COVERING INDEX definition_by_owner (org=? AND owner=?)\n"},
      {{.numbers = std::vector<EntityNumber>{{1}, {2}}},
       "SCAN n VIRTUAL TABLE INDEX 1:\n"
       "SEARCH e USING INDEX sqlite_autoindex_entity_definition_1 (org=? AND number=?)\n"
       "USE TEMP B-TREE FOR ORDER BY\n"},
      {{.relation_type = "t"},
       "SEARCH e USING COVERING INDEX definition_by_name (org=?)\n"
       "CORRELATED SCALAR SUBQUERY 1\n"
       "SEARCH r USING INDEX relation_by_from (org=? AND from_entity=?)\n"},
  };
  for (const Case& one : cases) {
    const Query query = entity_page_query(Dialect::sqlite, {1}, one.filter);
    EXPECT_EQ(plan_of(directory.store(), query), one.plan) << query.sql();
  }
}

// The page is chosen from an index alone and in its order; then its rows are looked up.
TEST(RelationPages, AreReadFromIndexes) {
  const TestDirectory directory;
  Metrics metrics;
  ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));
  const std::vector<std::pair<RelationListFilter, std::string>> cases{
      {{}, "SEARCH relation USING COVERING INDEX relation_by_id (org=?)\n"},
      {{.type = "t"}, "SEARCH relation USING COVERING INDEX relation_by_type (org=? AND type=?)\n"},
      {{.from = "a"},
       "SEARCH relation USING COVERING INDEX relation_by_from (org=? AND from_entity=?)\n"},
      {{.to = "a"},
       "SEARCH relation USING COVERING INDEX relation_by_to (org=? AND to_entity=?)\n"},
  };
  for (const auto& [filter, plan] : cases) {
    const Query query = relation_page_query(Dialect::sqlite, {1}, filter);
    EXPECT_EQ(
        plan_of(directory.store(), query),
        "CO-ROUTINE p\n" + plan +
            "SCAN p\n"
            "SEARCH r USING INDEX relation_by_id (org=? AND id=? AND defined_by=?)\n"
            "SEARCH d USING INDEX sqlite_autoindex_entity_definition_1 (org=? AND number=?)\n")
        << query.sql();
  }
}

TEST(EntityPages, SkipMoreEntitiesThanAStatementPuts) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  ASSERT_TRUE(store);
  std::deque<std::string> references;
  LogGroup group{.org = {2}};
  for (std::uint32_t n = 1; n <= 10'047; ++n) {
    references.push_back("service:default/" + std::to_string(100'000 + n));
    group.entities.push_back({.number = {n}, .reference = references.back()});
  }
  group.outcomes.push_back(first_outcome(1, 1, ""));
  ASSERT_TRUE(append_group(**store, group));
  const auto page =
      (*store)->find_entities({2}, {.include_discovered = true, .page = {.offset = 10'045}});
  EXPECT_EQ(page.value(), (std::vector<EntityNumber>{{10'046}, {10'047}}));
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
