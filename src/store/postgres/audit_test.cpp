#include "store/postgres/audit.h"

#include <gtest/gtest.h>

#include <string>

#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{1};

class AuditTable : public testing::Test {
 public:
  void SetUp() override {
    AuditEvent event;
    event.org = org;
    event.actor = {.type = AuditActorType::subject, .id = "ann"};
    event.resource_id = "r";
    event.before = {{"z", ""}, {"name", "a"}, {"z", "again"}};
    event.after = {{"q\"\\", "it's \"quoted\" \\ \n\t\x01 \xc3\xa9 \xf0\x9f\x98\x80 </"}};
    ASSERT_TRUE(store.write({.org = org, .events = {event, event}}));
    written = event;
  }
  std::string text(const char* sql) {
    const auto rows = store.connection.query(sql);
    EXPECT_TRUE(rows) << rows.error().detail;
    return rows && !rows->empty() ? std::string(rows->text(0, 0)) : "(none)";
  }

  TestStore store;
  AuditEvent written;
};

TEST_F(AuditTable, KeepsFieldsInTheirOrder) {
  const auto events = list_audit(store.connection, org, {});
  ASSERT_TRUE(events) << events.error().detail;
  ASSERT_EQ(events->size(), 2U);
  written.number = {2};
  EXPECT_EQ(events->at(0), written);
  written.number = {1};
  EXPECT_EQ(events->at(1), written);
}

TEST_F(AuditTable, IsReadableInTheShell) {
  EXPECT_EQ(text("SELECT before FROM audit WHERE number = 1"),
            R"({"z":"","name":"a","z":"again"})");
  EXPECT_EQ(text("SELECT after FROM audit WHERE number = 1"),
            R"({"q\"\\":"it's \"quoted\" \\ \n\t\u0001 )"
            "\xc3\xa9 \xf0\x9f\x98\x80 </\"}");
  EXPECT_EQ(text("SELECT before::json->>'name' FROM audit WHERE number = 2"), "a");
  EXPECT_EQ(text("SELECT last_event FROM ledger_head WHERE org = 1"), "2");
}

TEST_F(AuditTable, IsNeverChangedOnlyLengthened) {
  for (const char* const sql :
       {"UPDATE audit_event SET actor = '9'", "DELETE FROM audit_event WHERE number = 2",
        "TRUNCATE audit_event"}) {
    const auto done = store.connection.execute(sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_NE(done.error().detail.find("append-only"), std::string::npos) << done.error().detail;
  }
  EXPECT_EQ(list_audit(store.connection, org, {})->size(), 2U);
}

TEST_F(AuditTable, ThatIsDamagedIsAnError) {
  ASSERT_TRUE(store.connection.execute("DROP TRIGGER audit_event_changed ON audit_event"));
  ASSERT_TRUE(store.connection.execute("UPDATE audit_event SET before = '{' WHERE number = 2"));
  EXPECT_FALSE(list_audit(store.connection, org, {}));
  ASSERT_TRUE(store.connection.execute("UPDATE audit_event SET before = '{}', action = 'seen'"));
  EXPECT_FALSE(list_audit(store.connection, org, {}));
}

TEST_F(AuditTable, IsAskedForAResourceByItsIndex) {
  const auto events = list_audit(store.connection, org,
                                 {.resource = written.resource, .resource_id = "r", .size = 1});
  ASSERT_EQ(events->size(), 1U);
  EXPECT_TRUE(list_audit(store.connection, org, {.resource_id = std::string("r\0", 2)})->empty());
  EXPECT_TRUE(
      list_audit(store.connection, org, {.below = {UINT64_MAX}, .offset = UINT64_MAX})->empty());
}

}  // namespace
}  // namespace scorekeeper::store::postgres
