// The rows that a store keeps beside the records of a log, and the rows that readers get. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/outcome.h"

namespace scorekeeper::store {

// The row of an accepted request: what its async-request document tells. Kept for 30 days.
struct AcceptedRequest {
  RequestNumber number;
  OrgId org;
  AuditActor actor;
  Time accepted_at{};
  std::uint32_t total_received = 0;
  std::uint32_t total_changed = 0;
  RowId position;  // the last one of the log when this request's group was in

  bool operator==(const AcceptedRequest&) const = default;
};

// An entity that outcomes or a definition name for the first time, or again after it was deleted:
// then it lives again.
struct NewEntity {
  OrgId org;
  EntityNumber number;
  std::string_view reference;  // canonical; lives as long as the call
  Time discovered_at{};
  RowId position;  // of the record that names it; of a definition, of its change
};

// One outcome's change as readers see it.
struct OutcomeRow {
  RowId id;
  RuleNumber rule;
  EntityNumber entity;
  Time at{};
  Time first_reported{};  // whole seconds: the same in every row of an outcome
  std::string remarks;

  bool operator==(const OutcomeRow&) const = default;
};

}  // namespace scorekeeper::store
