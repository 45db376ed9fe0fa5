#include "app/push_command.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/client_fixture.h"

namespace scorekeeper::app {
namespace {

class PushTest : public ClientTest {
 protected:
  void SetUp() override {
    options_.rule = "id";
    options_.entity = "service:shop";
  }

  void use(const std::string& format, std::string_view text) {
    options_.format = format;
    options_.file = directory_ + "/report";
    std::ofstream(options_.file) << text;
  }
  // "pass: remarks", or the error.
  std::string told() const {
    const auto outcome = read_report(options_);
    if (!outcome) return outcome.error().detail;
    return std::string(name_of(outcome->state)) + ": " + outcome->remarks;
  }

  PushOptions options_;
};

TEST_F(PushTest, ReadsEachFormat) {
  use("junit", "<testsuite><testcase/></testsuite>");
  EXPECT_EQ(told(), "pass: 1 test: 1 passed, 0 failed, 0 skipped");
  const std::string sarif = R"({"version":"2.1.0","runs":[{"results":[{}]}]})";
  use("sarif", sarif);
  EXPECT_EQ(told(), "pass: open findings: error 0, warning 1, note 0");
  use("sarif", "\xef\xbb\xbf" + sarif);
  options_.fail_on = "warning";
  EXPECT_EQ(told(), "fail: open findings: error 0, warning 1, note 0");
  options_.fail_on.reset();
  use("openssf", R"({"score":6,"checks":[{"name":"A","score":7}]})");
  EXPECT_EQ(told(), "pass: overall: score 6 of 10, at least 5 wanted");
  options_.min_score = 7;
  EXPECT_EQ(told(), "fail: overall: score 6 of 10, at least 7 wanted");
  options_.check = "A";
  EXPECT_EQ(told(), "pass: A: score 7 of 10, at least 7 wanted");
}

TEST_F(PushTest, NamesTheFileThatIsWrong) {
  use("junit", "<testsuite>\n</b>");
  const auto file = "\"" + options_.file + "\": ";
  EXPECT_EQ(told(), file + "line 2, column 3: malformed XML: mismatched tag");
  EXPECT_NE(read_report(options_).error().code, Code::invalid);
  use("sarif", R"({"version":"2.1.0","runs":[{"tool":{},"tool":{}}]})");
  EXPECT_EQ(told(), file + "member \"tool\" occurs twice at /runs/0/tool");
  options_.file = directory_;
  EXPECT_EQ(told(), "\"" + directory_ + "\": cannot be read: Is a directory");
  options_.file = directory_ + "/none";
  EXPECT_EQ(told(), "\"" + directory_ + "/none\": cannot be read: No such file or directory");
}

TEST_F(PushTest, BoundsTheFile) {
  std::string text = "<testsuite><testcase/></testsuite>";
  text.resize(report_bytes_max, ' ');
  use("junit", text);
  EXPECT_EQ(told(), "pass: 1 test: 1 passed, 0 failed, 0 skipped");
  use("junit", text + " ");
  EXPECT_EQ(told(), "\"" + options_.file + "\": has more than 64 MiB");
}

TEST_F(PushTest, RefusesFlagsOfAnotherFormat) {
  use("junit", "<testsuite/>");
  options_.fail_on = "note";
  EXPECT_EQ(read_report(options_).error(), invalid("--fail-on goes with --format sarif alone"));
  options_.fail_on.reset();
  options_.check = "License";
  EXPECT_EQ(read_report(options_).error(), invalid("--check goes with --format openssf alone"));
  options_.check.reset();
  options_.min_score = 5;
  EXPECT_EQ(read_report(options_).error(), invalid("--min-score goes with --format openssf alone"));
  options_.format = "openssf";
  for (const double wrong : {-1.0, 10.5, std::strtod("nan", nullptr)}) {
    options_.min_score = wrong;
    EXPECT_EQ(read_report(options_).error(), invalid("--min-score must be from 0 to 10"));
  }
}

// Port 1 of this machine: nobody listens there.
TEST_F(PushTest, SaysWhichKeyOrServerIsMissing) {
  use("junit", "<testsuite/>");
  options_.server.url = "http://127.0.0.1:1/";
  EXPECT_EQ(push(options_).error(), invalid("no key: set DD_API_KEY or name a file that holds it"));
  const auto key = directory_ + "/key";
  std::ofstream(key) << "secret\n";
  options_.server.api_key_file = options_.server.application_key_file = key;
  const auto pushed = push(options_);
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code, Code::unavailable);
  EXPECT_TRUE(pushed.error().detail.starts_with("http://127.0.0.1:1 does not answer: "))
      << pushed.error().detail;
}

}  // namespace
}  // namespace scorekeeper::app
