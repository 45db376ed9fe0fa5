// Makes the events of the audit log from a record. Pure.
#pragma once

#include <vector>

#include "base/result.h"
#include "domain/audit.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// Makes the events of a record of the catalog, in the order of its changes; the number of an event
// is the position of its change. Changes that tell of nothing have none. An Error: the body is not
// one of the catalog.
Result<std::vector<AuditEvent>> events_in(const LogRecord& record);

}  // namespace scorekeeper::store
