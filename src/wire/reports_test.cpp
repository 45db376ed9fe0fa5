#include "wire/reports.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

// "pass: remarks", or the error.
std::string told(const Result<ReportOutcome>& outcome) {
  if (!outcome) return outcome.error().detail;
  return std::string(name_of(outcome->state)) + ": " + outcome->remarks;
}

// --- JUnit

std::string junit(const std::string& tests) {
  return told(read_junit("<testsuite>" + tests + "</testsuite>"));
}

TEST(Junit, CountsTestsAndNotWhatSuitesSay) {
  EXPECT_EQ(told(read_junit(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="9" failures="9"><testsuite tests="9" failures="9"><testcase name="a"/>
<testsuite tests="9"><testcase classname="in" name="b"><skipped/></testcase>
<testcase name="c" time="1,234.5"><system-out><![CDATA[<failure/>]]></system-out></testcase>
</testsuite></testsuite></testsuites>)")),
            "pass: 3 tests: 2 passed, 0 failed, 1 skipped");
}

TEST(Junit, TellsFailedErroneousAndSkippedTests) {
  EXPECT_EQ(junit(R"(<testcase name="a"><failure/></testcase>)"),
            "fail: 1 test: 0 passed, 1 failed, 0 skipped; failed: a");
  EXPECT_EQ(junit(R"(<testcase classname="C" name="a"><error/><skipped/></testcase>)"),
            "fail: 1 test: 0 passed, 1 failed, 0 skipped; failed: C a");
  EXPECT_EQ(junit("<testcase><skipped/><failure/></testcase>"),
            "fail: 1 test: 0 passed, 1 failed, 0 skipped; failed: (no name)");
  // A test that failed at first and then passed; a <failure> that is not the test's own.
  EXPECT_EQ(junit("<testcase name=\"a\"><flakyFailure/><properties><failure/></properties>"
                  "</testcase><failure/>"),
            "pass: 1 test: 1 passed, 0 failed, 0 skipped");
  EXPECT_EQ(
      junit(R"(<testcase name="a" status="notrun"/><testcase name="b"><skipped/></testcase>)"),
      "skip: 2 tests: 0 passed, 0 failed, 2 skipped");
  EXPECT_EQ(junit(""), "skip: no tests");
}

TEST(Junit, NamesFiveFailedTests) {
  std::string tests;
  for (const char c : std::string("abcdefg")) {
    tests += std::string("<testcase name=\"") + c + "\"><failure/></testcase>";
  }
  EXPECT_EQ(junit(tests),
            "fail: 7 tests: 0 passed, 7 failed, 0 skipped; failed: a, b, c, d, e and 2 more");
}

TEST(Junit, NamesAsManyAndAsMuchAsItMay) {
  const auto failed = [](std::size_t tests, const std::string& name) {
    std::string text;
    for (std::size_t i = 0; i < tests; ++i) {
      text += "<testcase name=\"" + name + "\"><failure/></testcase>";
    }
    return junit(text);
  };
  EXPECT_TRUE(failed(report_names_max, "a").ends_with("; failed: a, a, a, a, a"));
  EXPECT_TRUE(failed(report_names_max + 1, "a").ends_with("; failed: a, a, a, a, a and 1 more"));
  const std::string name(report_name_length, 'n');
  EXPECT_TRUE(failed(1, name).ends_with("; failed: " + name));
  EXPECT_TRUE(failed(1, name + "n").ends_with("; failed: " + name + "…"));
}

TEST(Junit, EscapesAndCutsNames) {
  EXPECT_EQ(junit("<testcase name=\"&lt;b&gt;&amp;&quot;'&#10;é\"><failure/></testcase>"),
            "fail: 1 test: 0 passed, 1 failed, 0 skipped; failed: &lt;b&gt;&amp;&quot;&#39; é");
  std::string long_name;
  for (int i = 0; i < 10'000; ++i) long_name += "&quot;";
  std::string tests;
  for (int i = 0; i < 7; ++i) {
    tests += "<testcase name=\"" + long_name + "\"><failure/></testcase>";
  }
  const auto outcome = read_junit("<testsuite>" + tests + "</testsuite>");
  ASSERT_TRUE(outcome);
  EXPECT_LE(count_characters(outcome->remarks), Limits().remarks_characters_max);
  EXPECT_TRUE(outcome->remarks.ends_with("&quot;… and 2 more"));
}

TEST(Junit, SaysWhereAReportIsWrong) {
  EXPECT_EQ(told(read_junit("")), "line 1, column 1: malformed XML: no element found");
  EXPECT_EQ(junit("\n<testcase></b>"), "line 2, column 13: malformed XML: mismatched tag");
  EXPECT_EQ(junit("&unknown;"), "line 1, column 12: malformed XML: undefined entity");
  EXPECT_EQ(told(read_junit("<html/>")),
            "line 1, column 1: not a JUnit report: the root element is <html>, not <testsuites> "
            "or <testsuite>");
  EXPECT_TRUE(told(read_junit("<testsuite><testcase name=\"\xff\"/></testsuite>"))
                  .ends_with("malformed XML: not well-formed (invalid token)"));
}

TEST(Junit, RefusesDocumentTypesAndDepth) {
  EXPECT_EQ(told(read_junit("<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a SYSTEM "
                            "\"file:///etc/passwd\">]><testsuite>&a;</testsuite>")),
            "line 2, column 13: a document type (<!DOCTYPE>) is refused");
  EXPECT_TRUE(told(read_junit("<!DOCTYPE testsuite><testsuite/>")).ends_with("is refused"));
  std::string deep;
  for (std::size_t i = 0; i < xml_depth_max; ++i) deep += "<testsuite>";
  std::string ends;
  for (std::size_t i = 0; i < xml_depth_max; ++i) ends += "</testsuite>";
  EXPECT_EQ(told(read_junit(deep + ends)), "skip: no tests");
  EXPECT_EQ(told(read_junit(deep + "<a/>" + ends)),
            "line 1, column 705: more than 64 elements in each other");
}

// --- SARIF

std::string sarif(const std::string& run, FindingLevel fail_on = FindingLevel::error) {
  return told(read_sarif(R"({"version":"2.1.0","runs":[)" + run + "]}", fail_on));
}
std::string results(const std::string& list, FindingLevel fail_on = FindingLevel::error) {
  return sarif(R"({"results":[)" + list + "]}", fail_on);
}

TEST(Sarif, CountsOpenFindings) {
  EXPECT_EQ(results(""), "pass: open findings: error 0, warning 0, note 0");
  EXPECT_EQ(results(R"({"level":"error"},{},{"kind":"fail","level":"note"},{"level":"none"})"),
            "fail: open findings: error 1, warning 1, note 1");
  EXPECT_EQ(results(R"({"kind":"pass"},{"kind":"notApplicable"},{"kind":"informational"},
                       {"kind":"open"},{"kind":"review"},{"baselineState":"absent"})"),
            "pass: open findings: error 0, warning 0, note 0");
}

TEST(Sarif, LeavesOutWhatIsSuppressed) {
  EXPECT_EQ(results(R"({"suppressions":[{"kind":"inSource"}]},
                       {"suppressions":[{"status":"accepted"},{}]})"),
            "pass: open findings: error 0, warning 0, note 0");
  EXPECT_EQ(results(R"({"suppressions":[]},{"suppressions":null},
                       {"suppressions":[{"status":"rejected"}]},
                       {"suppressions":[{"status":"underReview"},{"status":"accepted"}]})"),
            "pass: open findings: error 0, warning 4, note 0");
}

TEST(Sarif, TakesTheLevelOfTheRule) {
  const std::string rules = R"("tool":{"driver":{"rules":[
      {"id":"E","defaultConfiguration":{"level":"error"}},{"id":"W"},
      {"id":"N","defaultConfiguration":{"level":"note"}}]},
      "extensions":[{"rules":[{"id":"X","defaultConfiguration":{"level":"error"}}]}]})";
  const auto finding = [&](const std::string& result) {
    const auto before = sarif("{" + rules + R"(,"results":[)" + result + "]}");
    EXPECT_EQ(sarif(R"({"results":[)" + result + "]," + rules + "}"), before) << result;
    return before;
  };
  const std::string error = "fail: open findings: error 1, warning 0, note 0";
  const std::string warning = "pass: open findings: error 0, warning 1, note 0";
  const std::string note = "pass: open findings: error 0, warning 0, note 1";
  EXPECT_EQ(finding(R"({"ruleId":"E"})"), error);
  EXPECT_EQ(finding(R"({"ruleId":"E/1/2"})"), error);
  EXPECT_EQ(finding(R"({"ruleId":"E1"})"), warning);
  EXPECT_EQ(finding(R"({"ruleId":"W","ruleIndex":1})"), warning);
  EXPECT_EQ(finding(R"({"ruleIndex":2})"), note);
  EXPECT_EQ(finding(R"({"ruleIndex":7})"), warning);
  EXPECT_EQ(finding(R"({"rule":{"index":2}})"), note);
  EXPECT_EQ(finding(R"({"rule":{"id":"N"}})"), note);
  // A rule of an extension: the index is not the driver's.
  EXPECT_EQ(finding(R"({"rule":{"id":"X","index":2,"toolComponent":{"index":0}}})"), error);
  EXPECT_EQ(finding(R"({"ruleId":"N","level":"error"})"), error);
}

