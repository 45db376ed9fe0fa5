#include "api/routes.h"

#include <memory>
#include <string>
#include <string_view>

#include "api/gate.h"
#include "api/handlers.h"

namespace scorekeeper::api {
namespace {

using Handler = http::Response (*)(const Context&, const http::Request&);
using Heavy = bool (*)(const http::Request&);
using DeferredHandler = void (*)(const Context&, http::Request&, http::Reply);

struct Row {
  http::Mode mode = http::Mode::on_loop;
  http::Method method = http::Method::get;
  std::string_view path;
  Access access = Access::write;
  Handler handler = nullptr;           // on_loop, on_worker
  DeferredHandler deferred = nullptr;  // deferred
  bool audited = false;                // its caller carries the request's id, for the audit log
  Heavy heavy = nullptr;               // on_loop: what runs on a worker all the same
};

constexpr Row on_loop(http::Method method, std::string_view path, Access access, Handler handler,
                      Heavy heavy = nullptr) {
  return {http::Mode::on_loop, method, path, access, handler, nullptr, false, heavy};
}
constexpr Row on_worker(http::Method method, std::string_view path, Access access,
                        Handler handler) {
  return {http::Mode::on_worker, method, path, access, handler, nullptr, false};
}
constexpr Row deferred(http::Method method, std::string_view path, Access access,
                       DeferredHandler handler) {
  return {http::Mode::deferred, method, path, access, nullptr, handler, false};
}
// Deferred, of a change that the audit log records.
constexpr Row change(http::Method method, std::string_view path, Access access,
                     DeferredHandler handler) {
  return {http::Mode::deferred, method, path, access, nullptr, handler, true};
}

using enum http::Method;
using enum Access;

// clang-format off
constexpr Row table[] = {
    deferred (post,    "/api/v2/scorecard/outcomes",            write,   post_outcomes),
    deferred (post,    "/api/v2/scorecard/outcomes/batch",      write,   post_outcomes_batch),
    on_worker(get,     "/api/v2/scorecard/outcomes",            read,    list_outcomes),
    on_worker(get,     "/api/v2/scorecard/async-requests/{id}", read,    get_async_request),
    on_loop  (get,     "/api/v2/scorecard/rules",               read,    list_rules),
    change   (post,    "/api/v2/scorecard/rules",               write,   create_rule),
    change   (put,     "/api/v2/scorecard/rules/{rule_id}",     write,   update_rule),
    change   (delete_, "/api/v2/scorecard/rules/{rule_id}",     write,   delete_rule),
    on_loop  (get,     "/api/v2/scorecard/scorecards",          read,    list_scorecards),
    on_loop  (get,     "/api/v2/scorecard/scores/{aggregation}", read,   list_scores, asks_of_many),
    on_loop  (get,     "/api/v2/scorecard/campaigns",           read_campaigns,  list_campaigns),
    change   (post,    "/api/v2/scorecard/campaigns",           write_campaigns, create_campaign),
    on_loop  (get,     "/api/v2/scorecard/campaigns/{campaign_id}", read_campaigns, get_campaign,
              is_scored),
    change(put, "/api/v2/scorecard/campaigns/{campaign_id}", write_campaigns, update_campaign),
    change(delete_, "/api/v2/scorecard/campaigns/{campaign_id}", write_campaigns,delete_campaign),
    on_worker(get,     "/api/v2/catalog/entity",                read,    list_catalog_entities),
    change   (post,    "/api/v2/catalog/entity",                write,   upsert_catalog_entities),
    on_worker(post,    "/api/v2/catalog/entity/preview",        read,    preview_catalog_entities),
    change   (delete_, "/api/v2/catalog/entity/{entity_id*}",   write,   delete_catalog_entity),
    on_loop  (get,     "/api/v2/catalog/kind",                  read,    list_catalog_kinds),
    change   (post,    "/api/v2/catalog/kind",                  write,   upsert_catalog_kind),
    change   (delete_, "/api/v2/catalog/kind/{kind_id}",        write,   delete_catalog_kind),
    on_worker(get,     "/api/v2/catalog/relation",              read,    list_catalog_relations),
    on_worker(get,     "/api/v2/services/definitions",          read,    list_definitions),
    change   (post,    "/api/v2/services/definitions",          write,   upsert_definitions),
    on_worker(get,     "/api/v2/services/definitions/{service_name*}", read,  get_definition),
    change   (delete_, "/api/v2/services/definitions/{service_name*}", write, delete_definition),
    on_worker(get,     "/api/v2/scorekeeper/audit",             admin,   list_audit),
    on_loop  (get,     "/api/v1/validate",                      api_key, validate),
    on_loop  (get,     "/healthz",                              open,    get_health),
    on_worker(get,     "/readyz",                               open,    get_readiness),
    on_loop  (get,     "/metrics",                              open,    get_metrics),
    on_loop  (get,     "/version",                              open,    get_version),
    on_loop  (get,     "/openapi.json",                         open,    get_openapi),
};
// clang-format on

http::Route make_route(const Row& row, const Services& services,
                       const std::shared_ptr<Gate>& gate) {
  http::Route route;
  route.mode = row.mode;
  route.method = row.method;
  route.pattern = row.path;
  route.heavy = row.heavy;
  if (row.access != Access::open) {
    route.admit = [gate, access = row.access](http::Request& request) {
      return gate->admit(access, request);
    };
  }
  if (row.deferred != nullptr) {
    route.deferred = [&services, run = row.deferred, audited = row.audited](http::Request& request,
                                                                            http::Reply reply) {
      Context context{.services = services, .caller = caller_of(request)};
      if (audited) context.caller.request_id = request.id;
      run(context, request, std::move(reply));
    };
  } else {
    route.handler = [&services, run = row.handler](const http::Request& request) {
      return run({.services = services, .caller = caller_of(request)}, request);
    };
  }
  return route;
}

}  // namespace

std::vector<http::Route> make_routes(const Services& services) {
  const auto gate = std::make_shared<Gate>(services);
  std::vector<http::Route> routes;
  for (const auto& row : table) routes.push_back(make_route(row, services, gate));
  return routes;
}

}  // namespace scorekeeper::api
