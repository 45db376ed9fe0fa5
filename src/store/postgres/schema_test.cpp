#include "store/postgres/schema.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "store/postgres/postgres_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

std::int64_t known() { return known_version(); }

void set_version(PgConnection& connection, std::int64_t version) {
  const auto sql = "UPDATE schema_version SET version = " + std::to_string(version);
  ASSERT_TRUE(connection.execute(sql.c_str()));
}

TEST(PostgresSchema, IsMadeOnceWithSecretsAndAnEpoch) {
  const TestDatabase database;
  auto connection = database.connect();
  EXPECT_EQ(*version_of(connection), 0);
  ASSERT_TRUE(migrate(connection, Migrate::create_only));
  EXPECT_EQ(*version_of(connection), known());
  const auto secrets = read_secrets(connection);
  const auto epoch = read_epoch(connection);
  ASSERT_TRUE(secrets);
  ASSERT_TRUE(epoch);
  EXPECT_NE(secrets->change_key, secrets->request_key);
  ASSERT_TRUE(migrate(connection, Migrate::upgrade));
  EXPECT_EQ(*read_secrets(connection), *secrets);
  EXPECT_EQ(*read_epoch(connection), *epoch);
  EXPECT_NE(*epoch, 0);
}

TEST(PostgresSchema, IsMadeByOneOfManyThatStartAtOnce) {
  const TestDatabase database;
  constexpr std::size_t servers = 8;
  std::vector<PgConnection> connections;
  connections.reserve(servers);
  for (std::size_t n = 0; n < servers; ++n) connections.push_back(database.connect());
  std::vector<std::string> failures(servers);
  std::vector<std::thread> threads;
  threads.reserve(servers);
  for (std::size_t n = 0; n < servers; ++n) {
    threads.emplace_back([&, n] {
      if (auto made = migrate(connections[n], Migrate::upgrade); !made) {
        failures[n] = made.error().detail;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, std::vector<std::string>(servers));
  EXPECT_EQ(*version_of(connections[0]), known());
}

// A server of this release goes on while the others are upgraded to the next one.
TEST(PostgresSchema, IsTakenWhenItIsNewerByOneVersionOnly) {
  const TestDatabase database;
  auto connection = database.connect();
  ASSERT_TRUE(migrate(connection, Migrate::upgrade));
  set_version(connection, known() + 1);
  EXPECT_TRUE(migrate(connection, Migrate::upgrade));
  EXPECT_TRUE(migrate(connection, Migrate::create_only));
  EXPECT_EQ(*version_of(connection), known() + 1);
  set_version(connection, known() + 2);
  const auto refused = migrate(connection, Migrate::upgrade);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
}

TEST(PostgresSchema, DoesNotMindWhatTheDatabaseHasSet) {
  const TestDatabase database;
  auto connection = database.connect();
  ASSERT_TRUE(migrate(connection, Migrate::upgrade));
  const auto secrets = read_secrets(connection);
  const Rows name = *connection.query("SELECT current_database()");
  const std::string alter = "ALTER DATABASE " + std::string(name.text(0, 0)) + " SET ";
  ASSERT_TRUE(connection.execute((alter + "bytea_output = 'escape'").c_str()));
  auto other = database.connect();
  EXPECT_EQ(*read_secrets(other), *secrets);
}

TEST(PostgresSchema, OfAReleaseBeforeTheLogsIsRefused) {
  const TestDatabase database;
  auto connection = database.connect();
  ASSERT_TRUE(make_version_table(connection));
  ASSERT_TRUE(connection.execute("INSERT INTO schema_version VALUES (1)"));
  for (std::int64_t version = 1; version < first_version; ++version) {
    set_version(connection, version);
    for (const Result<void>& refused :
         {migrate(connection, Migrate::upgrade), migrate(connection, Migrate::create_only)}) {
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::unavailable);
      EXPECT_EQ(refused.error().detail,
                "the database has schema version " + std::to_string(version) +
                    ", of an earlier release, whose log has another form; this release cannot read"
                    " it. Keep the old release to read it, start a new store in an empty database,"
                    " and report again");
    }
  }
}

TEST(PostgresSchema, KeepsTheLogAsItIsButForWhatRetentionTakes) {
  const TestDatabase database;
  auto connection = database.connect();
  ASSERT_TRUE(migrate(connection, Migrate::upgrade));
  ASSERT_TRUE(connection.execute(
      "INSERT INTO log_head (org, position) VALUES (1, 2);"
      "INSERT INTO log SELECT n, n, 0, 1, 1, 1, 1, 'key', '1', '', decode(repeat('00', 16), 'hex'),"
      " '{\"changes\":[]}' FROM generate_series(1, 2) AS n"));
  for (const auto* sql : {"UPDATE log SET body = '' WHERE position = 1",
                          "DELETE FROM log WHERE position = 2", "TRUNCATE log"}) {
    const auto done = connection.execute(sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_NE(done.error().detail.find("append-only"), std::string::npos) << done.error().detail;
  }
  ASSERT_TRUE(connection.execute("UPDATE log_head SET floor = 1"));
  EXPECT_TRUE(connection.execute("UPDATE log SET body = '' WHERE position = 1"));
  EXPECT_TRUE(connection.execute("DELETE FROM log WHERE position = 1"));
  EXPECT_FALSE(connection.execute("DELETE FROM log"));
}

}  // namespace
}  // namespace scorekeeper::store::postgres
