#include "store/postgres/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "store/postgres/audit.h"
#include "store/postgres/store.h"
#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

Key make_key(OrgId org, std::uint8_t secret) {
  Key key{.id = {},
          .org = org,
          .kind = KeyKind::application,
          .name = "key",
          .hash = {},
          .scopes = ScopeSet::unscoped(),
          .created_at = time_of_seconds(secret),
          .revoked_at = std::nullopt};
  key.hash.fill(std::byte{secret});
  return key;
}

class KeyTables : public testing::Test {
 public:
  std::unique_ptr<KeyStore> open() {
    auto keys = open_keys(store.database.address());
    EXPECT_TRUE(keys) << keys.error().detail;
    return *std::move(keys);
  }
  std::int64_t number(const char* sql) {
    const auto rows = store.connection.query(sql);
    EXPECT_TRUE(rows) << rows.error().detail;
    return rows && !rows->empty() ? rows->integer(0, 0) : -1;
  }

  TestStore store;
};

TEST_F(KeyTables, GiveIdsAndHeadsToOrgs) {
  const auto keys = open();
  const auto org = keys->create_org("acme", time_of_seconds(1));
  ASSERT_TRUE(org) << org.error().detail;
  EXPECT_EQ(org->id, OrgId{1});
  EXPECT_EQ(keys->create_org("other", time_of_seconds(2))->id, OrgId{2});
  EXPECT_EQ(keys->create_org("acme", time_of_seconds(3)).error().code, Code::conflict);
  EXPECT_EQ(number("SELECT count(*) FROM org"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM log_head WHERE position = 1"), 2);
}

TEST_F(KeyTables, NumberTheirEventsAmongThoseOfTheLog) {
  const auto keys = open();
  const OrgId org = keys->create_org("acme", time_of_seconds(1))->id;
  ASSERT_TRUE(append_outcome(store.turns, org, "x"));
  const auto key = keys->create_key(make_key(org, 1));
  ASSERT_TRUE(key) << key.error().detail;
  ASSERT_TRUE(keys->revoke_key(key->id, time_of_seconds(5)));
  ASSERT_TRUE(keys->revoke_key(key->id, time_of_seconds(6)));  // no change
  WorkBudget all;
  const auto events = *list_audit(store.connection, org, {}, all);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].action, AuditAction::revoked);
  EXPECT_EQ(events[0].number, AuditNumber{4});
  EXPECT_EQ(number("SELECT position FROM log_head"), 4);
  EXPECT_EQ(number("SELECT position FROM org"), 1);
  EXPECT_EQ(number("SELECT position FROM key"), 4);
  EXPECT_EQ(load_keys(store.connection)->keys.at(0).revoked_at, time_of_seconds(5));
}

TEST_F(KeyTables, MoveTheirVersionWhoeverWritesThem) {
  const auto keys = open();
  const auto before = *keys_version(store.connection);
  ASSERT_TRUE(keys->create_org("acme", time_of_seconds(1)));
  const auto created = *keys_version(store.connection);
  EXPECT_NE(created, before);
  ASSERT_TRUE(store.connection.execute("UPDATE org SET name = 'renamed'"));
  EXPECT_NE(*keys_version(store.connection), created);
  EXPECT_EQ(load_keys(store.connection)->orgs.at(0).name, "renamed");
}

TEST_F(KeyTables, AreWrittenByManyAtOnce) {
  constexpr int each = 10;
  const OrgId org = open()->create_org("acme", time_of_seconds(1))->id;
  std::vector<std::thread> writers;
  writers.reserve(3);
  std::vector<int> made(3);
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      const auto keys = open();
      for (int n = 0; n < each; ++n) {
        const auto secret = static_cast<std::uint8_t>(1 + writer * each + n);
        made[static_cast<std::size_t>(writer)] += keys->create_key(make_key(org, secret)) ? 1 : 0;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(made, std::vector(3, each));
  const auto keys = load_keys(store.connection)->keys;
  ASSERT_EQ(keys.size(), 30U);
  for (std::uint32_t n = 0; n < keys.size(); ++n) EXPECT_EQ(keys[n].id, KeyId{n + 1});
  WorkBudget all;
  EXPECT_EQ(list_audit(store.connection, org, {}, all)->size(), 31U);
}

TEST_F(KeyTables, AreUnavailableWhenTheConnectionIsLost) {
  const auto keys = open();
  ASSERT_TRUE(keys->create_org("acme", time_of_seconds(1)));
  ASSERT_TRUE(
      store.connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                               " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  const auto made = keys->create_org("other", time_of_seconds(2));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::unavailable);
  EXPECT_EQ(number("SELECT count(*) FROM org"), 1);
}

}  // namespace
}  // namespace scorekeeper::store::postgres
