// The changes in the records of a log, as values that tests compare. Included by test files only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/audit.h"
#include "domain/outcome.h"
#include "store/log_events.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::intake {

// An outcome that changed, as the log has it.
struct KeptChange {
  OrgId org;
  RowId position;
  Time at{};
  RuleNumber rule;
  EntityNumber entity;
  std::optional<State> state;
  std::optional<State> before;
  RowId previous;
  std::uint32_t first_reported = 0;
  std::uint32_t reported_before = 0;
  std::string remarks;

  bool operator==(const KeptChange&) const = default;
};
// All changes of a record of outcomes.
inline std::vector<KeptChange> changes_of(const store::LogRecord& record) {
  store::OutcomeBody body;
  std::vector<KeptChange> changes;
  if (record.kind != store::RecordKind::outcomes || !store::read_outcome_body(record, body)) {
    return changes;
  }
  for (std::size_t i = 0; i < body.changes.size(); ++i) {
    if (!body.changes[i]) continue;
    const store::ChangedOutcome& change = *body.changes[i];
    changes.push_back({.org = record.org,
                       .position = {record.position.number + i},
                       .at = record.at,
                       .rule = change.rule,
                       .entity = change.entity,
                       .state = change.state,
                       .before = change.before,
                       .previous = change.previous,
                       .first_reported = change.first_reported,
                       .reported_before = change.reported_before,
                       .remarks = std::string(change.remarks)});
  }
  return changes;
}

// The events of a record in the audit log; a record of outcomes has none.
inline std::vector<AuditEvent> events_of(const store::LogRecord& record) {
  if (record.kind != store::RecordKind::catalog) return {};
  return store::events_in(record).value();
}

}  // namespace scorekeeper::intake
