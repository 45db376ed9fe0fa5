// The table of the audit log: written inside the transaction of the change that an event tells of,
// read in short transactions (decisions 2). Fields are kept as JSON objects that SQLite writes and
// reads, so that its shell can ask into them.
#pragma once

#include <vector>

#include "domain/audit.h"
#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// The statements of one writing connection, and of its thread.
class AuditWriter {
 public:
  // `connection` outlives this.
  Result<void> prepare(Connection& connection);
  // Inside a transaction. The event's number does not count: the next one is given.
  Result<void> put(const AuditEvent& event);

 private:
  Result<std::string> write_fields(const AuditFields& fields);

  Statement put_event_;
  Statement add_field_;
};

// One event, inside the caller's transaction.
Result<void> record_audit(Connection& connection, const AuditEvent& event);

// In pieces of numbers, each a read transaction.
Result<std::vector<AuditEvent>> list_audit(Connection& connection, OrgId org,
                                           const AuditFilter& filter);

}  // namespace scorekeeper::store::sqlite
