// The server without its store: sockets, router, gate, rate limit and parser of the product, and an
// intake that answers 202 at once and keeps nothing. Its rate is the ceiling that the real server
// is compared with. Takes `serve --listen … --store DIR` as the product does, so that the same
// scripts start it; writes only DIR/initial-keys.json. Never part of the product.
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

#include "api/routes.h"
#include "arguments.h"
#include "auth/keys.h"
#include "base/log.h"
#include "http/server.h"
#include "intake/fake_store.h"

namespace scorekeeper::bench {
namespace {

// Answers at once, on the thread that submits. Rules get an id and are forgotten.
class ForgetfulIntake final : public intake::Intake {
 public:
  ForgetfulIntake(matrix::Matrix& matrix, store::Catalog& store) : matrix_(matrix), store_(store) {}

  Result<void> submit(const Caller& caller, OutcomeBatch batch, intake::SubmitOptions /*options*/,
                      intake::OnBatch on_batch) override {
    intake::Receipt receipt;
    receipt.request.number = RequestNumber{++requests_};
    receipt.request.org = caller.org;
    receipt.request.total_received = static_cast<std::uint32_t>(batch.results.size());
    on_batch(std::move(receipt));
    return {};
  }
  void tick() override {}
  bool is_following() const override { return true; }
  void when_shown(OrgId, RowId, intake::Gone, intake::OnShown on_shown) override {
    on_shown(false);
  }
  void close() override {}

 private:
  // Decided on an empty catalog.
  Result<void> push(intake::CatalogWork work) override {
    auto decided = work.decide({.matrix = matrix_.org(work.caller.org),
                                .catalog = store_,
                                .limits = matrix_.limits(),
                                .now = {}});
    work.done(decided ? Result<void>() : std::move(decided).error());
    return {};
  }

  matrix::Matrix& matrix_;
  store::Catalog& store_;
  std::atomic<std::uint64_t> requests_ = 0;
};

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
  intake::FakeStore store;  // empty, and stays so
  auth::KeyRing keys;
  keys.replace(make_keys(arguments.required("store")));
  std::atomic<api::Phase> phase = api::Phase::ready;
  api::Looks looks;
  const Limits limits;
  matrix::Matrix matrix(limits);
  ForgetfulIntake intake(matrix, store);
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
                         .intake = &intake,
                         .post_to_worker = {},
                         .post_query = {}};
  http::ServerOptions options;
  options.listen = arguments.text("listen", "127.0.0.1:0");
  options.limits = limits;
  auto server = http::Server::open(options, http::Router(api::make_routes(services)),
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
