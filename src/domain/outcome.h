// Outcomes: the state of one rule for one entity, and a batch of them as it was reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace scorekeeper {

// The numbers are stored in the log, in snapshots and in two bit planes (0 = no outcome): never
// change them. All four values of two bits are used, so a fourth state needs a third plane and new
// formats. It needs lines in: outcome.cpp (name, parse), matrix/cell_page.h, matrix/cells.h
// (Counts), matrix/kernels.h, score.h (ScoreCounts), store/outcome_body.cpp (digit), the views of
// both stores, matrix/snapshot.h, wire/outcomes.cpp and wire/query.cpp (words of errors),
// app/openapi/parameters.json and errors.json, docs/formats/log.md. A condition that depends on the
// time, such as the age of a report, is no state.
enum class State : std::uint8_t { pass = 1, fail = 2, skip = 3 };

std::string_view name_of(State state);
std::optional<State> parse_state(std::string_view text);

// A piece of OutcomeBatch::text.
struct TextRange {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

struct ReportedOutcome {
  TextRange rule_id;
  TextRange entity;   // canonical reference
  TextRange remarks;  // empty = none
  State state = State::pass;
};

// The results of one request, checked but for the existence of their rules. A value: its texts
// stand in one buffer of its own, so that a batch of thousands costs two allocations and can be
// moved between threads.
struct OutcomeBatch {
  std::string text;
  std::vector<ReportedOutcome> results;

  std::string_view view(TextRange range) const {
    return std::string_view(text).substr(range.offset, range.length);
  }
};

// Last reports of one rule for entities (block * 1024 + 1 … block * 1024 + 1024), in seconds; 0 =
// none.
struct ReportedBlock {
  OrgId org;
  RuleNumber rule;
  std::uint32_t block = 0;
  std::vector<std::uint32_t> last_reported;  // reported_block_size of them
};
inline constexpr std::uint32_t reported_block_size = 1024;

}  // namespace scorekeeper
