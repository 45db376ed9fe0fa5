#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/fault_vfs.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

// A store on a disk that fails when told; the test's own handler stands for the end of the process.
class FaultyDisk : public testing::Test {
 protected:
  void SetUp() override { open(std::chrono::hours(1)); }

  void open(std::chrono::milliseconds checkpoint_interval) {
    store.reset();
    auto opened = Store::open({.directory = directory.store(),
                               .checkpoint_interval = checkpoint_interval,
                               .on_failure = [this](const StoreFailure&) { ++ended; },
                               .vfs = vfs.name()},
                              metrics);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = *std::move(opened);
  }

  // Some 100 pages, and 100 changes.
  Result<void> append() {
    std::vector<std::string> remarks;
    remarks.reserve(100);
    for (int n = 0; n < 100; ++n) remarks.push_back(std::to_string(n) + std::string(4'000, 'r'));
    LogGroup group{.org = {1}};
    for (std::uint32_t n = 1; n <= 100; ++n) {
      group.outcomes.push_back(first_outcome(1, n, remarks[n - 1]));
    }
    return append_group(*store, group);
  }
  std::uint64_t count() {
    std::uint64_t changes = 0;
    const auto records = read_all(*store, {1});
    for (const LogRecord& record : *records) changes += record.count;
    return changes;
  }
  std::string log_path() const { return database_path(directory.store()) + "-wal"; }
  void make_log_old() {
    store.reset();
    std::filesystem::last_write_time(log_path(), long_ago);
  }
  bool log_was_written() const { return std::filesystem::last_write_time(log_path()) != long_ago; }
  bool wait_for_end() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (ended == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return ended > 0;
  }

  static constexpr auto long_ago = std::filesystem::file_time_type(std::chrono::hours(1));
  FaultVfs vfs{"fault"};
  TestDirectory directory;
  Metrics metrics;
  std::atomic<int> ended{0};
  std::unique_ptr<Store> store;
};

TEST_F(FaultyDisk, AFullDiskStoresNothingAndHeals) {
  ASSERT_TRUE(append());
  for (const std::int64_t write : {1, 2, 3, 50, 100, 200}) {
    vfs.fail_writes(write, SQLITE_FULL);
    const auto done = append();
    ASSERT_FALSE(done) << write;
    EXPECT_EQ(done.error().code, Code::unavailable);
    EXPECT_NE(done.error().detail.find("full"), std::string::npos) << done.error().detail;
    EXPECT_EQ(count(), 100U) << write;
    EXPECT_EQ(store->heads()->heads.at(0).last, RowId{100});
  }
  vfs.repair();
  ASSERT_TRUE(append());
  EXPECT_EQ(count(), 200U);
  EXPECT_EQ(ended, 0);
  open(std::chrono::hours(1));
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, AFailedWriteStoresNothing) {
  vfs.fail_writes(5, SQLITE_IOERR_WRITE);
  EXPECT_EQ(append().error().code, Code::unavailable);
  vfs.repair();
  EXPECT_EQ(count(), 0U);
  EXPECT_TRUE(append());
  EXPECT_EQ(ended, 0);
}

TEST_F(FaultyDisk, AFailedFsyncOfACommitEndsTheProcess) {
  ASSERT_TRUE(append());
  vfs.fail_syncs(1, SQLITE_IOERR_FSYNC);
  EXPECT_EQ(append().error().code, Code::unavailable);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(count(), 100U);
  vfs.repair();
  EXPECT_EQ(append().error().code, Code::unavailable);  // for ever
  EXPECT_EQ(ended, 1);
  open(std::chrono::hours(1));
  EXPECT_GE(count(), 100U);
}

TEST_F(FaultyDisk, AFailedFsyncOfACheckpointEndsTheProcess) {
  ASSERT_TRUE(append());
  open(std::chrono::milliseconds(1));
  vfs.fail_database_syncs(SQLITE_IOERR_FSYNC);
  ASSERT_TRUE(append());
  EXPECT_TRUE(wait_for_end());
  vfs.repair();
  EXPECT_EQ(append().error().code, Code::unavailable);
  open(std::chrono::hours(1));
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, AFullDiskDuringCheckpointsHealsToo) {
  open(std::chrono::milliseconds(1));
  ASSERT_TRUE(append());
  vfs.fail_writes(1, SQLITE_FULL);
  EXPECT_FALSE(append());
  vfs.repair();
  EXPECT_TRUE(append());
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, WritesOfTheCatalogFailTheSameWay) {
  const Scorecard scorecard{.number = {1},
                            .id = "id",
                            .name = "name",
                            .description = "",
                            .created_at = {},
                            .modified_at = {}};
  const LogGroup group{.org = {1},
                       .changes = {Changed<Scorecard>{.before = {}, .after = scorecard}}};
  vfs.fail_writes(1, SQLITE_FULL);
  EXPECT_EQ(append_group(*store, group).error().code, Code::unavailable);
  vfs.repair();
  EXPECT_TRUE(store->list_audit({1}, {})->empty());
  EXPECT_TRUE(append_group(*store, group));
}

// As after kill -9: the log is not in the database file yet, which cannot grow.
TEST_F(FaultyDisk, AStartOnAFullDiskServesReadsAndHeals) {
  ASSERT_TRUE(append());
  vfs.fail_writes(1, SQLITE_FULL);
  make_log_old();
  open(std::chrono::milliseconds(1));
  EXPECT_TRUE(log_was_written());
  EXPECT_EQ(count(), 100U);
  EXPECT_EQ(append().error().code, Code::unavailable);
  EXPECT_EQ(count(), 100U);
  vfs.repair();
  EXPECT_TRUE(append());
  EXPECT_EQ(count(), 200U);
  EXPECT_EQ(ended, 0);
}

// A reader of another process keeps a start from copying the log into the file.
TEST_F(FaultyDisk, AStartBesideAReaderWritesTheLogAgain) {
  SqliteConnection reader =
      *SqliteConnection::open({.path = database_path(directory.store()), .vfs = {}});
  ASSERT_TRUE(reader.execute("BEGIN; SELECT count(*) FROM log"));
  ASSERT_TRUE(append());
  make_log_old();
  open(std::chrono::hours(1));
  EXPECT_TRUE(log_was_written());
  EXPECT_EQ(count(), 100U);
  ASSERT_TRUE(reader.execute("COMMIT"));
}

// A file system may need room even for what is written again in its place. A flush alone would not
// write what a failed one has left, so there is no start, and nothing is lost.
TEST_F(FaultyDisk, AStartThatCannotWriteTheLogAgainIsRefused) {
  ASSERT_TRUE(append());
  vfs.fail_writes(1, SQLITE_FULL);
  store.reset();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small{.rlim_cur = 128 << 10, .rlim_max = limit.rlim_max};  // the log is longer
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto opened = Store::open({.directory = directory.store(),
                                   .on_failure = [this](const StoreFailure&) { ++ended; },
                                   .vfs = vfs.name()},
                                  metrics);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::unavailable);
  EXPECT_EQ(opened.error().detail,
            "cannot write " + log_path() +
                ": File too large: the write-ahead log must be written again before it can be "
                "relied on; make room on its disk and start again, nothing is lost");
  vfs.repair();
  open(std::chrono::hours(1));
  EXPECT_EQ(count(), 100U);
  EXPECT_EQ(ended, 0);
}

TEST_F(FaultyDisk, AFileThatIsGoneEndsTheProcess) {
  for (const char* const name : {"", "-wal", "-shm"}) {
    const std::string file = directory.store() + "/" + file_name + name;
    ended = 0;
    open(std::chrono::hours(1));
    ASSERT_TRUE(append()) << name;
    store->look_at_files();
    ASSERT_EQ(ended, 0);
    std::filesystem::rename(file, directory.path("moved"));
    EXPECT_EQ(append().error().code, Code::unavailable) << name;
    EXPECT_EQ(ended, 1) << name;
    EXPECT_EQ(append().error().code, Code::unavailable) << name;
    store->look_at_files();
    EXPECT_EQ(ended, 1) << name;
    store.reset();
    std::filesystem::remove_all(directory.store());
  }
}

TEST_F(FaultyDisk, ADirectoryThatWasReplacedEndsTheProcess) {
  ASSERT_TRUE(append());
  std::filesystem::rename(directory.store(), directory.path("moved"));
  std::filesystem::copy(directory.path("moved"), directory.store());
  store->look_at_files();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(append().error().code, Code::unavailable);
}

TEST(StoreFailure, EndsTheProcessWithALineInTheLog) {
  EXPECT_EXIT(end_process({.event = "fsync_failed", .where = "commit", .detail = "because"}),
              testing::ExitedWithCode(1), "fsync_failed.*commit.*because");
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
