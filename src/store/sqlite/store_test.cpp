#include "store/sqlite/store.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/random.h"
#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {
namespace {

Result<std::unique_ptr<Store>> open_store(const std::string& directory) {
  static Metrics metrics;
  return Store::open({.directory = directory}, metrics);
}

// The detail of the Error; empty when there is none.
std::string error_of_open(const std::string& directory) {
  const auto store = open_store(directory);
  if (store) return "";
  EXPECT_EQ(store.error().code, Code::unavailable);
  EXPECT_NE(store.error().detail.find(directory), std::string::npos) << store.error().detail;
  return store.error().detail;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Outcomes of entities `first` to `last`, as one group of org 1.
Result<void> append(Log& log, std::uint32_t first, std::uint32_t last,
                    std::string_view remarks = "remarks") {
  LogGroup group{.org = {1}};
  for (std::uint32_t entity = first; entity <= last; ++entity) {
    group.outcomes.push_back(first_outcome(1, entity, remarks));
  }
  return append_group(log, group);
}

std::uint64_t count_changes(Log& log) {
  std::uint64_t changes = 0;
  const auto records = read_all(log, {1});
  for (const LogRecord& record : *records) changes += record.count;
  return changes;
}

Key key_of(OrgId org) {
  Key key{.id = {},
          .org = org,
          .kind = KeyKind::api,
          .name = "ci",
          .hash = {},
          .scopes = {},
          .created_at = time_of_microseconds(1),
          .revoked_at = std::nullopt};
  fill_random(key.hash);
  return key;
}

TEST(SqliteLibrary, IsOneWithoutTheWalResetBug) {
  EXPECT_GE(sqlite3_libversion_number(), 3'051'003);
  EXPECT_EQ(sqlite3_threadsafe(), 2);
}

TEST(SqliteStore, KeepsItsFilesToItsOwner) {
  const TestDirectory directory;
  const auto store = open_store(directory.store());
  ASSERT_TRUE(store);
  ASSERT_TRUE(append(**store, 1, 1));
  struct stat status{};
  ASSERT_EQ(stat(directory.store().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  for (const char* const name : {file_name, lock_file_name, "scorekeeper.db-wal"}) {
    ASSERT_EQ(stat((directory.store() + "/" + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << name;
  }
}

TEST(SqliteStore, RefusesASecondServerAndNamesTheFirst) {
  const TestDirectory directory;
  auto first = open_store(directory.store());
  ASSERT_TRUE(first);
  EXPECT_TRUE(contains(error_of_open(directory.store()),
                       "is in use by process " + std::to_string(getpid())));
  first->reset();
  EXPECT_EQ(error_of_open(directory.store()), "");
}

TEST(SqliteStore, RefusesASecondServerWhenTheLockFileIsGone) {
  const TestDirectory directory;
  auto first = open_store(directory.store());
  ASSERT_TRUE(first);
  const std::string lock_file = directory.store() + "/" + lock_file_name;
  ASSERT_TRUE(std::filesystem::remove(lock_file));
  EXPECT_TRUE(contains(error_of_open(directory.store()), "is in use by another process"));
  EXPECT_FALSE(std::filesystem::exists(lock_file));
  first->reset();
  EXPECT_EQ(error_of_open(directory.store()), "");
}

TEST(SqliteStore, SaysWhatIsWrongWithItsDirectory) {
  const TestDirectory directory;
  write_file(directory.path("file"), "text");
  EXPECT_TRUE(contains(error_of_open(directory.path("file")), "not a directory"));
  EXPECT_TRUE(contains(error_of_open(directory.path("file") + "/below"), "cannot create"));
  ASSERT_TRUE(open_store(directory.store()));
  write_file(directory.store() + "/" + file_name, std::string(5'000, 'x'));
  EXPECT_TRUE(contains(error_of_open(directory.store()), "not a database"));
}

TEST(SqliteStore, RefusesAnAddressAndDoesNotTellIt) {
  const TestDirectory directory;
  const auto store = open_store(directory.path("postgres://user:secret@host/name"));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::invalid);
  EXPECT_TRUE(contains(store.error().detail, "must be a directory, not an address"));
  EXPECT_FALSE(contains(store.error().detail, "secret"));
  EXPECT_FALSE(std::filesystem::exists(directory.path("postgres:")));
}

TEST(SqliteStore, SaysThatItsDirectoryIsReadOnly) {
  const TestDirectory directory;
  ASSERT_TRUE(open_store(directory.store()));
  ASSERT_EQ(chmod(directory.path("").c_str(), 0755), 0);
  ASSERT_EQ(chmod(directory.store().c_str(), 0555), 0);
  std::string file_detail;
  std::string new_detail;
  // Root may write anywhere: a thread with another file system identity may not.
  std::thread([&] {
    if (geteuid() == 0) setfsuid(65'534);
    file_detail = error_of_open(directory.store());
    new_detail = error_of_open(directory.path("new"));
  }).join();
  EXPECT_TRUE(contains(file_detail, "Permission denied")) << file_detail;
  if (geteuid() == 0) {
    EXPECT_TRUE(contains(new_detail, "Permission denied")) << new_detail;
  }
  ASSERT_EQ(chmod(directory.store().c_str(), 0755), 0);
}

TEST(SqliteStore, RefusesADatabaseOfAnotherProgramAndANewerOne) {
  const TestDirectory directory;
  ASSERT_TRUE(open_store(directory.store()));
  const std::string path = directory.store() + "/" + file_name;
  {
    auto connection = SqliteConnection::open({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("PRAGMA user_version = 99"));
  }
  EXPECT_TRUE(contains(error_of_open(directory.store()), "newer release"));
  EXPECT_FALSE(open_keys(directory.store()));
  {
    auto connection = SqliteConnection::open({.path = path, .vfs = {}});
    ASSERT_TRUE(connection->execute("PRAGMA application_id = 1; PRAGMA user_version = 1"));
  }
  EXPECT_TRUE(contains(error_of_open(directory.store()), "another program"));
}

// The disk holds the records even when the process dies right after append() has answered.
TEST(SqliteStore, WhatWasAppendedIsInTheFilesAtOnce) {
  const TestDirectory directory;
  auto store = open_store(directory.store());
  ASSERT_TRUE(store);
  ASSERT_TRUE(append(**store, 1, 3'000));
  const std::string copy = directory.path("copy");
  ASSERT_EQ(mkdir(copy.c_str(), 0700), 0);
  // The log first: a checkpoint in between only copies it once more.
  for (const char* const name : {"/scorekeeper.db-wal", "/scorekeeper.db"}) {
    write_file(copy + name, read_file(directory.store() + name));
  }
  auto recovered = open_store(copy);
  ASSERT_TRUE(recovered) << recovered.error().detail;
  EXPECT_EQ(count_changes(**recovered), 3'000U);
  EXPECT_EQ((*recovered)->heads()->heads.at(0).last, RowId{3'000});
}

// A commit that hangs takes no server out of service: nobody else writes what it answers.
TEST(SqliteStore, LooksAtItsHeadsCountForEver) {
  const TestDirectory directory;
  Metrics metrics;
  const auto store = Store::open({.directory = directory.store()}, metrics);
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->heads_age_max(), std::chrono::milliseconds::max());
}

TEST(SqliteStore, SeesKeysThatTheCommandLineWritesBesideIt) {
  const TestDirectory directory;
  auto store = open_store(directory.store());
  ASSERT_TRUE(store);
  const auto before = *(*store)->keys_version();
  std::thread command_line([&] {
    auto keys = open_keys(directory.store());
    ASSERT_TRUE(keys) << keys.error().detail;
    const auto org = (*keys)->create_org("default", time_of_microseconds(1));
    ASSERT_TRUE(org);
    EXPECT_TRUE((*keys)->create_key(key_of(org->id)));
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while ((*store)->load_keys()->keys.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  command_line.join();
  EXPECT_EQ((*store)->load_keys()->keys.size(), 1U);
  EXPECT_NE(*(*store)->keys_version(), before);
}

TEST(SqliteStore, TheCommandLineMakesNoStore) {
  const TestDirectory directory;
  const auto error_of_keys = [](const std::string& place) {
    const auto keys = open_keys(place);
    return keys ? Error{} : keys.error();
  };
  EXPECT_EQ(error_of_keys(directory.store()).code, Code::not_found);
  EXPECT_FALSE(std::filesystem::exists(directory.store()));
  std::filesystem::create_directory(directory.store());
  EXPECT_TRUE(contains(error_of_keys(directory.store()).detail,
                       "there is no store in " + directory.store() + "; `scorekeeper serve`"));
  EXPECT_TRUE(std::filesystem::is_empty(directory.store()));
  write_file(directory.store() + "/" + file_name, "");
  EXPECT_EQ(error_of_keys(directory.store()).code, Code::not_found);
  EXPECT_EQ(std::filesystem::file_size(directory.store() + "/" + file_name), 0U);
  write_file(directory.path("file"), "text");
  EXPECT_EQ(error_of_keys(directory.path("file")).code, Code::not_found);
}

TEST(SqliteStore, TheCommandLineMayWriteKeysWhileItIsMade) {
  for (int round = 0; round < 10; ++round) {
    const TestDirectory directory;
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int n = 0; n < 3; ++n) {
      threads.emplace_back([&, n] {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        auto keys = open_keys(directory.store());
        while (!keys && std::chrono::steady_clock::now() < deadline) {
          keys = open_keys(directory.store());
        }
        if (!keys || !(*keys)->create_org(std::to_string(n), {})) ++failed;
      });
    }
    threads.emplace_back([&] {
      if (!open_store(directory.store())) ++failed;
    });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(failed, 0);
    EXPECT_EQ((*open_keys(directory.store()))->load_keys()->orgs.size(), 3U);
  }
}

TEST(SqliteStore, AppendsNothingWhileTheLogIsOverItsLimit) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store(),
                            .checkpoint_interval = std::chrono::hours(1),
                            .wal_bytes_max = 10'000},
                           metrics);
  ASSERT_TRUE(store);
  const std::string remarks(4'096, 'r');
  ASSERT_TRUE(append(**store, 1, 2, remarks));
  const auto refused = append(**store, 3, 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(contains(refused.error().detail, "wal_bytes_max"));
  EXPECT_GT(
      metrics
          .gauge("scorekeeper_wal_bytes", "Bytes of the store's write-ahead log that are in use.")
          .value(),
      10'000.0);
  store->reset();
  EXPECT_EQ(count_changes(**open_store(directory.store())), 2U);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
