// Tests of authentication and scopes. The security tests are generated from the route table, so
// that a new route cannot be forgotten.
#include "api/gate.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

constexpr std::string_view forbidden = R"({"errors":[{"status":"403","title":"Forbidden"}]})";
constexpr std::string_view validate_path = "/api/v1/validate";

ScopeSet only(Scope scope) {
  ScopeSet scopes;
  scopes.add(scope);
  return scopes;
}

// The routes that ask for both keys.
std::vector<const http::Route*> guarded_routes(const http::Router& router) {
  std::vector<const http::Route*> routes;
  for (const auto& route : router.routes()) {
    if (route.admit && route.pattern != validate_path) routes.push_back(&route);
  }
  return routes;
}

// A target of the route: each parameter is replaced by "x".
std::string target_of(const http::Route& route) {
  std::string target = route.pattern;
  for (auto open = target.find('{'); open != std::string::npos; open = target.find('{')) {
    target.replace(open, target.find('}') - open + 1, "x");
  }
  return target;
}

void check_refused(RunningApi& api, const Pair& pair) {
  for (const auto* route : guarded_routes(api.router())) {
    const auto response = api.call_as(pair, route->method, target_of(*route), "{}");
    SCOPED_TRACE(std::string(name_of(route->method)) + " " + route->pattern);
    expect_answer(response, 403, forbidden);
  }
}

TEST(Gate, LeavesOnlyTheServersOwnRoutesOpen) {
  RunningApi api;
  std::set<std::string> open;
  for (const auto& route : api.router().routes()) {
    if (!route.admit) open.insert(std::string(name_of(route.method)) + " " + route.pattern);
  }
  EXPECT_EQ(open, (std::set<std::string>{"GET /healthz", "GET /readyz", "GET /metrics",
                                         "GET /version", "GET /openapi.json"}));
  EXPECT_GE(guarded_routes(api.router()).size(), 9U);
}

TEST(Gate, RefusesMissingKeysOnEveryRoute) {
  RunningApi api;
  check_refused(api, {});
  check_refused(api, {.api = api.default_pair.api, .application = ""});
  check_refused(api, {.api = "", .application = api.default_pair.application});
}

TEST(Gate, RefusesWrongKeysOnEveryRoute) {
  RunningApi api;
  check_refused(api, {.api = "x", .application = "y"});
  check_refused(api, {.api = api.default_pair.api, .application = "y"});
  check_refused(api, {.api = "x", .application = api.default_pair.application});
  check_refused(api, {.api = api.default_pair.application, .application = api.default_pair.api});
}

TEST(Gate, RefusesRevokedKeysOnEveryRoute) {
  RunningApi api;
  const auto half = api.add_pair("default");
  api.revoke(half.api);
  check_refused(api, half);
  check_refused(api, {.api = half.api, .application = api.default_pair.application});
  api.revoke(api.default_pair.application);
  check_refused(api, api.default_pair);
}

TEST(Gate, RefusesKeysOfTwoOrgsOnEveryRoute) {
  RunningApi api;
  const auto other = api.add_pair("other");
  check_refused(api, {.api = other.api, .application = api.default_pair.application});
}

// A known caller learns the missing scopes: on no route are the scopes of this pair or token
// enough.
void check_lacks(RunningApi& api, const Pair& pair) {
  constexpr std::string_view begin =
      R"({"errors":[{"status":"403","title":"Forbidden","detail":"the credentials lack the scope)";
  for (const auto* route : guarded_routes(api.router())) {
    const auto response = api.call_as(pair, route->method, target_of(*route), "{}");
    SCOPED_TRACE(std::string(name_of(route->method)) + " " + route->pattern);
    EXPECT_EQ(response.status, 403);
    EXPECT_TRUE(response.body.starts_with(begin)) << response.body;
  }
}

