// The audit log: a reader of the records of the catalog in an org's log. Any thread, with a
// connection of its own.
#pragma once

#include <vector>

#include "domain/audit.h"
#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

Result<std::vector<AuditEvent>> list_audit(PgConnection& connection, OrgId org,
                                           const AuditFilter& filter, WorkBudget& budget);

}  // namespace scorekeeper::store::postgres
