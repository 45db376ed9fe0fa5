#include "api/routes.h"

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/errors.h"
#include "api/gate.h"
#include "api/handlers.h"
#include "api/position.h"
#include "wire/errors.h"

namespace scorekeeper::api {
namespace {

using Handler = http::Response (*)(const Context&, const http::Request&);
using BodyHandler = http::Response (*)(const Context&, http::Request&);  // takes the body
using Heavy = bool (*)(const Context&, const http::Request&);
using DeferredHandler = void (*)(const Context&, http::Request&, http::Reply);
using Finish = void (*)(const http::Request&, http::Response&);

struct Row {
  http::Mode mode = http::Mode::on_loop;
  http::Method method = http::Method::get;
  std::string_view path;
  Access access = Access::write;
  Handler handler = nullptr;           // all but these two:
  BodyHandler body_handler = nullptr;  // body
  DeferredHandler deferred = nullptr;  // deferred
  bool audited = false;                // its caller carries the request's id, for the audit log
  Heavy heavy = nullptr;               // on_loop: what is a query all the same
  Finish finish = nullptr;             // gives every answer of the route its form
  bool slow_body = false;              // of definitions: YAML, and references that are looked up
};

constexpr Row on_loop(http::Method method, std::string_view path, Access access, Handler handler,
                      Heavy heavy = nullptr) {
  return {.mode = http::Mode::on_loop,
          .method = method,
          .path = path,
          .access = access,
          .handler = handler,
          .heavy = heavy};
}
constexpr Row query(http::Method method, std::string_view path, Access access, Handler handler) {
  return {.mode = http::Mode::query,
          .method = method,
          .path = path,
          .access = access,
          .handler = handler};
}
constexpr Row body(http::Method method, std::string_view path, Access access, BodyHandler handler) {
  return {.mode = http::Mode::body,
          .method = method,
          .path = path,
          .access = access,
          .body_handler = handler};
}
constexpr Row deferred(http::Method method, std::string_view path, Access access,
                       DeferredHandler handler, Finish finish = nullptr) {
  return {.mode = http::Mode::deferred,
          .method = method,
          .path = path,
          .access = access,
          .deferred = handler,
          .finish = finish};
}
// Deferred, of a change that the audit log records.
constexpr Row change(http::Method method, std::string_view path, Access access,
                     DeferredHandler handler) {
  Row row = deferred(method, path, access, handler);
  row.audited = true;
  return row;
}
// A change whose body is slow to read.
constexpr Row define(http::Method method, std::string_view path, Access access,
                     DeferredHandler handler) {
  auto row = change(method, path, access, handler);
  row.slow_body = true;
  return row;
}

using enum http::Method;
using enum Access;

// clang-format off
constexpr Row table[] = {
    deferred (post,    "/api/v2/scorecard/outcomes",            report,  post_outcomes,
              choose_error_form),
    deferred (post,    "/api/v2/scorecard/outcomes/batch",      report,  post_outcomes_batch),
    query    (get,     "/api/v2/scorecard/outcomes",            read,    list_outcomes),
    query    (get,     "/api/v2/scorecard/async-requests/{id}", read_or_own, get_async_request),
    on_loop  (get,     "/api/v2/scorecard/rules",               read,    list_rules,
              searches_texts),
    change   (post,    "/api/v2/scorecard/rules",               write,   create_rule),
    change   (put,     "/api/v2/scorecard/rules/{rule_id}",     write,   update_rule),
    change   (delete_, "/api/v2/scorecard/rules/{rule_id}",     write,   delete_rule),
    on_loop  (get,     "/api/v2/scorecard/scorecards",          read,    list_scorecards,
              searches_texts),
    on_loop  (get,     "/api/v2/scorecard/scores/{aggregation}", read,   list_scores, asks_of_many),
    query    (get,     "/api/v2/scorecard/campaigns",           read_campaigns,  list_campaigns),
    change   (post,    "/api/v2/scorecard/campaigns",           write_campaigns, create_campaign),
    query    (get,     "/api/v2/scorecard/campaigns/{campaign_id}", read_campaigns, get_campaign),
    change(put, "/api/v2/scorecard/campaigns/{campaign_id}", write_campaigns, update_campaign),
    change(delete_, "/api/v2/scorecard/campaigns/{campaign_id}", write_campaigns,delete_campaign),
    query    (get,     "/api/v2/catalog/entity",                read,    list_catalog_entities),
    define   (post,    "/api/v2/catalog/entity",                write,   upsert_catalog_entities),
    body     (post,    "/api/v2/catalog/entity/preview",        read,    preview_catalog_entities),
    change   (delete_, "/api/v2/catalog/entity/{entity_id*}",   write,   delete_catalog_entity),
    query    (get,     "/api/v2/catalog/kind",                  read,    list_catalog_kinds),
    define   (post,    "/api/v2/catalog/kind",                  write,   upsert_catalog_kind),
    change   (delete_, "/api/v2/catalog/kind/{kind_id}",        write,   delete_catalog_kind),
    query    (get,     "/api/v2/catalog/relation",              read,    list_catalog_relations),
    query    (get,     "/api/v2/services/definitions",          read,    list_definitions),
    define   (post,    "/api/v2/services/definitions",          write,   upsert_definitions),
    query    (get,     "/api/v2/services/definitions/{service_name*}", read,  get_definition),
    change   (delete_, "/api/v2/services/definitions/{service_name*}", write, delete_definition),
    query    (get, "/api/v2/services/raw_definitions/{service_name*}", read, get_raw_definition),
    on_loop  (get,     "/api/v2/scorekeeper/scorecards/{scorecard_id}", read,  get_scorecard),
    change   (patch,   "/api/v2/scorekeeper/scorecards/{scorecard_id}", write, update_scorecard),
    change   (delete_, "/api/v2/scorekeeper/scorecards/{scorecard_id}", write, delete_scorecard),
    query    (get,     "/api/v2/scorekeeper/audit",             admin,   list_audit),
    on_loop  (get,     "/api/v1/validate",                      api_key, validate),
    on_loop  (get,     "/healthz",                              open,    get_health),
    on_loop  (get,     "/readyz",                               open,    get_readiness),
    on_loop  (get,     "/metrics",                              open,    get_metrics),
    on_loop  (get,     "/version",                              open,    get_version),
    on_loop  (get,     "/openapi.json",                         open,    get_openapi),
};
// clang-format on

constexpr std::string_view min_position_header = "scorekeeper-min-position";

RowId position_of(const Services& services, const Caller& caller) {
  return services.matrix.org(caller.org).position();
}

http::Response refuse(int status, Code code, std::string_view detail) {
  return respond(status, wire::write_errors(status, make_error(code, std::string(detail))));
}

// Holds a reading request back until this server shows the position that it asks for.
bool hold(const Services& services, const http::Request& request, http::Resume resume) {
  const std::string_view text = request.header(min_position_header);
  if (text.empty()) return false;
  RowId position;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), position.number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    resume(refuse(
        400, Code::invalid,
        "header \"scorekeeper-min-position\" must be the scorekeeper-position of an answer"));
    return true;
  }
  const OrgId org = caller_of(request).org;
  if (services.matrix.org(org).position() >= position) return false;
  const auto on_shown = [resume = std::move(resume)](bool shown) {
    if (shown) return resume(std::nullopt);
    resume(
        refuse(503, Code::unavailable, "this server has not reached that position yet; try again"));
  };
  services.intake->when_shown(org, position, request.cancelled, on_shown);
  return true;
}

