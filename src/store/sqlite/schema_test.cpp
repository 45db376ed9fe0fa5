#include "store/sqlite/schema.h"

#include <gtest/gtest.h>

#include "store/sqlite/directory.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

class Migrations : public testing::Test {
 protected:
  Migrations() { EXPECT_TRUE(make_directory(directory.store())); }

  Result<void> migrate_to(std::span<const char* const> steps, Migrate how) {
    Connection connection = TRY(open_connection({.path = path, .vfs = {}}));
    return migrate(connection, path, how, steps);
  }
  std::int64_t number(std::string_view sql) {
    auto connection = open_connection({.path = path, .vfs = {}});
    const auto answer = connection->query_integer(sql);
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer ? *answer : -1;
  }

  TestDirectory directory;
  std::string path = database_path(directory.store());
};

constexpr const char* steps[] = {"CREATE TABLE a (x)",
                                 "CREATE TABLE b (x); INSERT INTO b VALUES (7)"};
constexpr const char* broken[] = {"CREATE TABLE a (x)",
                                  "CREATE TABLE b (x); INSERT INTO c VALUES (7)"};

TEST_F(Migrations, LeadFromNothingToTheLastVersion) {
  ASSERT_TRUE(migrate_to(migrations(), Migrate::create_only));
  EXPECT_EQ(number("PRAGMA user_version"), std::ssize(migrations()));
  EXPECT_EQ(number("SELECT count(*) FROM outcome"), 0);
  EXPECT_EQ(number("PRAGMA page_size"), std::int64_t{page_bytes});
  ASSERT_TRUE(migrate_to(migrations(), Migrate::upgrade));  // nothing left to do
}

TEST_F(Migrations, UpgradeAStoreOfAnOlderVersionOnlyWhenAllowed) {
  ASSERT_TRUE(migrate_to(std::span(steps).first(1), Migrate::create_only));
  const auto refused = migrate_to(steps, Migrate::create_only);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("older release"), std::string::npos);
  ASSERT_TRUE(migrate_to(steps, Migrate::upgrade));
  EXPECT_EQ(number("SELECT x FROM b"), 7);
  EXPECT_FALSE(migrate_to(std::span(steps).first(1), Migrate::upgrade));
}

TEST_F(Migrations, GiveTheEntitiesOfVersionOneNamesInColumns) {
  ASSERT_TRUE(migrate_to(migrations().first(1), Migrate::create_only));
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute(
        "INSERT INTO entity VALUES (1, 1, 'service:default/a', 10, NULL),"
        " (1, 2, 'my-kind:ns.1/x:y/z', 20, 7), (2, 1, 'service:default/\xc3\xa9', 30, NULL)"));
  }
  ASSERT_TRUE(migrate_to(migrations().first(2), Migrate::upgrade));
  const auto count = [&](const std::string& condition) {
    return number("SELECT count(*) FROM entity WHERE " + condition);
  };
  EXPECT_EQ(count("true"), 3);
  EXPECT_EQ(count("(org, number, kind, namespace, name, reference, discovered_at, live)"
                  " = (1, 1, 'service', 'default', 'a', 'service:default/a', 10, 1)"
                  " AND removed_at_position IS NULL"),
            1);
  EXPECT_EQ(count("(org, number, kind, namespace, name, reference, discovered_at, live,"
                  " removed_at_position)"
                  " = (1, 2, 'my-kind', 'ns.1', 'x:y/z', 'my-kind:ns.1/x:y/z', 20, 0, 7)"),
            1);
  EXPECT_EQ(count("org = 2 AND reference = 'service:default/\xc3\xa9'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM outcome"), 0);
}

