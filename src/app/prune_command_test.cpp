#include "app/prune_command.h"

#include <gtest/gtest.h>

#include "app/command_line.h"
#include "base/metrics.h"
#include "base/test_directory.h"
#include "store/outcome_body.h"
#include "store/sqlite/store.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::app {
namespace {

using std::chrono::hours;

class PruneCommandTest : public ::testing::Test {
 protected:
  const TestDirectory test_directory_;
  const std::string folder_ = test_directory_.path();

  void SetUp() override {
    auto opened = store::sqlite::Store::open({.directory = store()}, metrics_);
    ASSERT_TRUE(opened) << opened.error().detail;
    server_ = *std::move(opened);
    ASSERT_EQ(run({"org", "create", "--store", store(), "acme"}), 0);
  }

  std::string store() const { return folder_ + "/store"; }

  // Its standard output goes into output_, its standard error into error_.
  int run(const std::vector<std::string>& arguments) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(arguments);
    output_ = ::testing::internal::GetCapturedStdout();
    error_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  int prune(std::vector<std::string> more) {
    std::vector<std::string> arguments{"prune", "--store", store()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  // A change of one outcome as a group of its own, that time ago.
  void report(hours ago) {
    const OrgId org{1};
    const auto done =
        server_->append(std::span(&org, 1), [&](store::AppendView& view) -> Result<store::Append> {
          const store::Head head = view.heads().front();
          store::LogRecord record;
          record.at = std::max(SystemClock().now() - ago, head.last_at + std::chrono::seconds(1));
          store::OutcomeBodyWriter body(record.at);
          body.add({.rule = {1},
                    .entity = {1},
                    .state = State::pass,
                    .before = previous_ ? std::optional(State::pass) : std::nullopt,
                    .previous = previous_,
                    .first_reported = 1,
                    .reported_before = 0,
                    .remarks = "so"});
          record.org = org;
          record.position = {head.last.number + 1};
          record.actor = {.type = AuditActorType::key, .id = "1"};
          record.group_end = true;
          record.body = body.finish();
          previous_ = record.position;
          store::Append append;
          append.records.push_back(std::move(record));
          return append;
        });
    ASSERT_TRUE(done) << done.error().detail;
  }

  Metrics metrics_;
  std::unique_ptr<store::sqlite::Store> server_;
  RowId previous_;
  std::string output_;
  std::string error_;
};

TEST(ParseKeep, TakesDaysAndHours) {
  EXPECT_EQ(*parse_keep("400d"), hours(400 * 24));
  EXPECT_EQ(*parse_keep("1d"), hours(24));
  EXPECT_EQ(*parse_keep("36h"), hours(36));
  for (const char* const text : {"", "d", "1", "0d", "23h", "36501d", "1m", "-1d", "1.5d", "1dd",
                                 "99999999999999999999d", "1 d"}) {
    EXPECT_EQ(parse_keep(text).error().code, Code::invalid) << text;
  }
}

// The org was made just now, so that all that comes after it is younger than a day.
TEST_F(PruneCommandTest, CountsAndRemovesBesideAServer) {
  report(hours(0));
  report(hours(0));
  report(hours(0));
  ASSERT_EQ(prune({"--keep", "1d"}), 0) << error_;
  EXPECT_EQ(output_,
            "acme: removed 0 changes of outcomes and 0 of the catalog, 0 whole records; the floor "
            "is 0\n");
  struct Later final : Clock {
    Time now() override { return SystemClock().now() + std::chrono::days(3); }
  } later;
  PruneOptions options{.store = store(), .keep = "1d", .audit_keep = {}, .org = "acme"};
  const auto pruned = [&] {
    ::testing::internal::CaptureStdout();
    const auto done = store_prune(options, later);
    output_ = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(done) << done.error().detail;
    return output_;
  };
  // Nothing has happened since, or the clock is wrong.
  EXPECT_EQ(pruned(),
            "acme: removed 0 changes of outcomes and 0 of the catalog, 0 whole records; the floor "
            "is 0\n");
  options.trust_clock = true;
  options.dry_run = true;
  EXPECT_EQ(pruned(), "acme: would remove 1 changes of outcomes and 0 of the catalog, up to 3\n");
  options.dry_run = false;
  options.format = Format::json;
  EXPECT_EQ(pruned(),
            "{\"org\":\"acme\",\"outcome_changes\":1,\"catalog_changes\":0,\"records\":1,"
            "\"floor\":3,\"dry_run\":false}\n");
  report(hours(0));
  EXPECT_EQ(server_->heads()->heads.at(0).floor, RowId{3});
  EXPECT_EQ(server_->rows({1}, std::vector{RowId{3}})->at(0).remarks, "so");
}

TEST_F(PruneCommandTest, TellsWhatIsWrong) {
  EXPECT_EQ(prune({}), exit_usage);
  EXPECT_EQ(prune({"--keep", "1"}), exit_usage);
  EXPECT_EQ(error_,
            "scorekeeper: --keep must be a number of days or hours, as in 400d or 36h, from 1d to "
            "36500d\n");
  EXPECT_EQ(prune({"--keep", "2d", "--audit-keep", "36h"}), exit_usage);
  EXPECT_EQ(error_, "scorekeeper: the audit log must be kept as long as the history, or longer\n");
  EXPECT_EQ(prune({"--keep", "2d", "--org", "nobody"}), exit_failed);
  EXPECT_EQ(run({"prune", "--store", folder_ + "/none", "--keep", "2d"}), exit_failed);
}

}  // namespace
}  // namespace scorekeeper::app
