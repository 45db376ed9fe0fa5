#include "store/sqlite/tools/backup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/test_directory.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store::sqlite {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

void expect_sound(const std::string& path, RowId position) {
  const auto verification = verify(path);
  ASSERT_TRUE(verification) << verification.error().detail;
  EXPECT_EQ(verification->faults, std::vector<std::string>());
  EXPECT_EQ(verification->position, position);
}

std::int64_t number(const std::string& path, std::string_view sql) {
  auto connection = SqliteConnection::open({.path = path, .vfs = {}});
  const auto answer = connection->query_integer(sql);
  EXPECT_TRUE(answer) << answer.error().detail;
  return answer ? *answer : -1;
}

void change(const std::string& path, const char* sql) {
  auto connection = SqliteConnection::open({.path = path, .vfs = {}});
  ASSERT_TRUE(connection->execute(sql));
}

TEST(Backup, IsAPrivateFileWithAllThatTheStoreHas) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  const std::string file = directory.path("copy.db");
  const auto report = back_up(directory.store(), file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->rows, 15U);
  EXPECT_EQ(report->position, RowId{SampleStore::position});
  EXPECT_EQ(report->bytes, std::filesystem::file_size(file));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(names_in(directory.path("")), (std::set<std::string>{"copy.db", "store"}));
  expect_sound(file, {SampleStore::position});
  sample.close();
  for (const char* const sql :
       {"SELECT count(*) FROM sqlite_schema", "SELECT count(*) FROM outcome",
        "SELECT count(*) FROM outcome_history", "SELECT count(*) FROM key",
        "SELECT count(*) FROM request", "SELECT sum(length(times)) FROM last_reported",
        "SELECT count(*) FROM campaign_rule", "SELECT count(*) FROM relation",
        "SELECT sum(value) FROM meta WHERE key IN ('keys_version', 'requests_reserved')",
        "SELECT sum(position + floor) FROM log_head", "SELECT count(*) FROM log_catalog",
        "SELECT count(*) FROM audit", "SELECT sum(length(body)) FROM log",
        "SELECT sum(length(raw) + length(schema)) FROM entity_definition"}) {
    EXPECT_EQ(number(file, sql), number(sample.path(), sql)) << sql;
  }
}

TEST(Backup, LeavesOutWhatSqliteKeepsForItself) {
  const TestDirectory directory;
  SampleStore(directory.store()).close();
  change(database_path(directory.store()), "ANALYZE");
  const auto report = back_up(directory.store(), directory.path("copy.db"));
  ASSERT_TRUE(report) << report.error().detail;
  expect_sound(directory.path("copy.db"), {SampleStore::position});
}

TEST(Backup, HasEveryRowThatWasThereWhenItBegan) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  std::atomic<std::uint64_t> appended = 9;
  std::atomic<bool> stop = false;
  std::thread server([&] {
    while (!stop) {
      sample.report(appended, appended + 1);
      ++appended;
      if (appended % 50 == 0) {
        ASSERT_TRUE(sample.store().forget_requests(time_of_microseconds(INT64_MAX), 20));
      }
    }
  });
  for (int n = 0; n < 5; ++n) {
    const std::string file = directory.path("copy" + std::to_string(n));
    const std::uint64_t before = appended;
    const auto report = back_up(directory.store(), file);
    EXPECT_TRUE(report) << report.error().detail;
    if (!report) break;
    EXPECT_GE(report->position, RowId{SampleStore::position - 9 + before});
    expect_sound(file, report->position);
  }
  stop = true;
  server.join();
}

TEST(Backup, OverwritesNothing) {
  const TestDirectory directory;
  SampleStore sample(directory.store());
  const std::string file = directory.path("copy.db");
  write_file(file, "mine");
  EXPECT_EQ(back_up(directory.store(), file).error().code, Code::conflict);
  EXPECT_EQ(read_file(file), "mine");
  const std::string link = directory.path("link");
  ASSERT_EQ(::symlink("nowhere", link.c_str()), 0);
  EXPECT_EQ(back_up(directory.store(), link).error().code, Code::conflict);
  EXPECT_EQ(names_in(directory.path("")), (std::set<std::string>{"copy.db", "link", "store"}));
}

