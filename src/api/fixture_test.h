// For the tests of this folder: the API on a real store in a temporary folder, without sockets. A
// call goes the way of a request: router, gate, handler, and for deferred routes a wait for the
// reply with a deadline.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/routes.h"
#include "base/assert.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/test_directory.h"
#include "intake/faulty_log_fixture.h"
#include "store/sqlite/store.h"

namespace scorekeeper::api {

// One thread that runs jobs in order.
class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  std::atomic<bool> full = false;
  std::atomic<int> jobs_left = -1;  // then it is full; -1: any number
  bool post(std::function<void()> job) {
    if (full || jobs_left == 0) return false;
    if (jobs_left > 0) --jobs_left;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_all();
    return true;
  }

 private:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

// The secrets of a caller; `authorization` is the whole header.
struct Pair {
  std::string api;
  std::string application;
  std::string authorization{};
};
inline Pair bearer(const std::string& token) {
  return {.api = {}, .application = {}, .authorization = "Bearer " + token};
}

class RunningApi {
 public:
  explicit RunningApi(Limits limits = {})
      : matrix_(limits), store_(open()), log_(*store_), key_store_(open_keys()) {
    log::set_level(log::Level::error);
    services_ = std::make_unique<Services>(
        Services{.matrix = matrix_,
                 .log = log_,
                 .catalog = *store_,
                 .keys = keys_,
                 .clock = clock,
                 .metrics = metrics_,
                 .limits = limits,
                 .request_key = store_->secrets()->request_key,
                 .phase = phase,
                 .looks = looks,
                 .no_data = NoDataCounting::left_out,
                 .unauthenticated_is_401 = false,
                 .issuer = nullptr,
                 .probe = &probe_,
                 .intake = nullptr,
                 .post_to_worker = [this](OrgId, auto job) { return worker.post(std::move(job)); },
                 .post_query = [this](OrgId, auto job) { return worker.post(std::move(job)); }});
    auto intake = intake::Intake::open(matrix_, {.log = log_, .catalog = *store_}, clock, metrics_);
    ASSERT(intake.has_value());
    intake_ = *std::move(intake);
    services_->intake = intake_.get();
    router_ = std::make_unique<http::Router>(make_routes(*services_));
    default_pair = add_pair("default");
    probe_.probe();
  }

  FakeClock clock;
  std::atomic<Phase> phase = Phase::ready;
  Looks looks;
  Worker worker;
  Pair default_pair;
  std::vector<http::Header> more_headers;  // of each call

  Services& services() { return *services_; }
  intake::FaultyLog& log() { return log_; }
  const http::Router& router() const { return *router_; }
  StoreProbe& probe() { return probe_; }
  MetricsPage& metrics_page() { return metrics_page_; }

  // Keys of the org of that name, which is made when it is new.
  Pair add_pair(const std::string& org, ScopeSet scopes = ScopeSet::unscoped()) {
    const Pair pair{.api = auth::make_api_key(), .application = auth::make_application_key()};
    add_key(org, KeyKind::api, pair.api, {});
    add_key(org, KeyKind::application, pair.application, scopes);
    load_keys();
    return pair;
  }
  // An access token of that org, which is there.
  struct TokenOptions {
    std::string org = "default";
    KeyKind kind = KeyKind::personal;
    ScopeSet scopes = ScopeSet::unscoped();
    std::optional<Time> expires_at{};
  };
  std::string add_token(const TokenOptions& options) {
    const auto secret = auth::make_token(options.kind);
    add_key(options.org, options.kind, secret, options.scopes, options.expires_at);
    load_keys();
    return secret;
  }
  void revoke(std::string_view secret) {
    const auto known = key_store_->load_keys();
    for (const auto& key : known->keys) {
      if (key.hash != auth::hash_secret(secret)) continue;
      ASSERT(key_store_->revoke_key(key.id, clock.now()).has_value());
    }
    load_keys();
  }