bool is_starting(const Services& services) { return services.phase.load() == Phase::starting; }

http::Response refuse_start() { return refuse(503, Code::unavailable, "the server is starting"); }

// The chunks of an export are of one history: of another one there is no next.
class GuardedSource final : public http::BodySource {
 public:
  GuardedSource(const Services& services, std::uint64_t history,
                std::unique_ptr<http::BodySource> source)
      : services_(services), history_(history), source_(std::move(source)) {}

  Result<bool> next(std::string& chunk) override {
    const Looks::Look look(services_.looks);
    if (look.history() != history_ || is_starting(services_)) {
      return make_error(Code::unavailable, "the history of the store was folded again");
    }
    return source_->next(chunk);
  }
  std::size_t held_bytes() const override { return source_->held_bytes(); }

 private:
  const Services& services_;
  std::uint64_t history_;
  std::unique_ptr<http::BodySource> source_;
};

http::Route make_route(const Row& row, const Services& services,
                       const std::shared_ptr<Gate>& gate) {
  http::Route route;
  route.mode = row.mode;
  route.method = row.method;
  route.pattern = row.path;
  route.slow_body = row.slow_body;
  if (row.heavy != nullptr) {
    route.heavy = [&services, heavy = row.heavy](const http::Request& request) {
      const Looks::Look look(services.looks);
      if (is_starting(services)) return false;
      return heavy({.services = services, .caller = caller_of(request)}, request);
    };
  }
  if (row.finish != nullptr) route.finish = row.finish;
  if (row.access != Access::open) {
    route.admit = [gate, access = row.access](http::Request& request) {
      return gate->admit(access, request);
    };
  }
  if (row.deferred != nullptr) {
    route.deferred = [&services, run = row.deferred, audited = row.audited](http::Request& request,
                                                                            http::Reply reply) {
      Context context{
          .services = services, .caller = caller_of(request), .cancelled = request.cancelled};
      if (audited) context.caller.request_id = request.id;
      const Looks::Look look(services.looks);
      if (is_starting(services)) return reply(refuse_start());
      run(context, request,
          http::Reply([&services, caller = context.caller,
                       reply = std::move(reply)](http::Response response) mutable {
            // Batches know theirs: the committer's thread does not lock the matrix for each.
            if (!tells_position(response)) tell_position(response, position_of(services, caller));
            reply(std::move(response));
          }));
    };
    return route;
  }
  const bool of_an_org = row.access != Access::open && row.access != Access::api_key;
  const auto run = [read = row.handler, take = row.body_handler](const Context& context,
                                                                 http::Request& request) {
    return take != nullptr ? take(context, request) : read(context, request);
  };
  route.handler = [&services, run, of_an_org](http::Request& request) {
    const Context context{
        .services = services, .caller = caller_of(request), .cancelled = request.cancelled};
    if (!of_an_org) return run(context, request);
    const Looks::Look look(services.looks);
    if (is_starting(services)) return refuse_start();
    const RowId position = position_of(services, context.caller);  // before the handler looks
    auto response = run(context, request);
    if (response.source) {
      response.source =
          std::make_unique<GuardedSource>(services, look.history(), std::move(response.source));
    }
    tell_position(response, position);
    return response;
  };
  if (of_an_org) {
    route.hold = [&services](const http::Request& request, http::Resume resume) {
      return hold(services, request, std::move(resume));
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
