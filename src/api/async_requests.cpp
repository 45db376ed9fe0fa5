#include <string>

#include "api/errors.h"
#include "api/gate.h"
#include "api/handlers.h"
#include "wire/outcomes.h"
#include "wire/request_id.h"

namespace scorekeeper::api {

// The result of a request that reported outcomes. A request of another org is not found, as one
// that never was; whoever may not read sees his own, and nothing of whether others exist.
http::Response get_async_request(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  const std::string id(request.path_parameter("id"));
  const bool reads = context.caller.scopes.has(Scope::apm_service_catalog_read);
  const auto not_found = make_error(Code::not_found, "async request not found: " + id);
  const auto number = wire::parse_request_id(id, services.request_key);
  if (!number && !reads) return refuse_missing(name_of(Scope::apm_service_catalog_read));
  if (!number) return respond_error(not_found, request.id, services.limits);
  const auto found = services.log.find_request(context.caller.org, *number);
  if (!found) return respond_error(found.error(), request.id, services.limits);
  const bool own = *found && is_actor((*found)->actor, context.caller);
  if (!own && !reads) return refuse_missing(name_of(Scope::apm_service_catalog_read));
  if (!*found) return respond_error(not_found, request.id, services.limits);
  const auto& accepted = **found;
  return respond(200, wire::write_async_request({.id = id,
                                                 .accepted_at = accepted.accepted_at,
                                                 .total_received = accepted.total_received,
                                                 .total_changed = accepted.total_changed,
                                                 .position = accepted.position.number}));
}

}  // namespace scorekeeper::api