TEST(Gate, NamesTheScopesThatAreMissing) {
  RunningApi api;
  const auto pair = api.add_pair("default", only(Scope::cases_write));
  check_lacks(api, pair);
  const auto missing_for = [&](http::Method method, std::string_view target) {
    return api.call_as(pair, method, std::string(target), "{}").body;
  };
  EXPECT_TRUE(missing_for(http::Method::get, "/api/v2/scorecard/campaigns")
                  .contains("lack the scopes apm_service_catalog_read, cases_read\""));
  EXPECT_TRUE(missing_for(http::Method::post, "/api/v2/scorecard/outcomes")
                  .contains("lack the scope scorekeeper_outcomes_write\""));
}

TEST(Gate, RefusesScopesThatDoNotReachOnEveryRoute) {
  RunningApi api;
  const auto with_cases = [](Scope catalog, Scope cases) {
    ScopeSet scopes = only(catalog);
    scopes.add(cases);
    return scopes;
  };
  const auto read = Scope::apm_service_catalog_read;
  const auto write = Scope::apm_service_catalog_write;
  const auto reader = api.add_pair("default", only(read));
  const auto writer = api.add_pair("default", only(write));
  const auto case_reader = api.add_pair("default", with_cases(read, Scope::cases_read));
  const auto case_writer = api.add_pair("default", with_cases(write, Scope::cases_write));
  const auto admin = api.add_pair("default", only(Scope::scorekeeper_admin));
  const auto reporter = api.add_pair("default", only(Scope::scorekeeper_outcomes_write));
  for (const auto* route : guarded_routes(api.router())) {
    SCOPED_TRACE(std::string(name_of(route->method)) + " " + route->pattern);
    // A preview writes nothing.
    const bool reads = route->method == http::Method::get || route->pattern.ends_with("/preview");
    const bool of_campaigns = route->pattern.contains("/campaigns");
    const auto target = target_of(*route);
    const auto refuses = [&](const Pair& pair) {
      return api.call_as(pair, route->method, target, "{").status == 403;
    };
    const bool administers = route->pattern == "/api/v2/scorekeeper/audit";
    EXPECT_EQ(refuses(admin), !administers);
    EXPECT_EQ(refuses(api.default_pair), administers);
    const bool reports = route->method == http::Method::post &&
                         route->pattern.starts_with("/api/v2/scorecard/outcomes");
    EXPECT_EQ(refuses(reporter), !reports);
    if (administers) {
      for (const auto& pair : {reader, writer, case_reader, case_writer}) {
        EXPECT_TRUE(refuses(pair));
      }
      continue;
    }
    EXPECT_EQ(refuses(reader), !reads || of_campaigns);
    EXPECT_EQ(refuses(writer), reads || of_campaigns);
    EXPECT_EQ(refuses(case_reader), !reads);
    EXPECT_EQ(refuses(case_writer), reads);
  }
}

// A token in both of its places.
std::vector<Pair> forms_of(const std::string& token) {
  return {bearer(token), {.api = {}, .application = token}};
}

TEST(Gate, RefusesWrongRevokedAndExpiredTokensOnEveryRoute) {
  RunningApi api;
  const auto revoked = api.add_token({.kind = KeyKind::service});
  api.revoke(revoked);
  const auto expired = api.add_token({.expires_at = api.clock.now() + std::chrono::seconds(1)});
  api.clock.advance(std::chrono::seconds(1));
  for (const auto& secret : {revoked, expired, auth::make_token(KeyKind::personal),
                             std::string("skpat_"), std::string("sksat_x")}) {
    for (const auto& pair : forms_of(secret)) check_refused(api, pair);
    // A wrong token is not helped by good keys beside it.
    auto beside = api.default_pair;
    beside.authorization = "Bearer " + secret;
    check_refused(api, beside);
  }
  // Credentials that are good in another place are wrong here.
  check_refused(api, bearer(api.default_pair.api));
  check_refused(api, bearer(api.default_pair.application));
  check_refused(api, bearer("a.b.c"));
  check_refused(api, {.api = api.add_token({}), .application = api.default_pair.application});
  check_refused(api, {.api = {}, .application = {}, .authorization = "Basic dXNlcjpwYXNz"});
  const auto good = api.add_token({});
  check_refused(api, bearer(good + "0"));
  check_refused(api, {.api = {}, .application = {}, .authorization = "Token " + good});
}

