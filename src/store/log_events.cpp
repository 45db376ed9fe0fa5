#include "store/log_events.h"

#include <cstddef>
#include <utility>

#include "domain/catalog_change.h"
#include "store/catalog_body.h"

namespace scorekeeper::store {

Result<std::vector<AuditEvent>> events_in(const LogRecord& record) {
  std::vector<AuditEvent> events;
  const CatalogBodyChanges changes = TRY(read_catalog_body(record.body));
  const Authorship by{.actor = record.actor, .request_id = record.request_id, .at = record.at};
  for (std::size_t n = 0; n < changes.size(); ++n) {
    if (!changes[n]) continue;  // retention took it away
    for (AuditEvent& event : events_of({.org = record.org, .changes = {*changes[n]}}, by)) {
      event.number = {record.position.number + n};
      events.push_back(std::move(event));
    }
  }
  return events;
}

}  // namespace scorekeeper::store
