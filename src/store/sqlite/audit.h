// The audit log: the changes of an org's catalog, as its log has them. On a reading connection that
// is lent to the calling thread, in short read transactions.
#pragma once

#include <vector>

#include "domain/audit.h"
#include "store/catalog.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/log_reader.h"

namespace scorekeeper::store::sqlite {

// In pieces of changes, each a read transaction. An event has the position of its change as number.
Result<std::vector<AuditEvent>> list_audit(SqliteConnection& connection, LogReader& log, OrgId org,
                                           const AuditFilter& filter, WorkBudget& budget);

}  // namespace scorekeeper::store::sqlite
