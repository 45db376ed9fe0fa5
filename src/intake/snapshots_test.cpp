// A start from a snapshot shows what a fold of the whole log shows, whatever the snapshot is; and
// the files are written when they should be.
#include "intake/snapshots.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "intake/snapshot_fixture.h"

namespace scorekeeper::intake {
namespace {

class SnapshotStarts : public testing::Test {
 protected:
  double last() {
    return static_cast<double>(history.store.head(SnapshotHistory::org).last.number);
  }

  SnapshotHistory history;
};

TEST(Snapshots, MakeTheMatrixOfTheLog) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    SnapshotHistory history(seed);
    const std::string file = history.place().path;
    history.start();
    for (int round = 0; round < 4; ++round) {
      ASSERT_NO_FATAL_FAILURE(history.steps(30));
      history.start();
      const auto last = history.store.head(SnapshotHistory::org).last.number;
      EXPECT_EQ(SnapshotHistory::used(*history.server), static_cast<double>(last));
      EXPECT_EQ(history.check(file), static_cast<double>(last));
      // An old one and a longer log.
      ASSERT_NO_FATAL_FAILURE(history.steps(20));
      history.stop_without_a_snapshot();
      EXPECT_EQ(history.check(file), static_cast<double>(last));
      history.start();
      EXPECT_EQ(SnapshotHistory::used(*history.server), static_cast<double>(last));
    }
  }
}

// Between any two pieces of the copy something happens.
TEST(Snapshots, AreCopiedWhileTheServerGoesOn) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SnapshotHistory history(seed);
    history.start_without();
    ASSERT_NO_FATAL_FAILURE(history.steps(30));
    history.write_file(history.other_file(), history.identity(), [&] { history.steps(3); });
    const auto last = history.store.head(SnapshotHistory::org).last.number;
    EXPECT_EQ(history.check(history.other_file()), static_cast<double>(last));
    ASSERT_NO_FATAL_FAILURE(history.steps(10));
    EXPECT_EQ(history.check(history.other_file()), static_cast<double>(last));
  }
}

TEST(Snapshots, AreWrittenBesideTheServer) {
  SnapshotHistory history;
  SnapshotOptions options;
  options.changes = 1;
  history.start(options);
  const std::string file = history.place().path;
  int checked = 0;
  for (double seen = 0; checked < 20;) {
    history.server->clock.advance(std::chrono::seconds(1));
    ASSERT_NO_FATAL_FAILURE(history.step());
    if (SnapshotHistory::written(*history.server) == seen) continue;
    seen = SnapshotHistory::written(*history.server);
    EXPECT_GT(history.check(file), 0);
    ++checked;
  }
  EXPECT_EQ(SnapshotHistory::failures(*history.server), 0);
}

TEST_F(SnapshotStarts, DamageCostsTimeOnly) {
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(60));
  history.server.reset();
  const std::string file = read_file(history.place().path);
  EXPECT_EQ(history.check(history.place().path), last());
  for (std::size_t at = 0; at < file.size(); at += 1 + file.size() / 60) {
    SCOPED_TRACE(at);
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(history.other_file(), damaged);
    EXPECT_EQ(history.check(history.other_file()), 0);
    write_file(history.other_file(), file.substr(0, at));
    EXPECT_EQ(history.check(history.other_file()), 0);
  }
  write_file(history.other_file(), file + "x");
  EXPECT_EQ(history.check(history.other_file()), 0);
}

TEST_F(SnapshotStarts, AnotherStoreSchemaOrReleaseIsNotUsed) {
  history.start_without();
  ASSERT_NO_FATAL_FAILURE(history.steps(30));
  store::SnapshotIdentity other_store = history.identity();
  other_store.store[3] ^= std::byte{1};
  store::SnapshotIdentity other_schema = history.identity();
  --other_schema.schema;
  store::SnapshotIdentity other_release = history.identity();
  other_release.release += "-rc1";
  for (const auto& identity : {other_store, other_schema, other_release}) {
    history.write_file(history.other_file(), identity, [] {});
    EXPECT_EQ(history.check(history.other_file()), 0);
  }
  history.write_file(history.other_file(), history.identity(), [] {});
  EXPECT_EQ(history.check(history.other_file()), last());
}

