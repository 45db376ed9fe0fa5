// The table of the audit log: written inside the transaction of the change that an event tells of.
// Fields are kept as JSON objects that PostgreSQL writes and reads, so that its shell can ask into
// them.
#pragma once

#include <vector>

#include "domain/audit.h"
#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Adds a statement to the batch that is open on the connection, while the head of the event's org
// is locked. `number` is the one behind the head's last; the event's own does not count.
void add_event(Connection& connection, const AuditEvent& event, AuditNumber number);

Result<std::vector<AuditEvent>> list_audit(Connection& connection, OrgId org,
                                           const AuditFilter& filter);

}  // namespace scorekeeper::store::postgres
