#include <gtest/gtest.h>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

void check(const http::Response& response, int status, std::string_view body) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.body, body);
}

TEST(GetHealth, IsOkWhateverThePhase) {
  RunningApi api;
  for (const auto phase : {Phase::starting, Phase::ready, Phase::draining}) {
    api.phase = phase;
    check(api.call_as({}, http::Method::get, "/healthz", {}), 200, "ok");
  }
}

TEST(GetReadiness, NeedsThePhaseAndTheStore) {
  RunningApi api;
  check(api.get("/readyz"), 200, "ready");
  api.ledger().reads_fail = true;
  check(api.get("/readyz"), 503, "the store does not answer");
  api.ledger().reads_fail = false;
  api.phase = Phase::starting;
  check(api.get("/readyz"), 503, "starting");
  api.phase = Phase::draining;
  check(api.get("/readyz"), 503, "draining");
}

TEST(GetMetrics, IsInTheExpositionFormat) {
  RunningApi api;
  api.call_as({}, http::Method::get, "/api/v2/scorecard/rules", {});
  const auto response = api.call_as({}, http::Method::get, "/metrics", {});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4");
  EXPECT_NE(response.body.find(R"(scorekeeper_refused_requests_total{reason="missing"} 1)"),
            std::string::npos)
      << response.body;
}

TEST(GetMetrics, TellsWhetherTheServerIsReady) {
  RunningApi api;
  for (const auto phase : {Phase::starting, Phase::ready, Phase::draining}) {
    api.phase = phase;
    const std::string line = phase == Phase::ready ? "scorekeeper_ready 1" : "scorekeeper_ready 0";
    const auto text = api.call_as({}, http::Method::get, "/metrics", {}).body;
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << text;
  }
}

TEST(GetMetrics, TellsNoSecret) {
  RunningApi api;
  api.get("/api/v2/scorecard/rules");
  const auto text = api.get("/metrics").body;
  EXPECT_EQ(text.find(api.default_pair.api), std::string::npos);
  EXPECT_EQ(text.find(api.default_pair.application), std::string::npos);
}

TEST(GetVersion, IsTheBuilds) {
  RunningApi api;
  const auto response = api.call_as({}, http::Method::get, "/version", {});
  check(response, 200, R"({"version":")" SCOREKEEPER_VERSION R"("})");
  EXPECT_EQ(response.content_type, "application/json");
}

TEST(GetOpenapi, IsTheDocumentThatAppGave) {
  RunningApi api;
  api.services().openapi = R"({"openapi":"3.1.0"})";
  const auto response = api.call_as({}, http::Method::get, "/openapi.json", {});
  check(response, 200, R"({"openapi":"3.1.0"})");
  EXPECT_EQ(response.content_type, "application/json");
}

}  // namespace
}  // namespace scorekeeper::api
