#include "store/sqlite/verify.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/assert.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/sample_store.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/test_directory.h"

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
    EXPECT_EQ(verification->version, std::ssize(migrations()));
    EXPECT_EQ(verification->position, RowId{9});
    EXPECT_EQ(count_of(*verification, "rows"), 9U);
    EXPECT_EQ(count_of(*verification, "orgs"), 1U);
    EXPECT_EQ(count_of(*verification, "keys"), 2U);
    EXPECT_EQ(count_of(*verification, "rules"), 2U);
    EXPECT_EQ(count_of(*verification, "entities"), 3U);
    EXPECT_EQ(count_of(*verification, "definitions"), 1U);
    EXPECT_EQ(count_of(*verification, "relations"), 1U);
    EXPECT_EQ(count_of(*verification, "kinds"), 1U);
    EXPECT_EQ(count_of(*verification, "campaigns"), 1U);
    EXPECT_EQ(count_of(*verification, "requests"), 9U);
    EXPECT_EQ(count_of(*verification, "audit_events"), 4U);  // of an org, two keys, a rule
    sample.close();
  }
}

TEST(Verify, FindsNothingWrongInAnEmptyStore) {
  const TestDirectory directory;
  Metrics metrics;
  ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));
  EXPECT_EQ(faults_of(database_path(directory.store())), "");
}

TEST(Verify, FindsNothingWrongInAStoreThatHasOnlyKeys) {
  const TestDirectory directory;
  Metrics metrics;
  ASSERT_TRUE(Store::open({.directory = directory.store()}, metrics));
  ASSERT_TRUE((*open_keys(directory.store()))->create_org("acme", time_of_microseconds(1)));
  EXPECT_EQ(faults_of(database_path(directory.store())), "");
}

TEST(Verify, TakesForgottenRequestsForGiven) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  ASSERT_EQ(*sample.store().forget_requests(time_of_microseconds(INT64_MAX), 4), 4U);
  EXPECT_EQ(faults_of(sample.path()), "");
  ASSERT_EQ(*sample.store().forget_requests(time_of_microseconds(INT64_MAX), 100), 5U);
  EXPECT_EQ(faults_of(sample.path()), "");
}

// As in a copy of a database that several servers shared.
TEST(Verify, TakesTimesOfOrgsAndNumbersOfRequestsAsSeveralServersGiveThem) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  auto connection = Connection::open({.path = sample.path(), .vfs = {}});
  ASSERT_TRUE(connection);
  // Org 2 has the rows behind those of org 1, from before them; a request of the past had a number
  // above those that are kept.
  const auto done = connection->execute(
      "INSERT INTO org VALUES (2, 'other', 0);"
      "INSERT INTO scorecard SELECT 2, number, id, name, description, 0, 0, 0 FROM scorecard;"
      "INSERT INTO rule SELECT 2, number, id, scorecard, name, description, owner, scope_query,"
      " enabled, level, 0, 0, NULL FROM rule;"
      "INSERT INTO entity (org, number, kind, namespace, name, discovered_at)"
      " VALUES (2, 1, 'a', 'b', 'c', 0);"
      "INSERT INTO outcome_change SELECT 10, 2, rule, 1, state, first_reported, hash, at - 1000, 0,"
      " key, 50, remarks FROM outcome_change WHERE id = 1");
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(faults_of(sample.path()), "");
  ASSERT_TRUE(connection->execute("UPDATE outcome_change SET at = at + 2000 WHERE id = 10"));
  EXPECT_EQ(faults_of(sample.path()), "outcome_change 10: there is no request 50 of its org\n");
}

struct Damage {
  const char* sql;
  const char* fault;  // the first lines of what is found
};

class VerifyFinds : public testing::TestWithParam<Damage> {};

TEST_P(VerifyFinds, WhatIsWrong) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  {
    auto connection = Connection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(connection);
    const auto done = connection->execute(GetParam().sql);
    ASSERT_TRUE(done) << done.error().detail;
  }
  EXPECT_EQ(faults_of(sample.path()), std::string(GetParam().fault) + "\n");
}

