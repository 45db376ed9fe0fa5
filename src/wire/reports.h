// Reports that other tools leave in a CI job, for `scorekeeper push`: each becomes the outcome of
// one rule. The readers keep counts and a few names, not the document. A text has at most
// report_bytes_max bytes. An error says what is wrong, and in which line or member. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "domain/outcome.h"

namespace scorekeeper::wire {

struct ReportOutcome {
  State state = State::skip;
  std::string remarks;  // HTML within remarks_characters_max; text from the report is escaped
};

// JUnit's XML. Counts elements <testcase>, not the numbers of the suites: those of a suite hold
// the ones of the suites in it. <failure> or <error> in a test: it failed; <skipped>, or
// googletest's status="notrun": it was skipped. fail: a test failed; skip: none ran; else pass.
// Elements in more than xml_depth_max others and a <!DOCTYPE> are refused.
Result<ReportOutcome> read_junit(std::string_view text);

// In rising order.
enum class FindingLevel { none, note, warning, error };
std::optional<FindingLevel> parse_finding_level(std::string_view text);

// SARIF 2.1.0. A result is an open finding if its kind is fail, it is not gone since the baseline,
// and it is not suppressed: a suppression under review or rejected leaves it open. Without a level
// of its own it has that of its rule's configuration. fail: an open finding of at least `fail_on`;
// skip: no run has results, so nothing was analysed; else pass.
Result<ReportOutcome> read_sarif(std::string text, FindingLevel fail_on);

struct OpenssfQuestion {
  std::optional<std::string> check;  // nullopt: the overall score
  double score_min = 5;
};
// The JSON of OpenSSF Scorecard. skip: the score is -1, which means that it is not known. An error
// about an unknown check names the nearest one.
Result<ReportOutcome> read_openssf(std::string text, const OpenssfQuestion& question);

// Text from a report as HTML on one line, cut off behind so many characters.
std::string escape_remark(std::string_view utf8, std::size_t characters_max);

}  // namespace scorekeeper::wire
