#include "app/store_commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <type_traits>

#include "app/stores.h"
#include "base/metrics.h"
#include "base/test_directory.h"
#include "store/postgres/postgres_fixture.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"

namespace scorekeeper::app {
namespace {

class StoreCommandsTest : public ::testing::Test {
 protected:
  TestDirectory test_directory_;
  std::string folder_ = test_directory_.path();

  void SetUp() override {
    Metrics metrics;
    ASSERT_TRUE(store::sqlite::Store::open({.directory = store()}, metrics));
    ASSERT_TRUE(printed([&] { return org_create(store(), "acme", Format::text); }));
  }

  std::string store() const { return folder_ + "/store"; }
  std::string file() const { return folder_ + "/copy.db"; }

  // Runs a command and returns its result; its output goes into output_.
  template <class Command>
  std::invoke_result_t<Command> printed(Command command) {
    ::testing::internal::CaptureStdout();
    auto result = command();
    output_ = ::testing::internal::GetCapturedStdout();
    return result;
  }

  std::string output_;
};

TEST_F(StoreCommandsTest, ABackupIsVerifiedAndRestored) {
  ASSERT_TRUE(printed([&] { return store_backup(store(), file(), Format::text); }));
  const std::string bytes = std::to_string(std::filesystem::file_size(file()));
  EXPECT_EQ(output_, "backup of " + store() + " in " + file() + ": 1 rows, position 1, " + bytes +
                         " bytes\n");
  const auto sound = printed([&] { return file_verify(file(), Format::text); });
  ASSERT_TRUE(sound) << sound.error().detail;
  EXPECT_TRUE(*sound);
  EXPECT_EQ(output_, file() +
                         ": version 10, position 1, 1 orgs, 0 keys, 0 scorecards, 0 rules, "
                         "0 entities, 0 definitions, 0 relations, 0 kinds, 0 campaigns, "
                         "0 requests, 1 catalog_changes, 1 rows; nothing is wrong\n");
  const std::string other = folder_ + "/other";
  ASSERT_TRUE(printed([&] { return store_restore(file(), other, Format::json); }));
  EXPECT_EQ(output_, R"({"from":")" + file() + R"(","to":")" + other +
                         R"(","rows":1,"position":1,"bytes":)" + bytes + "}\n");
  ASSERT_TRUE(printed([&] { return org_list(other, Format::json); }));
  EXPECT_NE(output_.find(R"("name":"acme")"), std::string::npos);
  EXPECT_TRUE(*printed([&] { return store_verify(other, Format::text); }));
}

TEST_F(StoreCommandsTest, NothingIsOverwritten) {
  ASSERT_TRUE(printed([&] { return store_backup(store(), file(), Format::json); }));
  EXPECT_EQ(output_, R"({"from":")" + store() + R"(","to":")" + file() +
                         R"(","rows":1,"position":1,"bytes":)" +
                         std::to_string(std::filesystem::file_size(file())) + "}\n");
  EXPECT_EQ(store_backup(store(), file(), Format::text).error().code, Code::conflict);
  EXPECT_EQ(store_restore(file(), store(), Format::text).error().code, Code::conflict);
}

TEST_F(StoreCommandsTest, AStoreThatIsUpToDateSaysSo) {
  ASSERT_TRUE(printed([&] { return store_migrate_status(store(), Format::text); }));
  EXPECT_EQ(output_, store() + ": version 10, up to date\n");
  ASSERT_TRUE(printed([&] { return store_migrate_up(store(), Format::json); }));
  EXPECT_EQ(output_, R"({"store":")" + store() +
                         R"(","version_before":10,"version":10,"known_version":10})" + "\n");
  EXPECT_EQ(store_backup(store(), "", Format::text).error().code, Code::invalid);
  EXPECT_EQ(store_backup(store(), folder_ + "/", Format::text).error().code, Code::invalid);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_),
                          std::filesystem::directory_iterator()),
            1);
  EXPECT_FALSE(store_migrate_status(folder_ + "/none", Format::text));
  EXPECT_FALSE(store_migrate_up(folder_ + "/none", Format::text));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/none"));
}

// Each command refuses a store that was made before there was a log of each organisation.
void expect_refused(const std::string& store) {
  const auto refuses = [&](const auto& result) {
    ASSERT_FALSE(result);
    const std::string& detail = result.error().detail;
    EXPECT_NE(detail.find("of an earlier release"), std::string::npos) << detail;
    EXPECT_NE(detail.find("start a new store"), std::string::npos) << detail;
  };
  Config config;
  config.store = store;
  Metrics metrics;
  refuses(open_store(config, {}, metrics));
  refuses(open_keys(store));
  refuses(open_copy_source(store));
  refuses(org_create(store, "other", Format::text));
  refuses(store_migrate_status(store, Format::text));
  refuses(store_migrate_up(store, Format::text));
}

TEST_F(StoreCommandsTest, AStoreFromBeforeTheLogsIsRefused) {
  {
    auto connection =
        store::sqlite::SqliteConnection::open({.path = store() + "/scorekeeper.db", .vfs = {}});
    ASSERT_TRUE(connection && connection->execute("PRAGMA user_version = 7"));
  }
  expect_refused(store());
  const std::string why = "of an earlier release";
  EXPECT_NE(store_verify(store(), Format::text).error().detail.find(why), std::string::npos);
  EXPECT_NE(store_backup(store(), file(), Format::text).error().detail.find(why),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST(StoreCommands, ADatabaseFromBeforeTheLogsIsRefused) {
  const store::postgres::TestDatabase database;
  ASSERT_TRUE(
      database.connect().execute("CREATE TABLE schema_version (version bigint NOT NULL); INSERT "
                                 "INTO schema_version VALUES (3)"));
  expect_refused(database.address());
}

TEST(WriteVerification, TellsWhatIsWrongInPrintableLines) {
  const store::sqlite::Verification verification{.version = 2,
                                                 .counts = {{"orgs", 1}, {"rows", 7}},
                                                 .position = {8},
                                                 .faults = {"a\x1b[2J", "b\xff \xc3\xb6"},
                                                 .faults_total = 5};
  EXPECT_EQ(write_verification("x.db", verification, {}, Format::text),
            "wrong: a?[2J\nwrong: b? \xc3\xb6\n… and 3 more\n"
            "x.db: version 2, position 8, 1 orgs, 7 rows; faults: 5\n");
  EXPECT_EQ(write_verification("x.db", verification, {}, Format::json),
            R"({"path":"x.db","version":2,"position":8,"counts":{"orgs":1,"rows":7},)"
            R"("faults_total":5,"faults":["a?[2J","b? ö"]})"
            "\n");
}

}  // namespace
}  // namespace scorekeeper::app