TEST_F(Migrations, KeepTheKeysOfVersionThree) {
  ASSERT_TRUE(migrate_to(migrations().first(3), Migrate::create_only));
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(
        connection->execute("INSERT INTO org VALUES (1, 'default', 5);"
                            "INSERT INTO key VALUES (3, 1, 'api', 'a', zeroblob(32), '', 10, NULL),"
                            " (7, 1, 'application', 'b', randomblob(32), 'cases_read', 20, 30)"));
  }
  const auto version = number("SELECT value FROM meta WHERE key = 'keys_version'");
  ASSERT_TRUE(migrate_to(migrations(), Migrate::upgrade));
  const auto count = [&](const std::string& condition) {
    return number("SELECT count(*) FROM key WHERE " + condition);
  };
  EXPECT_EQ(count("true"), 2);
  EXPECT_EQ(count("(id, org, kind, name, owner, hash, scopes, created_at)"
                  " = (3, 1, 'api', 'a', '', zeroblob(32), '', 10)"
                  " AND expires_at IS NULL AND revoked_at IS NULL"),
            1);
  EXPECT_EQ(count("(id, kind, name, scopes, created_at, revoked_at)"
                  " = (7, 'application', 'b', 'cases_read', 20, 30)"),
            1);
  // Whoever writes a key by hand is still seen.
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("UPDATE key SET revoked_at = 40 WHERE id = 3"));
    EXPECT_FALSE(connection->execute("UPDATE key SET org = 9 WHERE id = 3"));
  }
  EXPECT_EQ(number("SELECT value FROM meta WHERE key = 'keys_version'"), version + 1);
  EXPECT_EQ(number("SELECT count(*) FROM outcome_history") + number("SELECT count(*) FROM audit") +
                number("SELECT count(*) FROM outcome"),
            0);
}

TEST_F(Migrations, KeepOneRelationForAllSpellingsOfItsEnds) {
  ASSERT_TRUE(migrate_to(migrations().first(4), Migrate::create_only));
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute(
        "INSERT INTO entity (org, number, kind, namespace, name, discovered_at)"
        " VALUES (1, 1, 'service', 'default', 'A', 10), (1, 2, 'service', 'default', 'b', 10);"
        "INSERT INTO entity_definition (org, number, owner, tier, lifecycle, type, languages, tags,"
        "  kind, namespace, name, created_at, modified_at, api_version, ingestion_source,"
        "  display_name, description, schema, raw)"
        " SELECT org, number, '', '', '', '', '', '', kind, namespace, name, 1, 1, '', '', '', '',"
        "  '', '' FROM entity;"
        "INSERT INTO relation (org, defined_by, id, type, from_entity, to_entity)"
        " SELECT 1, n, f || ':d:' || t, 'd', f, t FROM (SELECT 1 AS n, 'service:default/A' AS f,"
        "  'service:default/Foo' AS t UNION ALL SELECT 1, 'service:default/A',"
        "  'service:default/foo' UNION ALL SELECT 1, 'service:default/A', 'queue:default/Foo'"
        "  UNION ALL SELECT 1, 'service:default/A', 'queue:default/foo'"
        "  UNION ALL SELECT 2, 'service:default/a', 'service:default/FOO')"));
  }
  ASSERT_TRUE(migrate_to(migrations(), Migrate::upgrade));
  EXPECT_EQ(number("SELECT count(*) FROM relation"), 4);
  EXPECT_EQ(number("SELECT count(*) FROM relation WHERE"
                   " id = 'service:default/a:d:service:default/foo'"),
            2);
}

TEST_F(Migrations, NameTheServicesThatHaveTwoSpellings) {
  ASSERT_TRUE(migrate_to(migrations().first(4), Migrate::create_only));
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute(
        "INSERT INTO org VALUES (1, 'default', 5), (2, 'other', 5);"
        "INSERT INTO entity (org, number, kind, namespace, name, discovered_at, live) VALUES"
        " (1, 1, 'service', 'default', 'Foo', 10, 1), (1, 2, 'service', 'default', 'foo', 10, 1),"
        " (1, 3, 'queue', 'default', 'Foo', 10, 1), (1, 4, 'queue', 'default', 'foo', 10, 1),"
        " (2, 1, 'service', 'default', 'Bar', 10, 1), (2, 2, 'service', 'default', 'bar', 10, 0)"));
  }
  const auto refused = migrate_to(migrations(), Migrate::upgrade);
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().detail,
      "cannot use " + path +
          ": all spellings of a service's name are one service in this release, and the store "
          "has several for one: organization default has service:default/Foo and "
          "service:default/foo. Start the release that made the store, delete all but one "
          "spelling of each (DELETE /api/v2/catalog/entity/service:NAME; what was reported "
          "stays in the history), then start this release again");
  EXPECT_EQ(number("PRAGMA user_version"), 4);
  {
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("UPDATE entity SET live = 0 WHERE org = 1 AND number = 1"));
  }
  EXPECT_TRUE(migrate_to(migrations(), Migrate::upgrade));
}

TEST_F(Migrations, AreAppliedWholeOrNotAtAll) {
  ASSERT_TRUE(migrate_to(std::span(steps).first(1), Migrate::upgrade));
  EXPECT_FALSE(migrate_to(broken, Migrate::upgrade));
  EXPECT_EQ(number("PRAGMA user_version"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
