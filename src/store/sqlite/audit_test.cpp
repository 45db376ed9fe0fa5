#include "store/sqlite/audit.h"

#include <gtest/gtest.h>

#include "store/sqlite/backup.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/sample_store.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

class AuditTable : public testing::Test {
 public:
  Result<void> execute(const std::string& sql) {
    Connection connection = TRY(open_connection({.path = sample.path(), .vfs = {}}));
    return connection.execute(sql.c_str());
  }
  static std::string text(const std::string& path, std::string_view sql) {
    auto connection = open_connection({.path = path, .vfs = {}});
    auto rows = connection->prepare(sql);
    EXPECT_TRUE(rows) << rows.error().detail;
    const auto found = rows->step();
    return found && *found ? std::string(rows->text(0)) : "(none)";
  }

  TestDirectory directory;
  SampleStore sample{directory.store()};
};

TEST_F(AuditTable, IsNeverChangedOnlyLengthened) {
  const auto before = *sample.store().list_audit({1}, {});
  ASSERT_EQ(before.size(), 4U);
  const std::string columns =
      "audit_event (id, org, number, at, actor_type, actor, request, action, resource_type,"
      " resource_id, before, after)";
  const std::string rest = ", 0, 'key', '1', '', 'created', 'rule', 'x', '{}', '{}')";
  for (const std::string& sql : {
           std::string("UPDATE audit_event SET actor = '9'"),
           std::string("DELETE FROM audit_event"),
           std::string("DELETE FROM audit_event WHERE number = 4"),
           "INSERT OR REPLACE INTO " + columns + " VALUES (2, 1, 5" + rest,
           "INSERT OR REPLACE INTO " + columns + " VALUES (9, 1, 2" + rest,
           "INSERT OR IGNORE INTO " + columns + " VALUES (9, 1, 6" + rest,
           "INSERT INTO " + columns + " VALUES (9, 1, 0" + rest,
       }) {
    const auto done = execute(sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_NE(done.error().detail.find("append-only"), std::string::npos) << done.error().detail;
  }
  EXPECT_EQ(*sample.store().list_audit({1}, {}), before);
  EXPECT_TRUE(execute("INSERT INTO " + columns + " VALUES (9, 1, 5" + rest));
  EXPECT_EQ(sample.store().list_audit({1}, {})->size(), 5U);
}

TEST_F(AuditTable, IsReadableInTheShell) {
  EXPECT_EQ(text(sample.path(),
                 "SELECT number || '|' || org || '|' || at || '|' || actor_type || '|' ||"
                 " coalesce(request, 'none') || '|' || action || '|' || resource_type || '|' ||"
                 " resource_id || '|' || before || '|' || after FROM audit WHERE number = 1"),
            "1|acme|2026-09-21T14:13:20.000000Z|command_line|none|created|org|1|{}|"
            R"({"name":"acme"})");
  EXPECT_EQ(text(sample.path(), "SELECT json_extract(after, '$.kind') FROM audit WHERE number = 3"),
            "application");
}

TEST_F(AuditTable, IsInEveryBackupUnderTheSameRules) {
  const std::string file = directory.path("copy.db");
  ASSERT_TRUE(back_up(directory.store(), file));
  EXPECT_EQ(text(file, "SELECT count(*) FROM audit"), "4");
  auto connection = open_connection({.path = file, .vfs = {}});
  EXPECT_FALSE(connection->execute("DELETE FROM audit_event"));
  const std::string other = directory.path("other");
  ASSERT_TRUE(restore(file, other));
  Metrics metrics;
  const auto restored = Store::open({.directory = other}, metrics);
  EXPECT_EQ(*(*restored)->list_audit({1}, {}), *sample.store().list_audit({1}, {}));
}

TEST_F(AuditTable, IsReadInPiecesDownToItsBeginning) {
  ASSERT_TRUE(execute(
      "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 45000)"
      " INSERT INTO audit_event SELECT n + 100, 2, n, n, 'key', iif(n % 44998 = 2, 'x', 'y'),"
      " '', 'created', 'kind', 'k', '{}', '{}' FROM n ORDER BY n"));
  const auto found = *sample.store().list_audit({2}, {.actor = "x"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].number, AuditNumber{45'000});
  EXPECT_EQ(found[1].number, AuditNumber{2});
  const auto page = *sample.store().list_audit({2}, {.offset = 24'998, .size = 4});
  ASSERT_EQ(page.size(), 4U);
  EXPECT_EQ(page.front().number, AuditNumber{20'002});
  EXPECT_EQ(page.back().number, AuditNumber{19'999});
  EXPECT_EQ(sample.store().list_audit({2}, {.actor = "y", .offset = 44'990})->size(), 8U);
}

TEST_F(AuditTable, ThatIsDamagedIsAnError) {
  ASSERT_TRUE(execute("DROP TRIGGER audit_event_updated"));
  ASSERT_TRUE(execute("UPDATE audit_event SET before = '{' WHERE number = 4"));
  EXPECT_FALSE(sample.store().list_audit({1}, {}));
  ASSERT_TRUE(execute("UPDATE audit_event SET before = '{}', action = 'seen' WHERE number = 4"));
  EXPECT_FALSE(sample.store().list_audit({1}, {}));
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
