#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "store/sqlite/fault_vfs.h"
#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

OutcomeChange change_of(std::uint64_t row, std::string_view remarks) {
  return OutcomeChange{.id = {row},
                       .previous = {},
                       .org = {1},
                       .rule = {1},
                       .entity = {1},
                       .state = State::pass,
                       .first_reported = 1,
                       .hash = row,
                       .at = time_of_microseconds(1'000'000),
                       .key = {1},
                       .request = {1},
                       .remarks = remarks};
}

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

  // Some 100 pages.
  Result<void> append(std::uint64_t first) {
    const std::string remarks(4'000, 'r');
    std::vector<OutcomeChange> changes;
    changes.reserve(100);
    for (std::uint64_t n = 0; n < 100; ++n) changes.push_back(change_of(first + n, remarks));
    return store->append(
        {.changes = changes, .requests = {}, .entities = {}, .requests_reserved = {first}});
  }
  std::uint64_t count() {
    std::uint64_t rows = 0;
    EXPECT_TRUE(store->fold([&](const OutcomeChange&) { ++rows; }));
    return rows;
  }
  bool wait_for_end() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (ended == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return ended > 0;
  }

  FaultVfs vfs{"fault"};
  TestDirectory directory;
  Metrics metrics;
  std::atomic<int> ended{0};
  std::unique_ptr<Store> store;
};

TEST_F(FaultyDisk, AFullDiskStoresNothingAndHeals) {
  ASSERT_TRUE(append(1));
  for (const std::int64_t write : {1, 2, 3, 50, 100, 200}) {
    vfs.fail_writes(write, SQLITE_FULL);
    const auto done = append(101);
    ASSERT_FALSE(done) << write;
    EXPECT_EQ(done.error().code, Code::unavailable);
    EXPECT_NE(done.error().detail.find("full"), std::string::npos) << done.error().detail;
    EXPECT_EQ(count(), 100U) << write;
    EXPECT_EQ(store->head()->requests_reserved, RequestNumber{1});
  }
  vfs.repair();
  ASSERT_TRUE(append(101));
  EXPECT_EQ(count(), 200U);
  EXPECT_EQ(ended, 0);
  open(std::chrono::hours(1));
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, AFailedWriteStoresNothing) {
  vfs.fail_writes(5, SQLITE_IOERR_WRITE);
  EXPECT_EQ(append(1).error().code, Code::unavailable);
  vfs.repair();
  EXPECT_EQ(count(), 0U);
  EXPECT_TRUE(append(1));
  EXPECT_EQ(ended, 0);
}

TEST_F(FaultyDisk, AFailedFsyncOfACommitEndsTheProcess) {
  ASSERT_TRUE(append(1));
  vfs.fail_syncs(1, SQLITE_IOERR_FSYNC);
  EXPECT_EQ(append(101).error().code, Code::unavailable);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(count(), 100U);
  vfs.repair();
  EXPECT_EQ(append(101).error().code, Code::unavailable);  // for ever
  EXPECT_EQ(ended, 1);
  open(std::chrono::hours(1));
  EXPECT_GE(count(), 100U);
}

TEST_F(FaultyDisk, AFailedFsyncOfACheckpointEndsTheProcess) {
  ASSERT_TRUE(append(1));
  open(std::chrono::milliseconds(1));
  vfs.fail_database_syncs(SQLITE_IOERR_FSYNC);
  ASSERT_TRUE(append(101));
  EXPECT_TRUE(wait_for_end());
  vfs.repair();
  EXPECT_EQ(append(201).error().code, Code::unavailable);
  open(std::chrono::hours(1));
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, AFullDiskDuringCheckpointsHealsToo) {
  open(std::chrono::milliseconds(1));
  ASSERT_TRUE(append(1));
  vfs.fail_writes(1, SQLITE_FULL);
  EXPECT_FALSE(append(101));
  vfs.repair();
  EXPECT_TRUE(append(101));
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(count(), 200U);
}

TEST_F(FaultyDisk, WritesOfTheCatalogFailTheSameWay) {
  const CatalogRows change{.org = {1},
                             .scorecards = {Scorecard{.number = {1},
                                                      .id = "id",
                                                      .name = "name",
                                                      .description = "",
                                                      .created_at = {},
                                                      .modified_at = {}}},
                             .rules = {}};
  vfs.fail_writes(1, SQLITE_FULL);
  EXPECT_EQ(store->write(change).error().code, Code::unavailable);
  vfs.repair();
  EXPECT_TRUE(store->load_catalog()->empty());
  EXPECT_TRUE(store->write(change));
}

// As after kill -9: the log is not in the database file yet, which cannot grow.
TEST_F(FaultyDisk, AStartOnAFullDiskServesReadsAndHeals) {
  ASSERT_TRUE(append(1));
  vfs.fail_writes(1, SQLITE_FULL);
  open(std::chrono::milliseconds(1));
  EXPECT_EQ(count(), 100U);
  EXPECT_EQ(append(101).error().code, Code::unavailable);
  EXPECT_EQ(count(), 100U);
  vfs.repair();
  EXPECT_TRUE(append(101));
  EXPECT_EQ(count(), 200U);
  EXPECT_EQ(ended, 0);
}

TEST_F(FaultyDisk, AFileThatIsGoneEndsTheProcess) {
  for (const char* const name : {"", "-wal", "-shm"}) {
    const std::string file = directory.store() + "/" + file_name + name;
    ended = 0;
    open(std::chrono::hours(1));
    ASSERT_TRUE(append(1)) << name;
    store->look_at_files();
    ASSERT_EQ(ended, 0);
    std::filesystem::rename(file, directory.path("moved"));
    EXPECT_EQ(append(101).error().code, Code::unavailable) << name;
    EXPECT_EQ(ended, 1) << name;
    EXPECT_EQ(append(201).error().code, Code::unavailable) << name;
    store->look_at_files();
    EXPECT_EQ(ended, 1) << name;
    store.reset();
    std::filesystem::remove_all(directory.store());
  }
}

TEST_F(FaultyDisk, ADirectoryThatWasReplacedEndsTheProcess) {
  ASSERT_TRUE(append(1));
  std::filesystem::rename(directory.store(), directory.path("moved"));
  std::filesystem::copy(directory.path("moved"), directory.store());
  store->look_at_files();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(append(101).error().code, Code::unavailable);
}

TEST(StoreFailure, EndsTheProcessWithALineInTheLog) {
  EXPECT_EXIT(end_process({.event = "fsync_failed", .where = "commit", .detail = "because"}),
              testing::ExitedWithCode(1), "fsync_failed.*commit.*because");
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
