// The audit log (docs/audit.md): who changed what. Ours.
#include "wire/audit.h"

#include <utility>

#include "api/errors.h"
#include "api/exports.h"
#include "api/handlers.h"

namespace scorekeeper::api {
namespace {

store::AuditFilter filter_of(const wire::AuditListQuery& query) {
  return {.actor = query.actor,
          .action = query.action,
          .resource = query.resource,
          .resource_id = query.resource_id,
          .request_id = query.request_id,
          .since = query.since,
          .until = query.until,
          .below = {},
          .offset = query.page.offset,
          .size = query.page.size};
}

}  // namespace

http::Response list_audit(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  const auto query = wire::parse_audit_list_query(request.query);
  if (!query) return respond_error(query.error(), request.id, services.limits);
  if (wants_csv(request)) return export_audit(context, filter_of(*query));
  auto budget = context.query_budget();
  const auto events = services.catalog.list_audit(context.caller.org, filter_of(*query), budget);
  if (!events) {
    return respond_error(blame(events.error(), "page[offset]"), request.id, services.limits);
  }
  auto links = wire::make_links("/api/v2/scorekeeper/audit", request.query, query->page);
  if (events->size() < query->page.size) links.next.clear();
  return respond(200, wire::write_audit_list(*events, links));
}

}  // namespace scorekeeper::api