TEST(Sarif, FailsFromALevelOn) {
  for (const std::string level : {"note", "warning", "error"}) {
    const auto open = R"({"level":")" + level + "\"}";
    for (const std::string least : {"note", "warning", "error"}) {
      const auto fail_on = parse_finding_level(least);
      ASSERT_TRUE(fail_on);
      const bool fails = *parse_finding_level(level) >= *fail_on;
      EXPECT_TRUE(results(open, *fail_on).starts_with(fails ? "fail" : "pass")) << level << least;
    }
  }
  EXPECT_FALSE(parse_finding_level("high"));
}

TEST(Sarif, SkipsWhatWasNotAnalysed) {
  EXPECT_EQ(sarif(""), "skip: no run has results");
  EXPECT_EQ(sarif(R"({"results":null})"), "skip: no run has results");
  EXPECT_EQ(sarif(R"({"results":[]},{})"), "pass: open findings: error 0, warning 0, note 0");
}

TEST(Sarif, SaysWhereAReportIsWrong) {
  const auto read = [](const std::string& text) {
    return told(read_sarif(text, FindingLevel::error));
  };
  EXPECT_EQ(read("[]"), "the report must be a JSON object");
  EXPECT_EQ(read("{}"), "member \"version\" is missing");
  EXPECT_EQ(read(R"({"version":"2.1.0"})"), "member \"runs\" is missing");
  EXPECT_EQ(read(R"({"version":"2.0.0","runs":[]})"), "member \"version\" must be \"2.1.0\"");
  EXPECT_EQ(read(R"({"version":"2.1.0","runs":[)"), "malformed JSON at byte 27: expected a value");
  EXPECT_EQ(sarif("1"), "member \"runs.0\" must be an object");
  EXPECT_EQ(results("{},7"), "member \"runs.0.results.1\" must be an object");
  EXPECT_EQ(results(R"({"level":"high"})"),
            "member \"runs.0.results.0.level\" must be one of none, note, warning, error");
  EXPECT_EQ(results(R"({"level":""})"),
            "member \"runs.0.results.0.level\" must be one of none, note, warning, error");
  EXPECT_EQ(results(R"({"ruleIndex":"1"})"),
            "member \"runs.0.results.0.ruleIndex\" must be a whole number");
  EXPECT_EQ(results(R"({"suppressions":[{"status":1}]})"),
            "member \"runs.0.results.0.suppressions.0.status\" must be a string");
  EXPECT_EQ(sarif(R"({},{"tool":{"driver":{"rules":[{"defaultConfiguration":3}]}}})"),
            "member \"runs.1.tool.driver.rules.0.defaultConfiguration\" must be an object");
  EXPECT_EQ(results(R"({"level":"note","level":"error"})"), "member \"level\" occurs twice");
}

