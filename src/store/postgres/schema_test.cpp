#include "store/postgres/schema.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "store/postgres/postgres_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

std::int64_t known() { return static_cast<std::int64_t>(migrations().size()); }

void set_version(Connection& connection, std::int64_t version) {
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
  std::vector<Connection> connections;
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

// A database of version 1.
void make_first(Connection& connection) {
  ASSERT_TRUE(make_version_table(connection));
  ASSERT_TRUE(connection.execute(migrations()[0]));
  ASSERT_TRUE(connection.execute("INSERT INTO schema_version VALUES (1)"));
}

TEST(PostgresSchema, KeepsOneRelationForAllSpellingsOfItsEnds) {
  const TestDatabase database;
  auto connection = database.connect();
  make_first(connection);
  const auto filled = connection.execute(
      "INSERT INTO entity (org, number, kind, namespace, name, discovered_at)"
      " VALUES (1, 1, 'service', 'default', 'A', 10), (1, 2, 'service', 'default', 'b', 10);"
      "INSERT INTO entity_definition (org, number, owner, tier, lifecycle, type, languages, tags,"
      "  kind, namespace, name, created_at, modified_at, api_version, ingestion_source,"
      "  display_name, description, schema, raw)"
      " SELECT org, number, '', '', '', '', '', '', kind, namespace, name, 1, 1, '', '', '', '',"
      "  '', '' FROM entity;"
      "INSERT INTO relation (org, defined_by, row, id, type, from_entity, to_entity)"
      " SELECT 1, v.n, v.place, v.f || ':d:' || v.t, 'd', v.f, v.t FROM (VALUES"
      "  (1, 1, 'service:default/A', 'service:default/Foo'),"
      "  (1, 2, 'service:default/A', 'service:default/foo'),"
      "  (1, 3, 'service:default/A', 'queue:default/Foo'),"
      "  (1, 4, 'service:default/A', 'queue:default/foo'),"
      "  (2, 1, 'service:default/a', 'service:default/FOO')) AS v(n, place, f, t)");
  ASSERT_TRUE(filled) << filled.error().detail;
  const auto migrated = migrate(connection, Migrate::upgrade);
  ASSERT_TRUE(migrated) << migrated.error().detail;
  const Rows rows = *connection.query("SELECT defined_by, row, id FROM relation ORDER BY 1, 2");
  std::string kept;
  for (int row = 0; row < rows.size(); ++row) {
    kept += std::to_string(rows.integer(row, 0)) + "." + std::to_string(rows.integer(row, 1)) +
            " " + std::string(rows.text(row, 2)) + "\n";
  }
  EXPECT_EQ(kept,
            "1.1 service:default/a:d:service:default/foo\n"
            "1.3 service:default/a:d:queue:default/Foo\n"
            "1.4 service:default/a:d:queue:default/foo\n"
            "2.1 service:default/a:d:service:default/foo\n");
}

TEST(PostgresSchema, NamesTheServicesThatHaveTwoSpellings) {
  const TestDatabase database;
  auto connection = database.connect();
  make_first(connection);
  ASSERT_TRUE(connection.execute(
      "INSERT INTO entity (org, number, kind, namespace, name, discovered_at, live) VALUES"
      " (1, 1, 'service', 'default', 'Foo', 10, 1), (1, 2, 'service', 'default', 'foo', 10, 1),"
      " (1, 3, 'queue', 'default', 'Foo', 10, 1), (1, 4, 'queue', 'default', 'foo', 10, 1),"
      " (2, 1, 'service', 'default', 'Bar', 10, 1), (2, 2, 'service', 'default', 'bar', 10, 0)"));
  const auto refused = migrate(connection, Migrate::upgrade);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find(" has service:default/Foo and service:default/foo. Start"),
            std::string::npos)
      << refused.error().detail;
  EXPECT_EQ(*version_of(connection), 1);
  ASSERT_TRUE(connection.execute("UPDATE entity SET live = 0 WHERE org = 1 AND number = 1"));
  EXPECT_TRUE(migrate(connection, Migrate::upgrade));
}

// docs/formats/store.md promises that its examples run here, too.
TEST(PostgresSchema, RunsTheDocumentedQueriesAboutFailures) {
  const TestDatabase database;
  auto connection = database.connect();
  ASSERT_TRUE(migrate(connection, Migrate::upgrade));
  for (const auto* sql :
       {"SELECT scorecard, rule, count(*) FROM outcome WHERE state = 'fail' "
        "GROUP BY scorecard, rule ORDER BY 3 DESC",
        "SELECT o.scorecard, o.rule, count(*) FROM outcome AS o JOIN rule AS r ON r.id = o.rule_id "
        "WHERE o.state = 'fail' AND r.enabled = 1 AND r.scope_query = '' "
        "GROUP BY o.rule_id, o.scorecard, o.rule ORDER BY 3 DESC"}) {
    const auto rows = connection.query(sql);
    ASSERT_TRUE(rows) << rows.error().detail;
    EXPECT_TRUE(rows->empty());
  }
}

}  // namespace
}  // namespace scorekeeper::store::postgres