// Two stores with the same secrets: a restored backup that went another way.
TEST(Snapshots, OfAnotherHistoryAreNotUsed) {
  for (const int steps_after : {0, 5, 60}) {
    SCOPED_TRACE(steps_after);
    SnapshotHistory history;
    const auto last = [&] {
      return static_cast<double>(history.store.head(SnapshotHistory::org).last.number);
    };
    history.start_without();
    ASSERT_NO_FATAL_FAILURE(history.steps(20));
    const auto backup = history.store.save();
    const double saved = last();
    ASSERT_NO_FATAL_FAILURE(history.steps(20));
    history.write_file(history.other_file(), history.identity(), [] {});
    const double written = last();
    history.server.reset();
    history.store.restore(*backup);
    history.start_without();
    // At the same positions, and as far or farther.
    for (int i = 0; i < steps_after; ++i) {
      history.server->make_rule(fmt::format("another way {} {}", steps_after, i));
    }
    while (steps_after == 60 && last() <= written) history.server->make_rule("and farther");
    EXPECT_GE(last(), saved);
    EXPECT_EQ(history.check(history.other_file()), 0);
  }
}

// It was begun before the backup and ended after it.
TEST_F(SnapshotStarts, ACopyThatGoesOnIntoAnotherHistoryIsNotUsed) {
  history.start_without();
  ASSERT_NO_FATAL_FAILURE(history.steps(30));
  std::shared_ptr<const SharedStore::Contents> backup;
  int pieces = 0;
  history.write_file(history.other_file(), history.identity(), [&] {
    if (++pieces == 2) backup = history.store.save();
    history.steps(3);
  });
  const double written = last();
  ASSERT_TRUE(backup);
  history.server.reset();
  history.store.restore(*backup);
  history.start_without();
  EXPECT_EQ(history.check(history.other_file()), 0);
  while (last() <= written) history.server->make_rule("another way");
  EXPECT_EQ(history.check(history.other_file()), 0);
}

TEST_F(SnapshotStarts, OneIsWrittenHourlyWhereEnoughChanged) {
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  EXPECT_EQ(SnapshotHistory::written(*history.server), 0);
  history.server->clock.advance(snapshot_interval);
  history.wait_until([&] { return SnapshotHistory::written(*history.server) == 1; });
  const double first = last();
  EXPECT_EQ(history.check(history.place().path), first);
  // Nothing changed: neither after an hour nor at the stop.
  history.server->clock.advance(2 * snapshot_interval);
  const auto time = std::filesystem::last_write_time(history.place().path);
  history.server->stop();
  EXPECT_EQ(std::filesystem::last_write_time(history.place().path), time);
  EXPECT_EQ(SnapshotHistory::written(*history.server), 1);
}

TEST_F(SnapshotStarts, AClockThatWasSetBackDoesNotPutTheNextOneOff) {
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  constexpr auto ahead = std::chrono::hours(24 * 365);
  history.server->clock.advance(ahead);
  history.wait_until([&] { return SnapshotHistory::written(*history.server) == 1; });
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  history.server->clock.advance(-ahead);
  history.wait_until([&] { return SnapshotHistory::written(*history.server) == 2; });
  EXPECT_EQ(history.check(history.place().path), last());
}

TEST_F(SnapshotStarts, AFailureIsToldAndNothingElse) {
  SnapshotOptions options;
  options.changes = 1;
  options.place =
      store::SnapshotPlace{.path = history.directory.path("nowhere/snapshot"), .schema = 7};
  history.start(options);
  ASSERT_NO_FATAL_FAILURE(history.steps(5));
  history.server->clock.advance(std::chrono::seconds(2));
  history.wait_until([&] { return SnapshotHistory::failures(*history.server) == 1; });
  // Not again before an hour has passed.
  history.server->clock.advance(std::chrono::minutes(30));
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  EXPECT_EQ(SnapshotHistory::failures(*history.server), 1);
  std::filesystem::create_directory(history.directory.path("nowhere"));
  history.server->clock.advance(snapshot_interval);
  history.wait_until([&] { return SnapshotHistory::written(*history.server) == 1; });
  EXPECT_EQ(history.check(options.place->path), last());
}

TEST_F(SnapshotStarts, AStopDoesNotWaitForALongOne) {
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  const double first = last();
  SnapshotOptions options;
  options.stop_patience = std::chrono::milliseconds(-1);
  history.start(options);
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  history.server->stop();
  EXPECT_EQ(SnapshotHistory::failures(*history.server), 1);
  EXPECT_EQ(history.check(history.place().path), first);
  EXPECT_FALSE(std::filesystem::exists(history.place().path + ".new"));
}

}  // namespace
}  // namespace scorekeeper::intake
