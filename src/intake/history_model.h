// The model of a random history: its outcomes, the counts of its store, and the view of a server as
// text. Included by test files only.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "intake/intake_fixture.h"

namespace scorekeeper::intake {

// An outcome as a client knows it.
struct KnownOutcome {
  State state = State::pass;
  std::string remarks;
  std::uint32_t first_reported = 0;

  bool operator==(const KnownOutcome&) const = default;
};
using OutcomeKey = std::pair<std::string, std::string>;  // rule id, canonical reference
using KnownOutcomes = std::map<OutcomeKey, KnownOutcome>;
// The cells as the log has them, those of deleted rules too.
using Cells = std::map<std::pair<RuleNumber, EntityNumber>, std::pair<State, RowId>>;
using Counts = std::map<std::string, int>;

// The counts that the views of a store must have, of the changes that retention has left.
struct ViewCounts {
  std::size_t outcomes = 0;
  std::size_t changes = 0;
  std::size_t events = 0;
};

// All that readers see, as text.
inline std::vector<std::string> shown_by(Server& server) {
  auto& matrix = server.matrix->org(OrgId{1});
  std::vector<std::string> lines;
  for (const auto& one : server.outcomes().outcomes) {
    lines.push_back(fmt::format("{} {} {} row {} first {} hash {}", one.rule.number,
                                one.entity_reference, name_of(one.cell.state), one.cell.row.number,
                                one.cell.first_reported, one.cell.hash));
  }
  for (const auto& view : matrix.list_rules({}, {.offset = 0, .size = 1'000})) {
    lines.push_back(fmt::format("rule {} {} {} {} {}", view.rule.id, view.rule.name,
                                view.rule.scope_query, view.rule.enabled, view.scorecard.name));
  }
  for (const auto& kind : matrix.list_kinds({}, {.offset = 0, .size = 1'000})) {
    lines.push_back(fmt::format("kind {} {}", kind.name, kind.description));
  }
  for (const auto& view : matrix.list_campaigns({}, {.offset = 0, .size = 1'000}).campaigns) {
    lines.push_back(fmt::format("campaign {}", view.name));
  }
  WorkBudget unbounded;
  const auto scores = matrix.list_entity_scores({}, unbounded)->rows;
  for (const auto& score : scores) {
    lines.push_back(fmt::format("entity {} of {} pass {} fail {}", score.entity.number,
                                matrix.is_defined(score.entity), score.counts.pass,
                                score.counts.fail));
  }
  lines.push_back(fmt::format("entities {} rules {} cells {} position {}", matrix.count_entities(),
                              matrix.count_rules(), matrix.count_cells(),
                              matrix.position().number));
  return lines;
}

}  // namespace scorekeeper::intake