// Rows of the sample: rule 1 + n % 2, entity 1 + n % 3; row 7 replaces row 1, 8 row 2, 9 row 3;
// entity 2 (rows 1, 4, 7) was removed at 4.
const Damage damages[] = {
    {"UPDATE outcome_change SET remarks = 'other' WHERE id = 3",
     "outcome_change 3: hash is not that of its remarks"},
    {"UPDATE outcome_change SET hash = hash + 1 WHERE id = 8",
     "outcome_change 8: hash is not that of its remarks"},
    {"UPDATE outcome_change SET state = 4 WHERE id = 8", "outcome_change 8: state is 4"},
    {"UPDATE outcome_change SET state = 0 WHERE id = 8", "outcome_change 8: state is 0"},
    {"UPDATE outcome_change SET at = 0 WHERE id = 8",
     "outcome_change 8: its time is before that of the row before it"},
    {"UPDATE outcome_change SET previous = 0 WHERE id = 8",
     "outcome_change 8: previous is 0, the row before it of this outcome 2"},
    {"UPDATE outcome_change SET previous = 1 WHERE id = 8",
     "outcome_change 8: previous is 1, the row before it of this outcome 2"},
    {"UPDATE outcome_change SET previous = 2 WHERE id = 3",
     "outcome_change 3: previous is 2, the row before it of this outcome 0"},
    {"DELETE FROM outcome_change WHERE id = 2",
     "outcome_change 8: previous is 2, the row before it of this outcome 0"},
    {"UPDATE entity SET removed_at_position = NULL WHERE number = 2",
     "outcome_change 7: previous is 0, the row before it of this outcome 1"},
    {"UPDATE outcome_change SET request = 50 WHERE id = 8",
     "outcome_change 8: there is no request 50 of its org"},
    {"DELETE FROM request WHERE id = 8", "outcome_change 8: there is no request 8 of its org"},
    {"UPDATE request SET org = 2 WHERE id = 8",
     "outcome_change 8: there is no request 8 of its org"},
    {"UPDATE outcome_change SET rule = 9 WHERE id = 9", "outcome_change 9: there is no rule 9"},
    {"UPDATE outcome_change SET entity = 9 WHERE id = 9", "outcome_change 9: there is no entity 9"},
    {"UPDATE outcome_change SET org = 2 WHERE id = 9",
     "outcome_change 9: there is no request 9 of its org\n"
     "outcome_change 9: there is no rule 2\n"
     "outcome_change 9: there is no entity 1"},
    {"UPDATE rule SET removed_at_position = 8 WHERE number = 2",
     "outcome_change 9: rule 2 was deleted before it"},
    {"UPDATE rule SET removed_at_position = 10 WHERE number = 2",
     "rule 2 of org 1 was deleted after the ledger's end"},
    {"UPDATE entity SET removed_at_position = 10 WHERE number = 3",
     "entity 3 of org 1 was removed after the ledger's end"},
    {"UPDATE entity SET live = 0 WHERE number = 3",
     "entity 3 of org 1 is dead but was never removed"},
    {"UPDATE entity SET live = 0, removed_at_position = 9 WHERE number = 1",
     "the definition of entity 1 of org 1 is of an entity that was removed, or of another name"},
    {"UPDATE entity_definition SET name = 'other'",
     "the definition of entity 1 of org 1 is of an entity that was removed, or of another name"},
    {"DROP INDEX service_by_name;"
     "UPDATE entity SET kind = 'service', namespace = 'default', name = 'A' WHERE number = 3",
     "entity 1 and entity 3 of org 1 have one reference"},
    {"UPDATE entity SET kind = '' WHERE number = 3",
     "entity 3 of org 1: its reference is none: :team/c"},
    {"UPDATE relation SET type = 'other'",
     "relation service:default/a:RelationTypeOwnedBy:team:default/ops of org 1 has another id than "
     "its ends say"},
    {"UPDATE relation SET to_entity = 'x', id = 'service:default/a:RelationTypeOwnedBy:x'",
     "relation service:default/a:RelationTypeOwnedBy:x: x is no entity reference"},
    {"DELETE FROM entity_definition",
     "a row of relation names a row of entity_definition that is not there"},
    {"DELETE FROM scorecard",
     "a row of rule names a row of scorecard that is not there\n"
     "a row of rule names a row of scorecard that is not there"},
    {"UPDATE campaign SET status = 4", "campaign 1 of org 1 has status 4"},
    {"UPDATE last_reported SET times = x'02'", "last_reported 0 of rule 1 of org 1 is damaged"},
    {"DELETE FROM meta WHERE key = 'change_key'", "the store has no secret change_key"},
    {"UPDATE meta SET value = 9 WHERE key = 'requests_reserved'",
     "request 9 has a number that may be given again"},
    {"INSERT INTO entity (org, number, kind, namespace, name, discovered_at) VALUES"
     " (1, 5000000000, 'a', 'b', 'c', 0)",
     "entity 5000000000: the number is out of range"},
    {"PRAGMA ignore_check_constraints = ON; UPDATE entity SET live = 2 WHERE number = 3",
     "entity 3 of org 1 has live 2"},
    {"PRAGMA ignore_check_constraints = ON; UPDATE rule SET enabled = 2 WHERE number = 1",
     "rule 1 of org 1 has enabled 2"},
    {"DROP TRIGGER audit_event_deleted; DELETE FROM audit_event WHERE number = 2",
     "audit event 3 of org 1: the one before it is 1"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET org = 2, number = 1 WHERE id = 4",
     "audit event 1 of org 2: there is no such org"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET actor_type = 'me' WHERE id = 4",
     "audit event 4 of org 1: actor_type is me"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET action = 'seen' WHERE id = 4",
     "audit event 4 of org 1: action is seen"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET resource_type = 'x' WHERE id = 4",
     "audit event 4 of org 1: resource_type is x"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET before = '{' WHERE id = 4",
     "audit event 4 of org 1: before or after is no JSON object"},
    {"DROP TRIGGER audit_event_updated; UPDATE audit_event SET after = '[]' WHERE id = 4",
     "audit event 4 of org 1: before or after is no JSON object"},
    {"PRAGMA ignore_check_constraints = ON; UPDATE campaign SET removed = 2",
     "campaign 1 of org 1 has removed 2"},
};
INSTANTIATE_TEST_SUITE_P(Damages, VerifyFinds, testing::ValuesIn(damages));