TEST(Gate, RefusesTokensWhoseScopesDoNotReachOnEveryRoute) {
  RunningApi api;
  const auto nothing = api.add_token({.scopes = {}});
  const auto cases = api.add_token({.scopes = only(Scope::cases_write)});
  for (const auto& secret : {nothing, cases}) {
    for (const auto& pair : forms_of(secret)) check_lacks(api, pair);
  }
}

TEST(Gate, LetsTokensInOnEveryRoute) {
  RunningApi api;
  auto scopes = ScopeSet::unscoped();
  scopes.add(Scope::scorekeeper_admin);
  const auto personal = api.add_token({.scopes = scopes});
  const auto service = api.add_token({.kind = KeyKind::service, .scopes = scopes});
  for (const auto& secret : {personal, service}) {
    for (const auto& pair : forms_of(secret)) {
      for (const auto* route : guarded_routes(api.router())) {
        const auto status = api.call_as(pair, route->method, target_of(*route), "{").status;
        EXPECT_NE(status, 403) << route->pattern;
        EXPECT_LT(status, 500) << route->pattern;
      }
    }
  }
}

TEST(Gate, AsksATokenForTheOrgOfAnApiKeyBesideIt) {
  RunningApi api;
  const auto token = api.add_token({});
  const auto other = api.add_pair("other");
  const auto target = "/api/v2/scorecard/rules";
  const auto status_with = [&](const Pair& pair) {
    return api.call_as(pair, http::Method::get, target, {}).status;
  };
  EXPECT_EQ(status_with({.api = api.default_pair.api, .application = token}), 200);
  EXPECT_EQ(status_with({.api = "unknown", .application = token}), 200);
  EXPECT_EQ(status_with({.api = other.api, .application = token}), 403);
  EXPECT_EQ(status_with({.api = {}, .application = {}, .authorization = "Bearer"}), 403);
  auto empty_bearer = api.default_pair;
  empty_bearer.authorization = "Bearer ";
  EXPECT_EQ(status_with(empty_bearer), 200);
}

TEST(Gate, MakesMissingCredentials401WhenAskedTo) {
  RunningApi api;
  api.services().unauthenticated_is_401 = true;
  const auto target = "/api/v2/scorecard/rules";
  expect_answer(api.call_as({}, http::Method::get, target, {}), 401,
                R"({"errors":[{"status":"401","title":"Unauthorized"}]})");
  expect_answer(api.call_as({.api = "x", .application = "y"}, http::Method::get, target, {}), 403,
                forbidden);
}

