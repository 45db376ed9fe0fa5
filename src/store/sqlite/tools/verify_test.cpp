#include "store/sqlite/tools/verify.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/assert.h"
#include "base/test_directory.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

std::uint64_t count_of(const Verification& verification, const std::string& name) {
  for (const auto& [known, count] : verification.counts) {
    if (known == name) return count;
  }
  ADD_FAILURE() << "no count of " << name;
  return 0;
}

std::string faults_of(const std::string& path) {
  const auto verification = verify(path);
  if (!verification) return "ERROR " + verification.error().detail;
  EXPECT_GE(verification->faults_total, verification->faults.size());
  std::string text;
  for (const auto& fault : verification->faults) text += fault + "\n";
  return text;
}

TEST(Verify, FindsNothingWrongInAGoodStoreAlsoBesideItsServer) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(faults_of(sample.path()), "");
    const auto verification = verify(sample.path());
    ASSERT_TRUE(verification);
    EXPECT_EQ(verification->version, known_version());
    EXPECT_EQ(verification->position, RowId{SampleStore::position});
    EXPECT_EQ(count_of(*verification, "rows"), 15U);
    EXPECT_EQ(count_of(*verification, "orgs"), 1U);
    EXPECT_EQ(count_of(*verification, "keys"), 2U);
    EXPECT_EQ(count_of(*verification, "rules"), 2U);
    EXPECT_EQ(count_of(*verification, "entities"), 3U);
    EXPECT_EQ(count_of(*verification, "definitions"), 1U);
    EXPECT_EQ(count_of(*verification, "relations"), 1U);
    EXPECT_EQ(count_of(*verification, "kinds"), 1U);
    EXPECT_EQ(count_of(*verification, "campaigns"), 1U);
    EXPECT_EQ(count_of(*verification, "requests"), 9U);
    EXPECT_EQ(count_of(*verification, "catalog_changes"), 10U);
    sample.close();
  }
}

TEST(Verify, FindsNothingWrongBesideAServerThatAppends) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  std::atomic<bool> stop = false;
  std::thread server([&] {
    for (std::uint64_t n = 9; !stop; ++n) {
      sample.report(n, n + 1);
      if (n % 10 == 0) sample.remove_entity(2);
    }
  });
  for (int n = 0; n < 10; ++n) EXPECT_EQ(faults_of(sample.path()), "");
  stop = true;
  server.join();
}

TEST(Verify, FindsNothingWrongBesideAPruneOfTheCatalogAlone) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  Kind kind{.name = "service",
            .display_name = "Service",
            .description = "",
            .created_at = SampleStore::at(0),
            .modified_at = SampleStore::at(0)};
  constexpr std::uint64_t updates = 200;
  for (std::uint64_t n = 0; n < updates; ++n) {
    const Kind before = kind;
    kind.description = std::to_string(n);
    sample.change({Changed<Kind>{.before = before, .after = kind}});
  }
  sample.report(9, 10);
  const Time now = SampleStore::at(1'000'000);
  ASSERT_FALSE(sample.store().prune({.org = {1}, .history_before = now})->next);
  const RowId floor = sample.head().floor;
  std::uint64_t pruned = 0;
  std::atomic<bool> done = false;
  std::thread pruning([&] {
    for (bool more = true; more;) {
      const auto piece = sample.store().prune(
          {.org = {1}, .history_before = now, .audit_before = now, .changes_max = 1});
      ASSERT(piece);
      pruned += piece->catalog;
      more = piece->next.has_value();
    }
    done = true;
  });
  while (!done) EXPECT_EQ(faults_of(sample.path()), "");
  pruning.join();
  EXPECT_EQ(pruned, updates - 1);
  EXPECT_EQ(sample.head().floor, floor);
  EXPECT_EQ(faults_of(sample.path()), "");
}

TEST(Verify, FindsNothingWrongInAnEmptyStore) {
  const TestDirectory directory;
  Metrics metrics;
  ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));
  EXPECT_EQ(faults_of(database_path(directory.store())), "");
  ASSERT_TRUE((*open_keys(directory.store()))->create_org("acme", time_of_microseconds(1)));
  EXPECT_EQ(faults_of(database_path(directory.store())), "");
}

TEST(Verify, TakesForgottenRequestsForGiven) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  ASSERT_EQ(*sample.store().forget_requests(time_of_microseconds(INT64_MAX), 100), 9U);
  EXPECT_EQ(faults_of(sample.path()), "");
}