TEST(Verify, FindsKeysThatCannotBeRead) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.close();
  {
    auto connection = Connection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(connection->execute("UPDATE key SET scopes = 'fly' WHERE id = 2"));
  }
  const auto faults = faults_of(sample.path());
  EXPECT_TRUE(faults.starts_with("the keys cannot be read: unknown scope \"fly\"")) << faults;
}

TEST(Verify, ShowsTheFirstFaultsAndCountsAll) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.append(9, 120);
  sample.close();
  {
    auto connection = Connection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(connection->execute("UPDATE outcome_change SET hash = 0"));
  }
  const auto verification = verify(sample.path());
  ASSERT_TRUE(verification);
  EXPECT_EQ(verification->faults.size(), faults_shown_max);
  EXPECT_EQ(verification->faults_total, 120U);
}

TEST(Verify, FindsDamagedPages) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  sample.append(9, 300);
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
    auto connection = Connection::open({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("CREATE TABLE other (x)"));
  }
  EXPECT_EQ(faults_of(path), "ERROR cannot use " + path + ": it is a database of another program");
  SampleStore(directory.store()).close();
  {
    auto connection = Connection::open({.path = database_path(directory.store()), .vfs = {}});
    ASSERT_TRUE(connection->execute("PRAGMA user_version = 99"));
  }
  EXPECT_NE(faults_of(database_path(directory.store())).find("newer release"), std::string::npos);
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
