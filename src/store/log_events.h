// Makes the events of the audit log from a record. Pure.
#pragma once

#include <vector>

#include "base/result.h"
#include "domain/audit.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// Of a record of the catalog: the events of its changes, in their order, each with the position of
// its change as its number. Changes that tell of nothing have none. An Error: a body that is none.
Result<std::vector<AuditEvent>> events_in(const LogRecord& record);

}  // namespace scorekeeper::store