// --- OpenSSF Scorecard

const std::string scorecard = R"({"score":6.4,"checks":[
    {"name":"Packaging","score":-1,"reason":"no <workflow>"},{"name":"License","score":10},
    {"name":"Branch-Protection","score":0,"reason":"none"}]})";

std::string openssf(const OpenssfQuestion& question, const std::string& text = scorecard) {
  return told(read_openssf(text, question));
}

TEST(Openssf, ComparesAScore) {
  EXPECT_EQ(openssf({}), "pass: overall: score 6.4 of 10, at least 5 wanted");
  EXPECT_EQ(openssf({.check = {}, .score_min = 6.4}),
            "pass: overall: score 6.4 of 10, at least 6.4 wanted");
  EXPECT_EQ(openssf({.check = {}, .score_min = 6.5}),
            "fail: overall: score 6.4 of 10, at least 6.5 wanted");
  EXPECT_EQ(openssf({.check = "License", .score_min = 10}),
            "pass: License: score 10 of 10, at least 10 wanted");
  EXPECT_EQ(openssf({.check = "Branch-Protection"}),
            "fail: Branch-Protection: score 0 of 10, at least 5 wanted: none");
}

TEST(Openssf, SkipsWhatIsInconclusive) {
  EXPECT_EQ(openssf({.check = "Packaging", .score_min = 0}),
            "skip: Packaging: inconclusive: no &lt;workflow&gt;");
  EXPECT_EQ(openssf({}, R"({"score":-1,"checks":[]})"), "skip: overall: inconclusive");
}

