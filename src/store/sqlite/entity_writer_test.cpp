#include "store/sqlite/entity_writer.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/test_directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::uint32_t entities = 2'000;
constexpr std::uint32_t owners = 500;

class EntityWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    Metrics metrics;
    ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));  // makes the file
    auto opened = open_connection({.path = directory.store() + "/" + file_name, .vfs = {}});
    ASSERT_TRUE(opened);
    connection.emplace(*std::move(opened));
    ASSERT_TRUE(writer.prepare(*connection));
    ASSERT_TRUE(connection->execute("BEGIN"));
    for (std::uint32_t number = 1; number <= entities; ++number) {
      const std::string reference = reference_of(number);
      const NewEntity entity{.org = {1},
                             .number = {number},
                             .reference = reference,
                             .discovered_at = {},
                             .position = {1}};
      ASSERT_TRUE(writer.put({&entity, 1}));
      const DefinedEntity defined = make(number, "first");
      ASSERT_TRUE(writer.put({.org = {1}, .thing = defined, .position = {number}}));
    }
    ASSERT_TRUE(connection->execute("COMMIT"));
  }

  static std::string reference_of(std::uint32_t number) {
    return "service:default/service-" + std::to_string(100'000 + number);
  }

  static DefinedEntity make(std::uint32_t number, const std::string& description) {
    DefinedEntity defined;
    defined.number = {number};
    EntityDefinition& definition = defined.definition;
    definition.reference = reference_of(number);
    definition.attributes.owner = "team-" + std::to_string(number % owners);
    definition.description = description;
    definition.relations = {{.type = "RelationTypeOwnedBy",
                             .from = definition.reference,
                             .to = "team:default/" + definition.attributes.owner},
                            {.type = "RelationTypeDependsOn",
                             .from = definition.reference,
                             .to = reference_of(1 + number % entities)}};
    return defined;
  }

  // Writes them in one transaction; the pages that it writes.
  int put(const std::vector<DefinedEntity>& all) {
    int before = 0;
    int after = 0;
    int unused = 0;
    sqlite3_db_status(connection->get(), SQLITE_DBSTATUS_CACHE_WRITE, &before, &unused, 0);
    EXPECT_TRUE(connection->execute("BEGIN"));
    for (const DefinedEntity& one : all) {
      EXPECT_TRUE(writer.put({.org = {1}, .thing = one, .position = {entities + 1}}));
    }
    EXPECT_TRUE(connection->execute("COMMIT"));
    sqlite3_db_status(connection->get(), SQLITE_DBSTATUS_CACHE_WRITE, &after, &unused, 0);
    return after - before;
  }

  // The stored parts of the definition of the entity, in the order of its relations.
  std::string stored(std::uint32_t number) {
    auto row = connection->prepare(
        "SELECT owner || ' ' || description || ' ' || (SELECT group_concat(to_entity, ' ') FROM "
        "(SELECT to_entity FROM relation WHERE org = 1 AND defined_by = ?1 ORDER BY row)) "
        "FROM entity_definition WHERE org = 1 AND number = ?1");
    EXPECT_TRUE(row);
    row->bind(1, number);
    EXPECT_TRUE(*row->step());
    return std::string(row->text(0));
  }

  TestDirectory directory;
  std::optional<SqliteConnection> connection;
  EntityWriter writer;
};

// Their relations and owners stand in index pages all over the file.
TEST_F(EntityWriterTest, WritesOnlyThePagesOfWhatChanges) {
  std::vector<DefinedEntity> all;
  for (std::uint32_t number = 1; number <= 100; ++number) all.push_back(make(number, "second"));
  EXPECT_LT(put(all), 30);
  EXPECT_EQ(stored(7), "team-7 second team:default/team-7 " + reference_of(8));
}

TEST_F(EntityWriterTest, ReplacesAnOwnerAndRelations) {
  DefinedEntity defined = make(7, "second");
  defined.definition.attributes.owner = "ops";
  defined.definition.relations[0].to = "team:default/ops";
  put({defined});
  EXPECT_EQ(stored(7), "ops second team:default/ops " + reference_of(8));

  // One less, one more, another order: what is stored is what the definition says.
  std::swap(defined.definition.relations[0], defined.definition.relations[1]);
  put({defined});
  EXPECT_EQ(stored(7), "ops second " + reference_of(8) + " team:default/ops");
  defined.definition.relations.pop_back();
  put({defined});
  EXPECT_EQ(stored(7), "ops second " + reference_of(8));
  defined.definition.relations.push_back(
      {.type = "RelationTypeDependsOn", .from = reference_of(7), .to = reference_of(9)});
  put({defined});
  EXPECT_EQ(stored(7), "ops second " + reference_of(8) + " " + reference_of(9));
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