  // --- calls
  http::Response get(const std::string& target) { return call(http::Method::get, target, {}); }
  http::Response post(const std::string& target, const std::string& body) {
    return call(http::Method::post, target, body);
  }
  http::Response call(http::Method method, const std::string& target, const std::string& body) {
    return call_as(default_pair, method, target, body);
  }
  http::Response call_as(const Pair& pair, http::Method method, const std::string& target,
                         const std::string& body) {
    return wait(start(pair, method, target, body));
  }
  // A call whose answer is awaited later.
  std::future<http::Response> start(const Pair& pair, http::Method method,
                                    const std::string& target, const std::string& body) {
    clock.advance(std::chrono::microseconds(1));  // each change has a time of its own
    auto request = std::make_shared<http::Request>();
    request->id = "test";
    request->method = method;
    request->target = target;
    request->headers = {{.name = "dd-api-key", .value = pair.api},
                        {.name = "dd-application-key", .value = pair.application},
                        {.name = "authorization", .value = pair.authorization}};
    for (const auto& header : more_headers) request->headers.push_back(header);
    request->body = body;
    auto parsed = http::parse_target(target);
    ASSERT(parsed.has_value());
    request->query = std::move(parsed->query);
    auto match = router_->match(method, parsed->path);
    ASSERT(match.route != nullptr);
    request->path_parameters = std::move(match.path_parameters);
    return run(*match.route, request);
  }
  // The answer as the client sees it: what it shares with others is its body.
  static http::Response wait(std::future<http::Response> future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    auto response = future.get();
    if (response.shared_body) response.body = *response.shared_body;
    return response;
  }

  // The id of a new rule.
  std::string make_rule(const std::string& name = "Example") {
    return make_rule_as(default_pair, name);
  }
  std::string make_rule_as(const Pair& pair, const std::string& name) {
    const auto made =
        call_as(pair, http::Method::post, "/api/v2/scorecard/rules",
                R"({"data":{"attributes":{"name":")" + name + R"(","scorecard_name":"Card"}}})");
    EXPECT_EQ(made.status, 201) << made.body;
    return first_id(made.body);
  }
  static std::string first_id(std::string_view body) {
    constexpr std::string_view before = R"("id":")";
    const auto start = body.find(before);
    if (start == std::string_view::npos) return {};
    const auto rest = body.substr(start + before.size());
    return std::string(rest.substr(0, rest.find('"')));
  }

 private:
  std::unique_ptr<store::sqlite::Store> open() {
    auto store = store::sqlite::Store::open({.directory = directory_.store()}, metrics_);
    ASSERT(store.has_value());
    return *std::move(store);
  }
  std::unique_ptr<store::KeyStore> open_keys() {
    auto keys = store::sqlite::open_keys(directory_.store());
    ASSERT(keys.has_value());
    return *std::move(keys);
  }
  void add_key(const std::string& org, KeyKind kind, std::string_view secret, ScopeSet scopes,
               std::optional<Time> expires_at = {}) {
    clock.advance(std::chrono::microseconds(1));
    OrgId id;
    const auto known = key_store_->load_keys();
    for (const auto& other : known->orgs) {
      if (other.name == org) id = other.id;
    }
    if (!id) {
      id = key_store_->create_org(org, clock.now())->id;
      clock.advance(std::chrono::microseconds(1));
    }
    ASSERT(key_store_
               ->create_key({.id = {},
                             .org = id,
                             .kind = kind,
                             .name = "test",
                             .hash = auth::hash_secret(secret),
                             .scopes = scopes,
                             .created_at = clock.now(),
                             .expires_at = expires_at,
                             .revoked_at = {}})
               .has_value());
  }
  void load_keys() { keys_.replace(key_store_->load_keys()->keys); }

  // As http/ does it: the headers of the gate stand on every answer that has no such header.
  static void add_headers(const http::Request& request, http::Response& response) {
    const auto own = response.headers.size();
    for (const auto& header : request.answer_headers) {
      bool known = false;
      for (std::size_t i = 0; i < own; ++i) known |= response.headers[i].name == header.name;
      if (!known) response.headers.push_back(header);
    }
  }
  static std::future<http::Response> run(const http::Route& route,
                                         const std::shared_ptr<http::Request>& request) {
    const auto answer = std::make_shared<std::promise<http::Response>>();
    const auto send = [answer, request, finish = route.finish](http::Response response) {
      add_headers(*request, response);
      if (finish) finish(*request, response);
      answer->set_value(std::move(response));
    };
    auto refusal = route.admit ? route.admit(*request) : std::nullopt;
    if (refusal) {
      send(*std::move(refusal));
    } else if (route.mode == http::Mode::deferred) {
      route.deferred(*request, http::Reply(send));
    } else {
      send(route.handler(*request));
    }
    return answer->get_future();
  }

  TestDirectory directory_{memory_directory_path()};
  Metrics metrics_;
  matrix::Matrix matrix_;
  auth::KeyRing keys_;
  std::unique_ptr<store::sqlite::Store> store_;
  intake::FaultyLog log_;
  StoreProbe probe_{log_};
  MetricsPage metrics_page_;
  std::unique_ptr<store::KeyStore> key_store_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<http::Router> router_;
};

// The value of a header; empty = absent.
inline std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

inline void expect_answer(const http::Response& response, int status, std::string_view body) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.body, body);
  EXPECT_EQ(response.content_type, body.empty() ? "" : "application/vnd.api+json");
}

}  // namespace scorekeeper::api