TEST(Openssf, NamesTheNearestCheck) {
  EXPECT_EQ(openssf({.check = "Licence"}),
            "the report has no check \"Licence\"; did you mean \"License\"?");
}

TEST(Openssf, TellsAsMuchAsItMay) {
  const auto remarks = [](const std::string& name, const std::string& reason) {
    return read_openssf(
               R"({"checks":[{"name":")" + name + R"(","score":1,"reason":")" + reason + R"("}]})",
               {.check = name})
        ->remarks;
  };
  const std::string name(report_name_length, 'n');
  const std::string reason(report_reason_length, 'r');
  EXPECT_TRUE(remarks(name, reason).starts_with(name + ": score "));
  EXPECT_TRUE(remarks(name, reason).ends_with(": " + reason));
  EXPECT_TRUE(remarks(name + "n", reason).starts_with(name + "…: score "));
  EXPECT_TRUE(remarks(name, reason + "r").ends_with(": " + reason + "…"));
}

TEST(Openssf, BoundsItsRemarks) {
  const std::string reason(10'000, '&');
  const auto outcome = read_openssf(
      R"({"checks":[{"name":"A","score":1,"reason":")" + reason + R"("}]})", {.check = "A"});
  ASSERT_TRUE(outcome);
  EXPECT_LE(count_characters(outcome->remarks), Limits().remarks_characters_max);
}

TEST(Openssf, SaysWhereAReportIsWrong) {
  EXPECT_EQ(openssf({}, "[]"), "the report must be a JSON object");
  EXPECT_EQ(openssf({}, "{}"), "member \"score\" is missing");
  EXPECT_EQ(openssf({.check = "A"}, "{}"), "member \"checks\" is missing");
  for (const std::string wrong : {"11", "-2", "-0.5", "null", "\"6\"", "[1]", "1e999"}) {
    EXPECT_EQ(openssf({}, R"({"score":)" + wrong + "}"),
              "member \"score\" must be a number from 0 to 10, or -1");
  }
  EXPECT_EQ(openssf({}, R"({"checks":[{"name":"A","score":1},{"name":"B","score":"1"}]})"),
            "member \"checks.1.score\" must be a number from 0 to 10, or -1");
  EXPECT_EQ(openssf({}, R"({"checks":[{"score":1}]})"), "member \"checks.0.name\" is missing");
  EXPECT_EQ(openssf({}, R"({"checks":[{"name":"A"}]})"), "member \"checks.0.score\" is missing");
  EXPECT_EQ(openssf({}, R"({"checks":[3]})"), "member \"checks.0\" must be an object");
  EXPECT_EQ(openssf({}, R"({"checks":{}})"), "member \"checks\" must be an array");
  EXPECT_EQ(openssf({}, R"({"score":6} {)"),
            "malformed JSON at byte 12: expected the end of the document");
}

}  // namespace
}  // namespace scorekeeper::wire
