#include "store/sqlite/checkpointer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

// Some 60 changes a group, so that a group takes several pages.
Result<void> append_some(Store& store, std::string_view remarks) {
  LogGroup group{.org = {1}};
  for (std::uint32_t n = 1; n <= 60; ++n) {
    group.outcomes.push_back(first_outcome(1, n, remarks));
  }
  return append_group(store, group);
}

// One thread appends, as the committer does; the checkpointer runs all the time and restarts a
// short log; readers read rows that were acknowledged.
TEST(Checkpointer, RunsBesideAppendsAndReads) {
  constexpr std::uint64_t groups = 400;
  const TestDirectory directory;
  Metrics metrics;
  auto opened = Store::open({.directory = directory.store(),
                             .readers = 2,
                             .checkpoint_interval = std::chrono::milliseconds(1),
                             .wal_pages_restart = 50},
                            metrics);
  ASSERT_TRUE(opened);
  Store& store = **opened;
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> readers;
  readers.reserve(3);
  for (int n = 0; n < 3; ++n) {
    readers.emplace_back([&] {
      while (!stop) {
        const std::uint64_t last = acknowledged;
        if (last == 0) continue;
        const auto rows = store.rows({1}, std::vector{RowId{last}, RowId{1 + last / 2}});
        if (!rows || rows->front().remarks != "remarks") ++failed;
        if (!store.keys_version() || !store.ping()) ++failed;
      }
    });
  }
  for (std::uint64_t n = 0; n < groups; ++n) {
    if (!append_some(store, "remarks")) ++failed;
    acknowledged = (n + 1) * 60;
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(failed, 0);
  opened->reset();
  auto again = Store::open({.directory = directory.store()}, metrics);
  EXPECT_EQ((*again)->heads()->heads.at(0).last, RowId{groups * 60});
  EXPECT_EQ(read_all(**again, {1})->size(), groups);
}

TEST(Checkpointer, KeepsTheLogShortWhileAppendsGoOn) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store(),
                            .checkpoint_interval = std::chrono::milliseconds(1),
                            .wal_pages_restart = 50},
                           metrics);
  ASSERT_TRUE(store);
  Gauge& wal_bytes = metrics.gauge("scorekeeper_wal_bytes",
                                   "Bytes of the store's write-ahead log that are in use.");
  const std::string remarks(2'000, 'r');
  bool wrapped = false;
  double before = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!wrapped && std::chrono::steady_clock::now() < deadline) {
    ASSERT_TRUE(append_some(**store, remarks));
    wrapped = wal_bytes.value() < before;
    before = wal_bytes.value();
  }
  EXPECT_TRUE(wrapped);
}

TEST(Checkpointer, LeavesNoLogBehindWhenTheStoreIsClosed) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open(
      {.directory = directory.store(), .checkpoint_interval = std::chrono::hours(1)}, metrics);
  ASSERT_TRUE(store);
  ASSERT_TRUE(append_some(**store, "remarks"));
  store->reset();
  EXPECT_FALSE(std::filesystem::exists(directory.store() + "/scorekeeper.db-wal"));
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
