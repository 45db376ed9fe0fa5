#include "store/sqlite/schema.h"

#include <gtest/gtest.h>

#include "base/test_directory.h"
#include "store/sqlite/directory.h"

namespace scorekeeper::store::sqlite {
namespace {

class Migrations : public testing::Test {
 protected:
  Migrations() { EXPECT_TRUE(make_directory(directory.store())); }

  Result<void> migrate_to(std::span<const char* const> steps, Migrate how) {
    SqliteConnection connection = TRY(open_connection({.path = path, .vfs = {}}));
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
  EXPECT_EQ(number("PRAGMA user_version"), known_version());
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

TEST_F(Migrations, SeeKeysThatAreWrittenByHand) {
  ASSERT_TRUE(migrate_to(migrations(), Migrate::create_only));
  const auto version = number("SELECT value FROM meta WHERE key = 'keys_version'");
  auto connection = open_connection({.path = path, .vfs = {}});
  ASSERT_TRUE(connection->execute(
      "INSERT INTO org VALUES (1, 'default', 5, 1);"
      "INSERT INTO key VALUES (3, 1, 'api', 'a', '', zeroblob(32), '', 10, NULL, NULL, 2);"
      "UPDATE key SET revoked_at = 40 WHERE id = 3"));
  EXPECT_FALSE(connection->execute("UPDATE key SET org = 9 WHERE id = 3"));
  EXPECT_EQ(number("SELECT value FROM meta WHERE key = 'keys_version'"), version + 3);
}

// Versions 1 to 8 are of releases whose log, if they kept one, had another form or another index.
TEST_F(Migrations, RefuseAStoreOfAnEarlierSchemaWithASentence) {
  for (const int version : {1, 4, 7, 8}) {
    {
      auto connection = open_connection({.path = path, .vfs = {}});
      ASSERT_TRUE(migrate_to(migrations(), Migrate::create_only));
      ASSERT_TRUE(
          connection->execute(("PRAGMA user_version = " + std::to_string(version)).c_str()));
    }
    const std::string expected =
        "cannot use " + path + ": it has schema version " + std::to_string(version) +
        ", of an earlier release, whose log has another form; this release cannot read it. Keep "
        "the old release to read it, start a new store in an empty directory, and report again";
    for (const Migrate how : {Migrate::create_only, Migrate::upgrade}) {
      const auto refused = migrate_to(migrations(), how);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::unavailable);
      EXPECT_EQ(refused.error().detail, expected);
    }
    EXPECT_EQ(check_known(path, version).error().detail, expected);
    EXPECT_EQ(number("PRAGMA user_version"), version);
    auto connection = open_connection({.path = path, .vfs = {}});
    ASSERT_TRUE(
        connection->execute(("PRAGMA user_version = " + std::to_string(first_version)).c_str()));
  }
}

TEST_F(Migrations, AreAppliedWholeOrNotAtAll) {
  ASSERT_TRUE(migrate_to(std::span(steps).first(1), Migrate::upgrade));
  EXPECT_FALSE(migrate_to(broken, Migrate::upgrade));
  EXPECT_EQ(number("PRAGMA user_version"), first_version);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
