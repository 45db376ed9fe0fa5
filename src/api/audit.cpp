// The audit log (docs/audit.md): who changed what. Ours.
#include "wire/audit.h"

#include "api/errors.h"
#include "api/exports.h"
#include "api/handlers.h"

namespace scorekeeper::api {

http::Response list_audit(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  const auto filter = wire::parse_audit_filter(request.query, services.limits);
  if (!filter) return respond_error(filter.error(), request.id, services.limits);
  if (wants_csv(request)) return export_audit(context, *filter);
  auto budget = context.query_budget();
  const auto events = services.catalog.list_audit(context.caller.org, *filter, budget);
  if (!events) {
    return respond_error(blame(events.error(), "page[offset]"), request.id, services.limits);
  }
  auto links = wire::make_links("/api/v2/scorekeeper/audit", request.query, filter->page);
  if (events->size() < filter->page.size) links.next.clear();
  return respond(200, wire::write_audit_list(*events, links));
}

}  // namespace scorekeeper::api
