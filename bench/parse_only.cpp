// The server without its store: sockets, router, gate, rate limit and parser of the product; a
// batch of outcomes is answered with 202 at once and kept nowhere. Its rate is the ceiling that the
// real server is compared with. Its catalog is an embedded store in DIR. Takes `serve --listen …
// --store DIR` as the product does, so that the same scripts start it. Never part of the product.
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/errors.h"
#include "api/routes.h"
#include "arguments.h"
#include "auth/keys.h"
#include "base/log.h"
#include "http/server.h"
#include "store/sqlite/store.h"
#include "wire/outcomes.h"
#include "wire/request_id.h"

namespace scorekeeper::bench {
namespace {

// Answers POST /outcomes at once, and keeps nothing.
void answer_at_once(const api::Services& services, http::Request& request, http::Reply reply) {
  static std::atomic<std::uint64_t> requests = 0;
  const auto batch = wire::parse_outcomes(request.body, services.limits);
  if (!batch) return reply(api::respond_error(batch.error(), request.id, services.limits));
  const auto id = wire::write_request_id(RequestNumber{++requests}, services.request_key);
  auto response = api::respond(202, wire::write_accepted(id, batch->results.size()));
  response.headers.push_back(
      {.name = "location", .value = "/api/v2/scorecard/async-requests/" + id});
  reply(std::move(response));
}

std::vector<http::Route> routes_of(const api::Services& services) {
  auto routes = api::make_routes(services);
  for (auto& route : routes) {
    if (route.method != http::Method::post || route.pattern != "/api/v2/scorecard/outcomes") {
      continue;
    }
    route.deferred = [&services](http::Request& request, http::Reply reply) {
      answer_at_once(services, request, std::move(reply));
    };
  }
  return routes;
}

Key make_key(KeyKind kind, std::uint32_t id, const std::string& secret) {
  Key key;
  key.id = KeyId{id};
  key.org = OrgId{1};
  key.kind = kind;
  key.hash = auth::hash_secret(secret);
  key.scopes = ScopeSet::unscoped();
  return key;
}

std::vector<Key> make_keys(const std::string& directory) {
  const auto api_key = auth::make_api_key();
  const auto application_key = auth::make_application_key();
  mkdir(directory.c_str(), 0700);
  std::ofstream file(directory + "/initial-keys.json");
  file << fmt::format(R"({{"api_key":"{}","application_key":"{}"}})", api_key, application_key)
       << "\n";
  return {make_key(KeyKind::api, 1, api_key), make_key(KeyKind::application, 2, application_key)};
}

int run(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Metrics metrics;
  SystemClock clock;
  const std::string directory = arguments.required("store");
  auth::KeyRing keys;
  keys.replace(make_keys(directory));
  const auto opened = store::sqlite::Store::open({.directory = directory}, metrics);
  if (!opened) {
    log::error("not started", {{"detail", opened.error().detail}});
    return 1;
  }
  store::sqlite::Store& store = **opened;
  std::atomic<api::Phase> phase = api::Phase::ready;
  api::Looks looks;
  const Limits limits;
  matrix::Matrix matrix(limits);
  auto intake = intake::Intake::open(matrix, {.log = store, .catalog = store}, clock, metrics);
  if (!intake) {
    log::error("not started", {{"detail", intake.error().detail}});
    return 1;
  }
  api::Services services{.matrix = matrix,
                         .log = store,
                         .catalog = store,
                         .keys = keys,
                         .clock = clock,
                         .metrics = metrics,
                         .limits = limits,
                         .request_key = {1, 2},
                         .phase = phase,
                         .looks = looks,
                         .unauthenticated_is_401 = false,
                         .intake = intake->get(),
                         .post_to_worker = {},
                         .post_query = {}};
  http::ServerOptions options;
  options.listen = arguments.text("listen", "127.0.0.1:0");
  options.limits = limits;
  auto server = http::Server::open(options, http::Router(routes_of(services)),
                                   api::write_http_error, metrics);
  if (!server) {
    log::error("not started", {{"detail", server.error().detail}});
    return 1;
  }
  services.post_to_worker = [&server](OrgId org, std::function<void()> job) {
    return (*server)->post_to_worker(org.number, std::move(job));
  };
  services.post_query = [&server](OrgId org, std::function<void()> job) {
    return (*server)->post_query(org.number, std::move(job));
  };
  (*server)->start();
  const auto host = options.listen.substr(0, options.listen.rfind(':'));
  log::info("listening", {{"address", fmt::format("{}:{}", host, (*server)->port())}});
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->drain();
  return 0;
}

}  // namespace
}  // namespace scorekeeper::bench

int main(int argc, char** argv) {
  // The word `serve` first, as for the product.
  return scorekeeper::bench::run(scorekeeper::bench::Arguments(argc - 1, argv + 1));
}
