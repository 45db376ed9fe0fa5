#include "store/sqlite/audit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/test_directory.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/backup.h"

namespace scorekeeper::store::sqlite {
namespace {

class AuditLog : public testing::Test {
 public:
  Result<void> execute(const std::string& sql) {
    SqliteConnection connection = TRY(open_connection({.path = sample.path(), .vfs = {}}));
    return connection.execute(sql.c_str());
  }

  TestDirectory directory;
  SampleStore sample{directory.store()};
};

TEST_F(AuditLog, IsNeverChangedOnlyLengthened) {
  const auto before = *sample.store().list_audit({1}, {});
  ASSERT_EQ(before.size(), 10U);
  for (const std::string sql :
       {"UPDATE log SET actor = '9'", "DELETE FROM log", "DELETE FROM log WHERE position = 4"}) {
    const auto done = execute(sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_NE(done.error().detail.find("append-only"), std::string::npos) << done.error().detail;
  }
  EXPECT_EQ(*sample.store().list_audit({1}, {}), before);
}

TEST_F(AuditLog, IsReadableInTheShell) {
  EXPECT_EQ(query_rows(sample.path(),
                       "SELECT number, org, at, actor_type, coalesce(request, 'none'), action,"
                       " resource_type, resource_id, before, after FROM audit WHERE number = 1"),
            std::vector<std::string>{
                "1|acme|2026-09-21T14:13:20.000000Z|command_line|none|created|org|1||"
                R"({"name":"acme","created_at":"2026-09-21T14:13:20.000000Z"})"});
  EXPECT_EQ(query_rows(sample.path(),
                       "SELECT after ->> 'kind', key FROM audit WHERE resource_type = 'key'"),
            (std::vector<std::string>{"api|", "application|"}));
  EXPECT_EQ(
      query_rows(sample.path(),
                 "SELECT number, key, request, action, resource_type, resource_id FROM audit"
                 " WHERE number > 6 ORDER BY number"),
      (std::vector<std::string>{
          "7|ci|change|created|entity|service:default/a", "8|ci|change|created|kind|service",
          "9|ci|change|created|campaign|campaign", "14|ci|delete|deleted|entity|queue:default/b"}));
}

TEST_F(AuditLog, IsInEveryBackupUnderTheSameRules) {
  const std::string file = directory.path("copy.db");
  ASSERT_TRUE(back_up(directory.store(), file));
  EXPECT_EQ(query_rows(file, "SELECT count(*) FROM audit"), std::vector<std::string>{"10"});
  auto connection = open_connection({.path = file, .vfs = {}});
  EXPECT_FALSE(connection->execute("DELETE FROM log"));
  const std::string other = directory.path("other");
  ASSERT_TRUE(restore(file, other));
  Metrics metrics;
  const auto restored = Store::open({.directory = other}, metrics);
  EXPECT_EQ(*(*restored)->list_audit({1}, {}), *sample.store().list_audit({1}, {}));
}

TEST_F(AuditLog, IsReadInPiecesDownToItsBeginning) {
  const Kind before{.name = "service",
                    .display_name = "Service",
                    .description = "",
                    .created_at = SampleStore::at(0),
                    .modified_at = SampleStore::at(0)};
  LogGroup group{.org = {2}, .request_id = "many"};
  for (int n = 0; n < 2'500; ++n) {
    Kind after = before;
    after.description = std::to_string(n);
    group.changes.push_back(Changed<Kind>{.before = before, .after = after});
  }
  ASSERT_TRUE(append_group(sample.store(), group));
  const auto page = *sample.store().list_audit({2}, {.page = {.offset = 1'498, .size = 4}});
  ASSERT_EQ(page.size(), 4U);
  EXPECT_EQ(page.front().number, AuditNumber{1'002});
  EXPECT_EQ(page.back().number, AuditNumber{999});
  EXPECT_EQ(sample.store().list_audit({2}, {.request_id = "other"})->size(), 0U);
  EXPECT_EQ(sample.store().list_audit({2}, {.page = {.offset = 2'495}})->size(), 5U);
}

// Changes that no index finds are looked for in pieces of 1,000, while the budget lasts.
TEST_F(AuditLog, IsReadWithinTheBudget) {
  LogGroup group{.org = {2}, .request_id = "many"};
  for (int n = 0; n < 2'500; ++n) {
    Kind kind;
    kind.name = std::to_string(n);
    group.changes.push_back(Changed<Kind>{.before = std::nullopt, .after = kind});
  }
  ASSERT_TRUE(append_group(sample.store(), group));
  const auto budget_of = [](std::uint64_t changes) {
    return WorkBudget({.steps = changes * audit_change_steps, .cancelled = {}});
  };
  auto budget = budget_of(1'999);
  const auto refused = sample.store().list_audit({2}, {.request_id = "other"}, budget);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  budget = budget_of(2'500);
  EXPECT_TRUE(sample.store().list_audit({2}, {.request_id = "other"}, budget)->empty());
  budget = budget_of(1);
  EXPECT_EQ(sample.store().list_audit({2}, {.page = {.size = 9}}, budget)->size(), 9U);
  WorkBudget gone({.cancelled = std::make_shared<std::atomic<bool>>(true)});
  const auto ended = sample.store().list_audit({2}, {.request_id = "other"}, gone);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::unavailable);
}

TEST_F(AuditLog, ThatIsDamagedIsAnError) {
  ASSERT_TRUE(execute("DROP TRIGGER log_updated; UPDATE log SET body = '{' WHERE position = 3"));
  EXPECT_FALSE(sample.store().list_audit({1}, {}));
  ASSERT_TRUE(execute("UPDATE log SET actor_type = 'me' WHERE position = 3"));
  EXPECT_FALSE(sample.store().list_audit({1}, {}));
  ASSERT_TRUE(execute("DROP TRIGGER log_deleted; DELETE FROM log WHERE position = 3"));
  EXPECT_FALSE(sample.store().list_audit({1}, {}));
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