// Changes that retention took away up to the floor are not missed.
TEST(Verify, TakesWhatIsBelowTheFloorForGone) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  auto connection = SqliteConnection::open({.path = sample.path(), .vfs = {}});
  const auto done = connection->execute(
      "INSERT INTO log_placed_head SELECT org, position, at, chain, 12, 0 FROM log_head;"
      "UPDATE log SET body = json_set(body, '$.changes[0]', null, '$.remarks', json('[]'))"
      " WHERE position = 11;"
      "DELETE FROM log WHERE position = 12");
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(faults_of(sample.path()), "");
}

struct Damage {
  const char* sql;
  const char* fault;  // the first lines of what is found
};

// As an append does for some thousand records.
const std::string place_all =
    std::string(place_heads) +
    ";INSERT INTO log_place SELECT org, position, row FROM log;"
    "UPDATE meta SET value = (SELECT max(row) FROM log) WHERE key = 'log_placed';";

class VerifyFinds : public testing::TestWithParam<Damage> {};

TEST_P(VerifyFinds, WhatIsWrong) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  {
    auto connection = SqliteConnection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(connection);
    std::string sql = "DROP TRIGGER log_updated; DROP TRIGGER log_deleted;";
    if (std::string_view(GetParam().sql).contains("log_placed_head")) sql += place_all;
    sql += GetParam().sql;
    const auto done = connection->execute(sql.c_str());
    ASSERT_TRUE(done) << done.error().detail;
  }
  const std::string faults = faults_of(sample.path());
  EXPECT_EQ(faults.substr(0, std::string(GetParam().fault).size()), GetParam().fault) << faults;
  EXPECT_NE(faults, "");
}

