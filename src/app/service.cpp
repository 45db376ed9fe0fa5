#include "app/service.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <utility>

#include "api/routes.h"
#include "app/openapi.h"
#include "app/prune_command.h"
#include "base/log.h"
#include "base/log_writer.h"

namespace scorekeeper::app {

namespace {

// When the server stops, it waits this long for a database that does not answer; then the answers
// say that it is not known whether the work is stored.
constexpr std::chrono::seconds stop_patience{5};
constexpr std::chrono::milliseconds tick_interval{250};

// glibc keeps what is freed for the next allocation: after a wave of large answers that would be
// for ever. Gives it back to the system once it is much.
void return_memory() {
  constexpr std::size_t free_bytes_min = 64 << 20;
  if (mallinfo2().fordblks > free_bytes_min) malloc_trim(0);
}

http::TlsFiles tls_of(const Config& config) {
  return {.cert = config.tls_cert, .key = config.tls_key, .client_ca = config.tls_client_ca};
}

// Steps that a mistake in the configuration makes fail come first: a server that cannot start makes
// no store and no keys.
Result<std::shared_ptr<http::Listener>> take_address(const Config& config) {
  auto listener = std::make_shared<http::Listener>(TRY(http::Listener::open(config.listen)));
  if (!config.tls_cert.empty()) TRY(http::check_tls(tls_of(config)));
  TRY(check_not_lost(config));
  return listener;
}

void lend_pools(api::Services& services, http::Server& server) {
  services.post_to_worker = [&server](OrgId org, std::function<void()> job) {
    return server.post_to_worker(org.number, std::move(job));
  };
  services.post_query = [&server](OrgId org, std::function<void()> job) {
    return server.post_query(org.number, std::move(job));
  };
}

}  // namespace

Service::Service(const Config& config) : matrix_(config.limits) {}

Service::~Service() { stop(); }

Result<std::unique_ptr<Service>> Service::start(const Config& config) {
  std::unique_ptr<Service> service(new Service(config));
  if (auto held = TRY(hold_snapshot_dir(config))) {
    service->snapshot_dir_.emplace(*std::move(held));
  }
  TRY(service->open(config));
  return service;
}

Result<void> Service::open(const Config& config) {
  auto listener = TRY(take_address(config));
  store_ =
      TRY(open_store(config, [this](const auto& failure) { on_store_failure(failure); }, metrics_));
  TRY(check_issuer(config.oidc));
  TRY(make_first_keys(config, clock_));
  TRY(load_keys());
  TRY(open_issuer(config.oidc));
  const auto secrets = TRY(store_.catalog().secrets());
  probe_ = std::make_unique<api::StoreProbe>(store_.log());
  services_ = std::make_unique<api::Services>(
      api::Services{.matrix = matrix_,
                    .log = store_.log(),
                    .catalog = store_.catalog(),
                    .keys = keys_,
                    .clock = clock_,
                    .metrics = metrics_,
                    .limits = config.limits,
                    .request_key = secrets.request_key,
                    .phase = phase_,
                    .looks = looks_,
                    .no_data = config.no_data_counts_as_fail ? NoDataCounting::counts_as_fail
                                                             : NoDataCounting::left_out,
                    .unauthenticated_is_401 = config.unauthenticated_is_401,
                    .issuer = issuer_keys_ ? &issuer_keys_->issuer() : nullptr,
                    .openapi = std::make_shared<const std::string>(openapi_document()),
                    .probe = probe_.get(),
                    .metrics_page = &metrics_page_,
                    .intake = nullptr,
                    .post_to_worker = {},
                    .post_query = {}});
  server_ = TRY(http::Server::open({.listen = config.listen,
                                    .listener = std::move(listener),
                                    .tls = tls_of(config),
                                    .workers = static_cast<unsigned>(config.workers),
                                    .query_workers = static_cast<unsigned>(config.query_workers),
                                    .limits = config.limits},
                                   http::Router(api::make_routes(*services_)),
                                   api::write_http_error, metrics_));
  lend_pools(*services_, *server_);
  server_->start();
  const auto host = config.listen.substr(0, config.listen.rfind(':'));
  log::info("listening", {{"address", host + ":" + std::to_string(server_->port())},
                          {"tls", !config.tls_cert.empty()},
                          {"client_certificates", !config.tls_client_ca.empty()},
                          {"store", mask_password(config.store)},
                          {"version", SCOREKEEPER_VERSION}});

  const store::Keep keep = TRY(parse_keeps(config.history_keep, config.audit_keep));
  const auto begin = clock_.now();
  intake_ = TRY(intake::Intake::open(
      matrix_,
      {.log = store_.log(),
       .catalog = store_.catalog(),
       .on_folding = [this](bool folding) { on_folding(folding); },
       .keep = keep,
       .snapshots = {.place = snapshot_place(config), .changes = config.snapshot_changes}},
      clock_, metrics_));
  services_->intake = intake_.get();
  set_open();
  probe_->probe();
  key_watcher_ = std::thread([this] { watch_keys(); });
  prober_ = std::thread([this] { probe(); });
  ticker_ = std::thread([this] { tick(); });
  log::info("ready", {{"fold_ms", (clock_.now() - begin).count() / 1000}});
  return {};
}

Result<void> Service::check_issuer(const OidcConfig& config) {
  if (config.issuer.empty()) return {};
  const auto known = TRY(store_.catalog().load_keys());
  if (known.orgs.empty() && config.org == first_org_name) return {};  // made with the first keys
  if (std::ranges::find(known.orgs, config.org, &Org::name) != known.orgs.end()) return {};
  return invalid("oidc_org: no org \"" + config.org + "\"; `scorekeeper org list` shows them");
}

Result<void> Service::open_issuer(const OidcConfig& config) {
  if (config.issuer.empty()) return {};
  const auto known = TRY(store_.catalog().load_keys());
  for (const auto& org : known.orgs) {
    if (org.name != config.org) continue;
    issuer_keys_ = std::make_unique<IssuerKeys>(config, org.id, clock_, metrics_);
    return {};
  }
  return make_error(Code::unavailable, "oidc_org: the org \"" + config.org + "\" is gone");
}

Result<void> Service::load_keys() {
  const auto keys = TRY(store_.catalog().load_keys());
  keys_.replace(keys.keys);
  return {};
}

// The command line writes keys beside the running server: they count within a second.
void Service::watch_keys() {
  std::optional<std::uint64_t> seen;
  Lock lock(mutex_);
  while (!stopping_) {
    mutex_.unlock();
    look_for_keys(seen);
    mutex_.lock();
    if (!stopping_) stopping_changed_.wait_for(mutex_, key_poll_interval);
  }
}

void Service::tick() {
  Lock lock(mutex_);
  while (!stopping_) {
    mutex_.unlock();
    try {
      intake_->tick();
    } catch (const std::exception& exception) {
      log::error("tick_failed", {{"detail", exception.what()}});
    }
    mutex_.lock();
    if (!stopping_) stopping_changed_.wait_for(mutex_, tick_interval);
  }
}

void Service::probe() {
  Lock lock(mutex_);
  while (!stopping_) {
    mutex_.unlock();
    try {
      probe_->probe();
    } catch (const std::exception& exception) {
      log::error("probe_failed", {{"detail", exception.what()}});
    }
    count_dropped_lines();
    return_memory();
    mutex_.lock();
    if (!stopping_) stopping_changed_.wait_for(mutex_, store_probe_interval);
  }
}

void Service::count_dropped_lines() {
  auto& counter = metrics_.counter("scorekeeper_log_dropped_total",
                                   "Log lines that were dropped because too many waited.");
  counter.add(static_cast<double>(log::dropped_lines()) - counter.value());
}

// The thread's body: what a library throws, memory that is short, is a look that failed.
void Service::look_for_keys(std::optional<std::uint64_t>& seen) {
  try {
    if (store_.embedded) store_.embedded->look_at_files();
    const auto version = store_.catalog().keys_version();
    if (!version || seen == *version) return;
    if (auto loaded = load_keys(); loaded) {
      seen = *version;
    } else {
      log::error("keys not loaded", {{"detail", loaded.error().detail}});
    }
  } catch (const std::exception& exception) {
    log::error("keys not loaded", {{"detail", exception.what()}});
  }
}

// Answers would be of a history that is not whole: until it is, there are none.
void Service::on_folding(bool folding) {
  {
    Lock lock(mutex_);
    folding_ = folding;
    set_phase();
  }
  if (folding) looks_.begin_anew();
}

void Service::set_open() {
  log::flush();  // a client that sees that the server is ready can read what it said of its start
  Lock lock(mutex_);
  open_ = true;
  set_phase();
}

// A start that fails, or that is stopped half way, never was ready: there is no intake, and the
// matrix is not whole. It drains without serving anything.
void Service::set_phase() {
  if (!open_ || folding_) {
    phase_ = api::Phase::starting;
  } else {
    phase_ = stopping_ ? api::Phase::draining : api::Phase::ready;
  }
}

// The store refuses everything from now on: what is pending is answered `unavailable` while main
// drains, then main ends the process.
void Service::on_store_failure(const store::sqlite::StoreFailure& failure) {
  store::sqlite::log_failure(failure);
  store_failed_ = true;
  ::kill(::getpid(), SIGTERM);
}

void Service::stop() {
  {
    Lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    set_phase();
  }
  stopping_changed_.notify_all();
  if (issuer_keys_) issuer_keys_->stop();
  if (server_) server_->drain();
  // The watchers and the committer may wait for it.
  if (store_.database) store_.database->give_up_after(stop_patience);
  if (key_watcher_.joinable()) key_watcher_.join();
  if (ticker_.joinable()) ticker_.join();
  if (prober_.joinable()) prober_.join();
  // The committer calls back into replies and workers: it ends before the server does. A handler
  // that outlives the drain may still submit: the closed intake refuses it, and goes after the
  // server.
  if (intake_) intake_->close();
  server_.reset();
  Lock lock(mutex_);
  if (open_) log::info("stopped");  // else it never started: main says so
}

}  // namespace scorekeeper::app