// The lines of a flood of refusals, within one second and in the next; then one says that there are
// more.
TEST(Gate, LogsSomeRefusalsOfASecondAndThenThatThereAreMore) {
  RunningApi api;
  const auto reader = api.add_pair("default", only(Scope::apm_service_catalog_read));
  const Pair stranger{.api = "a", .application = "b"};
  const auto flood = [&] {
    testing::internal::CaptureStderr();
    log::set_level(log::Level::info);
    for (unsigned i = 0; i < 2 * refusals_logged_per_second; ++i) {
      for (const auto& caller : {stranger, reader}) {
        EXPECT_EQ(api.call_as(caller, http::Method::post, "/api/v2/scorecard/rules", "{}").status,
                  403);
      }
    }
    log::set_level(log::Level::error);
    return testing::internal::GetCapturedStderr();
  };
  const auto count = [](std::string_view text, std::string_view part) {
    unsigned found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  for (int second = 0; second < 2; ++second) {
    const auto lines = flood();
    EXPECT_EQ(count(lines, R"("reason":"unknown")"), refusals_logged_per_second);
    EXPECT_EQ(count(lines, R"("reason":"scope")"), refusals_logged_per_second);
    EXPECT_EQ(count(lines, R"("event":"refusals_not_logged","callers":"unknown")"), 1U);
    EXPECT_EQ(count(lines, R"("event":"refusals_not_logged","callers":"known")"), 1U);
    EXPECT_TRUE(flood().empty());
    api.clock.advance(std::chrono::seconds(1));
  }
}

TEST(Gate, WaitsForTheFold) {
  RunningApi api;
  api.phase = Phase::starting;
  expect_answer(
      api.get("/api/v2/scorecard/rules"), 503,
      R"({"errors":[{"status":"503","title":"Service Unavailable","detail":"the server is starting"}]})");
  expect_answer(api.call_as({}, http::Method::get, "/api/v2/scorecard/rules", {}), 403, forbidden);
  api.phase = Phase::draining;
  EXPECT_EQ(api.get("/api/v2/scorecard/rules").status, 200);
}

TEST(Gate, PutsTheRateLimitOnEveryAnswerOfAKnownCaller) {
  RunningApi api;
  const auto small = api.add_pair("default", only(Scope::cases_read));
  for (const auto& route : api.router().routes()) {
    if (!route.admit) continue;
    SCOPED_TRACE(route.pattern);
    for (const auto& pair : {api.default_pair, small}) {
      const auto response = api.call_as(pair, route.method, target_of(route), "{");
      // An API key alone counts for its org.
      const bool of_org = route.pattern == validate_path;
      EXPECT_EQ(header_of(response, "x-ratelimit-limit"), of_org ? "6000000" : "600000");
      EXPECT_EQ(header_of(response, "x-ratelimit-period"), "60");
      EXPECT_FALSE(header_of(response, "x-ratelimit-remaining").empty());
      EXPECT_FALSE(header_of(response, "x-ratelimit-reset").empty());
      EXPECT_FALSE(header_of(response, "x-ratelimit-name").empty());
    }
    EXPECT_EQ(header_of(api.call_as({}, route.method, target_of(route), ""), "x-ratelimit-limit"),
              "");
  }
}

TEST(Gate, AnswersTooManyRequestsInStrings) {
  Limits limits;
  limits.rate_limit_requests = 2;
  RunningApi api(limits);
  EXPECT_EQ(header_of(api.get("/api/v2/scorecard/rules"), "x-ratelimit-remaining"), "1");
  EXPECT_EQ(api.get("/api/v2/scorecard/rules").status, 200);
  for (const auto* route : guarded_routes(api.router())) {
    const auto refused = api.call(route->method, target_of(*route), "{}");
    EXPECT_EQ(refused.status, 429) << route->pattern;
    EXPECT_EQ(refused.content_type, "application/json");
    EXPECT_EQ(refused.body, R"({"errors":["Too many requests"]})");
    EXPECT_EQ(header_of(refused, "x-ratelimit-remaining"), "0");
    EXPECT_EQ(header_of(refused, "x-ratelimit-name"), key_limit_name);
  }
  EXPECT_EQ(
      api.call_as(api.add_pair("other"), http::Method::get, "/api/v2/scorecard/rules", {}).status,
      200);
  api.clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(api.get("/api/v2/scorecard/rules").status, 200);
}

TEST(Validate, NeedsAnApiKeyAlone) {
  RunningApi api;
  const auto check = [&](const Pair& pair, int status, std::string_view body) {
    const auto response = api.call_as(pair, http::Method::get, std::string(validate_path), {});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, body);
    EXPECT_EQ(response.content_type, "application/json");
  };
  check({.api = api.default_pair.api, .application = ""}, 200, R"({"valid":true})");
  check(api.default_pair, 200, R"({"valid":true})");
  check({}, 403, R"({"errors":["API key required"]})");
  const auto token = api.add_token({.scopes = {}});
  check(bearer(token), 200, R"({"valid":true})");
  check({.api = "", .application = token}, 200, R"({"valid":true})");
  check({.api = "x", .application = token}, 403, R"({"errors":["Forbidden"]})");
  check(bearer(token + "0"), 403, R"({"errors":["Forbidden"]})");
  check({.api = "", .application = api.default_pair.application}, 403,
        R"({"errors":["API key required"]})");
  check({.api = "x", .application = ""}, 403, R"({"errors":["Forbidden"]})");
  api.revoke(api.default_pair.api);
  check(api.default_pair, 403, R"({"errors":["Forbidden"]})");
}

TEST(CallerOf, IsNobodyOnAnOpenRoute) { EXPECT_EQ(caller_of({}), Caller{}); }

}  // namespace
}  // namespace scorekeeper::api