// The log of the sample: sample_store.h.
const Damage damages[] = {
    {"UPDATE log SET body = replace(body, 'remarks 3', 'remarks x')",
     "log of org 1 at 12: its chain does not follow from the record before it\n"},
    {"UPDATE log SET chain = zeroblob(16) WHERE position = 12",
     "log of org 1 at 12: its chain does not follow from the record before it\n"
     "log of org 1 at 13: its chain does not follow from the record before it\n"},
    {"UPDATE log SET at = at + 1 WHERE position = 12",
     "log of org 1 at 12: its chain does not follow from the record before it\n"},
    {"UPDATE log SET at = 0 WHERE position = 12",
     "log of org 1 at 12: its time is not after that of the record before it\n"},
    {"UPDATE log SET actor = '3' WHERE position = 12",
     "log of org 1 at 12: its chain does not follow from the record before it\n"},
    {"UPDATE log SET actor_type = 'me' WHERE position = 12",
     "log of org 1: the store has an unknown actor_type: me\n"},
    {"UPDATE log SET group_end = 0 WHERE position = 21",
     "log of org 1 at 21: its chain does not follow from the record before it\n"
     "log of org 1: its last group has no end\n"},
    {"UPDATE log SET kind = 3 WHERE position = 12",
     "log of org 1 at 12: its chain does not follow from the record before it\n"
     "log of org 1 at 12: its kind is 3\n"},
    {"INSERT INTO log_place VALUES (7, 1, 1)",
     "the place of position 1 of org 7 is of no record that begins there\n"
     "the log has 15 records, and places of 16\n"},
    {"UPDATE meta SET value = 3 WHERE key = 'log_placed'",
     "log of org 1 at 4: the record before it ends at 0\n"},
    {"DELETE FROM meta WHERE key = 'log_placed'",
     "log of org 1: the store does not say which records have a place\n"},
    {"UPDATE log SET count = 2 WHERE position = 21",
     "log of org 1 at 21: its chain does not follow from the record before it\n"
     "log of org 1 at 21: it has 1 changes in place of 2\n"},
    {"UPDATE log SET body = '{' WHERE position = 21",
     "log of org 1 at 21: its chain does not follow from the record before it\n"
     "log of org 1 at 21: "},
    {"DELETE FROM log WHERE position = 12",
     "log of org 1 at 13: the record before it ends at 11\n"},
    {"DELETE FROM log WHERE position = 21",
     "request 9 of org 1 is at 21, behind the end of the log\n"},
    {"UPDATE log_placed_head SET at = at + 1",
     "log of org 1: its head has another time or chain than its last record\n"},
    {"UPDATE log_placed_head SET position = 20",
     "log of org 1: its head is at 20, its last change at 21\n"},
    {"DELETE FROM log_placed_head", "org 1 of org 1 is in no record of the log\n"},
    {"UPDATE rule SET name = 'other' WHERE number = 2",
     "rule rule2 of org 1 differs from its log\n"},
    {"UPDATE rule SET removed = 1 WHERE number = 2", "rule rule2 of org 1 differs from its log\n"},
    {"UPDATE rule SET position = 7 WHERE number = 2", "rule rule2 of org 1 differs from its log\n"},
    {"UPDATE rule SET id = 'rule9' WHERE number = 2",
     "rule rule9 of org 1 is in no record of the log\n"
     "rule rule2 of org 1 is in the log and in no table\n"},
    {"UPDATE scorecard SET description = 'x'", "scorecard card of org 1 differs from its log\n"},
    {"UPDATE kind SET modified_at = 1", "kind service of org 1 differs from its log\n"},
    {"DELETE FROM kind", "kind service of org 1 is in the log and in no table\n"},
    {"UPDATE campaign SET status = 3", "campaign campaign of org 1 differs from its log\n"},
    {"DELETE FROM campaign_rule WHERE position = 2",
     "campaign campaign of org 1 differs from its log\n"},
    {"UPDATE org SET name = 'other'", "org 1 of org 1 differs from its log\n"},
    {"UPDATE key SET revoked_at = 7 WHERE id = 2", "key 2 of org 1 differs from its log\n"},
    {"INSERT INTO key SELECT 9, org, kind, name, owner, randomblob(32), scopes, 0, NULL, NULL, 1"
     " FROM key WHERE id = 1",
     "key 9 of org 1 is in no record of the log\n"},
    {"UPDATE key SET scopes = 'x' WHERE id = 2", "a row of key cannot be read: "},
    {"UPDATE entity SET live = 0 WHERE number = 3", "entity 3 of org 1 differs from its log\n"},
    {"UPDATE entity SET name = 'x' WHERE number = 3", "entity 3 of org 1 differs from its log\n"},
    {"UPDATE entity SET discovered_at = 0 WHERE number = 3",
     "entity 3 of org 1 differs from its log\n"},
    {"DELETE FROM entity WHERE number = 3", "1 entities of org 1 are in the log and in no table\n"},
    {"INSERT INTO entity (org, number, kind, namespace, name, discovered_at, live, position)"
     " VALUES (1, 9, 'a', 'b', 'c', 0, 1, 3)",
     "entity 9 of org 1 is in no record of the log\n"},
    {"UPDATE entity_definition SET tier = 'x'",
     "the definition of entity 1 of org 1 differs from its log\n"},
    {"UPDATE entity_definition SET raw = 'apiVersion: v4'",
     "the definition of entity 1 of org 1 differs from its log\n"},
    {R"(UPDATE entity_definition SET schema = '{"a":1,"a":2}')",
     "the definition of entity 1 of org 1 differs from its log\n"
     "the definition of entity 1 of org 1 has a schema that cannot be read: send it again\n"},
    {"DELETE FROM relation", "the definition of entity 1 of org 1 differs from its log\n"},
    {"DELETE FROM relation; DELETE FROM entity_definition",
     "the definition of entity 1 of org 1 is in the log and in no table\n"},
    {"UPDATE log_catalog SET id = 'x' WHERE position = 5",
     "log_catalog of org 1 has a change that is not there: 5 in 4, rule x\n"
     "log_catalog of org 1 lacks 1 changes of the log\n"},
    {"UPDATE relation SET to_entity = 'x', id = 'service:default/a:RelationTypeOwnedBy:x'",
     "the definition of entity 1 of org 1 differs from its log\n"
     "relation service:default/a:RelationTypeOwnedBy:x: x is no entity reference\n"},
    {"UPDATE relation SET id = 'x'", "relation x of org 1 has another id than its ends say\n"},
    {"DELETE FROM scorecard", "a row of rule names a row of scorecard that is not there\n"},
    {"UPDATE last_reported SET times = x'02'", "last_reported 0 of rule 1 of org 1 is damaged\n"},
    {"DELETE FROM meta WHERE key = 'change_key'", "the store has no secret change_key\n"},
    {"UPDATE meta SET value = 9 WHERE key = 'requests_reserved'",
     "request 9 has a number that may be given again\n"},
    {"UPDATE request SET position = 22 WHERE id = 9",
     "request 9 of org 1 is at 22, behind the end of the log\n"},
};
INSTANTIATE_TEST_SUITE_P(Damages, VerifyFinds, testing::ValuesIn(damages));

// Records that are what their chain says and say what cannot be.
std::string faults_after(const std::function<void(SampleStore&)>& append) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  append(sample);
  return faults_of(sample.path());
}
void append(SampleStore& sample, const ChangedOutcome& outcome) {
  ASSERT(append_group(sample.store(), {.org = {1}, .outcomes = {outcome}}));
}

