// Tests of commands that read a whole store while its log is pruned: a backup and a verification.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "base/test_directory.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/tools/backup.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::uint64_t reports = 600;

class BesideAPrune : public testing::Test {
 protected:
  BesideAPrune() {
    sample.report(9, reports);
    last = sample.head().last;
    records = read_all(sample.store(), {1})->size();
  }
  ~BesideAPrune() override {
    if (pruning.joinable()) pruning.join();
  }

  // In pieces of one change, as another process does; returns when the first ones are gone.
  void begin() {
    pruning = std::thread([this] {
      const auto pruner = open_pruner(directory.store());
      ASSERT_TRUE(pruner) << pruner.error().detail;
      std::optional<PruneWork> next =
          PruneWork{.org = {1}, .history_before = SampleStore::at(reports - 1), .changes_max = 1};
      while (next) {
        const auto pruned = (*pruner)->prune(*next);
        ASSERT_TRUE(pruned) << pruned.error().detail;
        next = pruned->next;
        ++pieces;
      }
      done = true;
    });
    while (pieces < 20) std::this_thread::yield();
  }
  static void expect_sound(const std::string& path, RowId position) {
    const auto verification = verify(path);
    ASSERT_TRUE(verification) << verification.error().detail;
    EXPECT_EQ(verification->faults, std::vector<std::string>());
    EXPECT_EQ(verification->position, position);
  }

  const TestDirectory directory;
  SampleStore sample{directory.store()};
  RowId last;
  std::size_t records = 0;
  std::thread pruning;
  std::atomic<int> pieces = 0;
  std::atomic<bool> done = false;
};

TEST_F(BesideAPrune, ABackupIsMadeAndRestored) {
  begin();
  const std::string file = directory.path("copy");
  const auto report = back_up(directory.store(), file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->position, last);
  EXPECT_LT(report->rows, records);
  expect_sound(file, last);
  const std::string other = directory.path("other");
  const auto restored = restore(file, other);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->rows, report->rows);
  expect_sound(database_path(other), last);
  pruning.join();
  expect_sound(sample.path(), last);
}

TEST_F(BesideAPrune, NothingIsFoundWrong) {
  begin();
  int looks = 0;
  for (; !done || looks == 0; ++looks) expect_sound(sample.path(), last);
  pruning.join();
  EXPECT_GT(pieces, 500);
  EXPECT_LT(read_all(sample.store(), {1})->size(), records - 500);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
