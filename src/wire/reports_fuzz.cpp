// Any bytes as a report of each kind: an outcome whose remarks the API takes and that hold no
// markup of strangers, or an error that says something.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/text.h"
#include "wire/reports.h"

namespace {

using scorekeeper::Result;
using scorekeeper::wire::ReportOutcome;

void check(const Result<ReportOutcome>& outcome) {
  if (!outcome) {
    ASSERT(!outcome.error().detail.empty());
    return;
  }
  ASSERT(scorekeeper::is_utf8(outcome->remarks));
  ASSERT(!scorekeeper::has_control_character(outcome->remarks));
  ASSERT(outcome->remarks.find_first_of("<>\"'") == std::string::npos);
  ASSERT(scorekeeper::count_characters(outcome->remarks) <=
         scorekeeper::Limits().remarks_characters_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(scorekeeper::wire::read_junit(text));
  check(scorekeeper::wire::read_sarif(text, scorekeeper::wire::FindingLevel::warning));
  check(scorekeeper::wire::read_openssf(text, {}));
  check(scorekeeper::wire::read_openssf(text, {.check = "License", .score_min = 10}));
  return 0;
}