TEST(Backup, SaysWhatItCannotReadOrWrite) {
  const TestDirectory directory;
  const std::string store = directory.store();
  EXPECT_EQ(back_up(store, directory.path("copy")).error().detail,
            "cannot read " + database_path(store) + ": No such file or directory");
  SampleStore(store).close();
  EXPECT_EQ(
      back_up(store, directory.path("none/copy")).error().detail,
      "cannot create a file beside " + directory.path("none/copy") + ": No such file or directory");
  change(database_path(store), "PRAGMA user_version = 99");
  EXPECT_NE(back_up(store, directory.path("copy")).error().detail.find("newer release"),
            std::string::npos);
  EXPECT_EQ(names_in(directory.path("")), std::set<std::string>{"store"});
}

TEST(Restore, MakesABackupTheStoreOfANewDirectory) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  SampleStore(directory.store()).close();
  ASSERT_TRUE(back_up(directory.store(), file));
  const std::string other = directory.path("deep/other");
  const auto report = restore(file, other);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->rows, 15U);
  EXPECT_EQ(report->position, RowId{SampleStore::position});
  EXPECT_EQ(report->bytes, std::filesystem::file_size(database_path(other)));
  EXPECT_EQ(mode_of(other), 0700U);
  EXPECT_EQ(mode_of(database_path(other)), 0600U);
  expect_sound(database_path(other), {SampleStore::position});
  Metrics metrics;
  const auto store = Store::open({.directory = other}, metrics);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->load_keys()->keys.size(), 2U);
}

TEST(Restore, MakesADirectoryThatIsThereAndHasNoStorePrivate) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  SampleStore(directory.store()).close();
  ASSERT_TRUE(back_up(directory.store(), file));
  const std::string other = directory.path("other");
  ASSERT_TRUE(make_directory(other));  // and an empty file
  ASSERT_EQ(::chmod(other.c_str(), 0755), 0);
  write_file(other + "/snapshot", "of the store that was there before");
  ASSERT_TRUE(restore(file, other));
  EXPECT_EQ(mode_of(other), 0700U);
  EXPECT_FALSE(std::filesystem::exists(other + "/snapshot"));
  expect_sound(database_path(other), {SampleStore::position});
}

TEST(Restore, LeavesAStoreAlone) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  SampleStore sample(directory.store());
  ASSERT_TRUE(back_up(directory.store(), file));
  sample.report(9, 12);
  const auto refused = restore(file, directory.store());
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_NE(refused.error().detail.find("it has a store already"), std::string::npos);
  expect_sound(sample.path(), {SampleStore::position + 3});
}

TEST(Restore, WaitsForNoOneWhoHoldsTheDirectory) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  SampleStore(directory.store()).close();
  ASSERT_TRUE(back_up(directory.store(), file));
  const std::string other = directory.path("other");
  ASSERT_TRUE(make_private_directory(other));
  const auto lock = LockFile::take(other);
  ASSERT_TRUE(lock);
  EXPECT_NE(restore(file, other).error().detail.find("is in use by process"), std::string::npos);
  EXPECT_EQ(names_in(other), std::set<std::string>{lock_file_name});
}

TEST(Restore, RefusesADamagedBackup) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  const std::string other = directory.path("other");
  SampleStore(directory.store()).close();
  ASSERT_TRUE(back_up(directory.store(), file));
  change(file,
         "DROP TRIGGER log_updated;"
         "UPDATE log SET body = replace(body, 'remarks 1', 'remarks x')");
  EXPECT_EQ(restore(file, other).error().detail,
            "cannot restore " + file +
                ": log of org 1 at 10: its chain does not follow from the record before it;"
                " `scorekeeper verify` shows all");
  write_file(file, "no database");
  EXPECT_FALSE(restore(file, other));
  EXPECT_FALSE(std::filesystem::exists(other));
}

TEST(Backup, OfAnOldVersionIsRefused) {
  const TestDirectory directory;
  const std::string file = directory.path("copy.db");
  SampleStore(directory.store()).close();
  ASSERT_TRUE(back_up(directory.store(), file));
  change(file, "PRAGMA user_version = 7");
  EXPECT_NE(restore(file, directory.path("other")).error().detail.find("report again"),
            std::string::npos);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
