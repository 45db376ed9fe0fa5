// verify beside the snapshots of a real store.
#include "app/snapshot_verification.h"

#include <gtest/gtest.h>

#include <chrono>

#include "app/command_line.h"
#include "app/prune_command.h"
#include "base/test_directory.h"
#include "intake/intake_fixture.h"
#include "store/snapshot_file.h"
#include "store/sqlite/sample_store_fixture.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::app {
namespace {

using store::sqlite::SampleStore;

class VerifySnapshot : public testing::Test {
 protected:
  store::SnapshotPlace place() const {
    return {.path = sample.directory() + "/" + store::snapshot_file_name,
            .schema = static_cast<std::uint32_t>(store::sqlite::known_version())};
  }
  // A server starts and stops.
  void serve() {
    intake::Server(sample.store(), sample.store(), Limits{},
                   intake::Following{.snapshots = {.place = place()}});
  }
  // Writes the matrix of the sample as a snapshot, with `publication` on top.
  void write_snapshot(const store::SnapshotIdentity& identity,
                      const matrix::Publication& publication) {
    intake::Server server(sample.store(), sample.store());
    auto& org = server.matrix->org({1});
    org.publish(publication);
    auto writer = store::SnapshotFileWriter::create(place().path, identity);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(org.write_snapshot([&](auto piece) { return (*writer)->write(piece); }));
    ASSERT_TRUE((*writer)->end_org({1}));
    const store::Head head = sample.head();
    const store::SnapshotOrigin origin{.org = {1}, .position = head.last, .chain = head.chain};
    ASSERT_TRUE((*writer)->finish(std::span(&origin, 1)));
  }
  store::SnapshotIdentity identity() { return identity_of(place(), *sample.store().secrets()); }

  // Its lines but for the last one, and the exit code.
  std::string verify(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"verify", "--store", sample.directory()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    testing::internal::CaptureStdout();
    const int code = run_command_line(arguments);
    std::string printed = testing::internal::GetCapturedStdout();
    if (!more.empty()) return printed;
    const auto end = printed.rfind('\n', printed.size() - 2);
    return (end == std::string::npos ? "" : printed.substr(0, end + 1)) + std::to_string(code);
  }

  TestDirectory directory;
  SampleStore sample{directory.store()};
};

TEST_F(VerifySnapshot, SaysWhatItFound) {
  EXPECT_EQ(verify(), "note: there is no snapshot: a start reads all of the logs\n0");
  serve();
  EXPECT_EQ(verify(), "note: the snapshot agrees with the logs up to position 21\n0");
  sample.report(9, 12);
  EXPECT_EQ(verify(), "note: the snapshot agrees with the logs up to position 21\n0");
  const std::string json = verify({"--format", "json"});
  EXPECT_NE(json.find(R"("snapshot":{"found":true,"position":21,"notes":["the snapshot agrees )"
                      R"(with the logs up to position 21"]},"faults_total":0)"),
            std::string::npos)
      << json;
}

TEST_F(VerifySnapshot, FailsWhereItIsNotWhatTheLogSays) {
  const matrix::CellChange change{
      .rule = {1}, .entity = {1}, .cell = matrix::Cell{.state = State::skip, .row = {20}}};
  write_snapshot(identity(), {.changes = std::span(&change, 1)});
  EXPECT_EQ(verify(),
            "wrong: snapshot of org 1: the outcome of rule rule1 for service:default/a "
            "differs from the log\n1");
  // A start believes it.
  intake::Server server(sample.store(), sample.store(), Limits{},
                        intake::Following{.snapshots = {.place = place()}});
  EXPECT_EQ(server.matrix->org({1}).find_cell({1}, {1})->state, State::skip);
}

TEST_F(VerifySnapshot, TakesOneThatAStartWouldNotUseForLostTime) {
  const std::string note = "note: snapshot not used: the snapshot cannot be used: ";
  auto other = identity();
  other.store[0] ^= std::byte{1};
  write_snapshot(other, {});
  EXPECT_EQ(verify(), note + "it is of another store\n0");
  other = identity();
  --other.schema;
  write_snapshot(other, {});
  EXPECT_EQ(verify(), note + "its schema is " + std::to_string(other.schema) + ", not " +
                          std::to_string(identity().schema) + "\n0");
  write_file(place().path, "");
  EXPECT_EQ(verify(), note + "it is no snapshot\n0");
  write_snapshot(identity(), {});
  std::string bytes = read_file(place().path);
  bytes[200] = static_cast<char>(bytes[200] ^ 1);
  write_file(place().path, bytes);
  EXPECT_NE(verify().find("it is damaged: organization 1"), std::string::npos) << verify();
  EXPECT_EQ(verify().back(), '0');
}

TEST_F(VerifySnapshot, KnowsWhatRetentionTookAway) {
  serve();
  sample.report(9, 30);
  EXPECT_EQ(verify(), "note: the snapshot agrees with the logs up to position 21\n0");
  struct Later final : Clock {
    Time at{};
    Time now() override { return at; }
  } clock;
  const auto prune = [&](std::uint64_t report) {
    clock.at = SampleStore::at(report) + std::chrono::days(1) + std::chrono::milliseconds(1);
    testing::internal::CaptureStdout();
    const auto done = store_prune({.store = sample.directory(),
                                   .keep = "1d",
                                   .audit_keep = "1d",
                                   .org = "acme",
                                   .trust_clock = true},
                                  clock);
    const std::string printed = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(done) << done.error().detail;
    EXPECT_EQ(printed.find("removed 0 changes of outcomes"), std::string::npos) << printed;
  };
  prune(7);
  EXPECT_EQ(verify(), "note: the snapshot agrees with the logs up to position 21\n0");
  prune(20);
  const std::string below = verify();
  EXPECT_EQ(below.find("note: snapshot of org 1: not used: retention took away"), 0U) << below;
  EXPECT_EQ(below.back(), '0');
  serve();
  EXPECT_EQ(verify(), "note: the snapshot agrees with the logs up to position 42\n0");
}

TEST_F(VerifySnapshot, ComparesWithNothingWhereTheStoreIsWrong) {
  serve();
  sample.close();
  {
    auto connection = store::sqlite::SqliteConnection::open({.path = sample.path(), .vfs = {}});
    ASSERT_TRUE(connection->execute("UPDATE rule SET name = 'other' WHERE number = 2"));
  }
  EXPECT_EQ(verify(),
            "wrong: rule rule2 of org 1 differs from its log\n"
            "note: the snapshot was not looked at: the store itself has faults\n1");
}

}  // namespace
}  // namespace scorekeeper::app