TEST(Verify, FindsRecordsThatContradictTheOnesBefore) {
  EXPECT_EQ(faults_after([](SampleStore& sample) { append(sample, first_outcome(1, 1, "")); }),
            "log of org 1 at 22: previous is 0, the change before it of this outcome 18\n");
  EXPECT_EQ(faults_after([](SampleStore& sample) {
              auto outcome = first_outcome(1, 1, "");
              outcome.previous = {18};
              outcome.before = State::skip;
              append(sample, outcome);
            }),
            "log of org 1 at 22: the state before it is skip, the outcome was pass\n");
  EXPECT_EQ(faults_after([](SampleStore& sample) { append(sample, first_outcome(9, 1, "")); }),
            "log of org 1 at 22: there is no rule 9\n");
  EXPECT_EQ(faults_after([](SampleStore& sample) { append(sample, first_outcome(1, 9, "")); }),
            "log of org 1 at 22: there is no entity 9\n");
  EXPECT_EQ(faults_after([](SampleStore& sample) {
              sample.remove_entity(3);
              append(sample, first_outcome(1, 3, ""));
            }),
            "log of org 1 at 25: entity 3 was deleted before it\n");
  EXPECT_EQ(faults_after([](SampleStore& sample) {
              const Kind kind{.name = "other", .display_name = "", .description = ""};
              sample.change({Changed<Kind>{.before = kind, .after = {}}});
            }),
            "log of org 1 at 22: kind other was not there before\n");
}

TEST(Verify, ShowsTheFirstFaultsAndCountsAll) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.report(9, 120);
  sample.close();
  {
    auto connection = SqliteConnection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(
        connection->execute("DROP TRIGGER log_updated; UPDATE log SET chain = zeroblob(16)"));
  }
  const auto verification = verify(sample.path());
  ASSERT_TRUE(verification);
  EXPECT_EQ(verification->faults.size(), faults_shown_max);
  EXPECT_EQ(verification->faults_total, 126U);
}

TEST(Verify, FindsDamagedPages) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.report(9, 200);
  sample.close();
  const std::string good = read_file(sample.path());
  int found = 0;
  for (std::size_t page = 1; page < good.size() / page_bytes; ++page) {
    std::string bad = good;
    for (std::size_t at = 0; at < 200; ++at) bad[page * page_bytes + at] = '\x7f';
    write_file(sample.path(), bad);
    found += faults_of(sample.path()).empty() ? 0 : 1;
  }
  EXPECT_EQ(found, static_cast<int>(good.size() / page_bytes) - 1);
}

TEST(Verify, SaysWhyItCannotLook) {
  const TestDirectory directory;
  const std::string path = directory.path("file");
  EXPECT_EQ(faults_of(path), "ERROR cannot read " + path + ": No such file or directory");
  write_file(path, std::string(5'000, 'x'));
  EXPECT_EQ(faults_of(path), "ERROR cannot use " + path +
                                 ": the store cannot run a statement: file is not a database");
  write_file(path, "");
  EXPECT_EQ(faults_of(path), "ERROR cannot use " + path + ": it is empty");
  {
    auto connection = SqliteConnection::open({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("CREATE TABLE other (x)"));
  }
  EXPECT_EQ(faults_of(path), "ERROR cannot use " + path + ": it is a database of another program");
  SampleStore(directory.store()).close();
  {
    auto connection = SqliteConnection::open({.path = database_path(directory.store()), .vfs = {}});
    ASSERT_TRUE(connection->execute("PRAGMA user_version = 99"));
  }
  EXPECT_NE(faults_of(database_path(directory.store())).find("newer release"), std::string::npos);
  {
    auto connection = SqliteConnection::open({.path = database_path(directory.store()), .vfs = {}});
    ASSERT_TRUE(connection->execute("PRAGMA user_version = 7"));
  }
  EXPECT_NE(faults_of(database_path(directory.store())).find("report again"), std::string::npos);
}

TEST(Verify, SaysThatAFileMayNotBeRead) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const TestDirectory directory;
  SampleStore(directory.store()).close();
  ASSERT_EQ(chmod(directory.path("").c_str(), 0755), 0);
  ASSERT_EQ(chmod(directory.store().c_str(), 0755), 0);
  std::string text;
  std::thread([&] {
    setfsuid(65'534);
    text = faults_of(database_path(directory.store()));
  }).join();
  EXPECT_NE(text.find("unable to open database file"), std::string::npos) << text;
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
