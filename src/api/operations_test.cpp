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
  api.log().reads_fail = true;
  check(api.get("/readyz"), 200, "ready");  // as of the last look of the probe
  api.probe().probe();
  check(api.get("/readyz"), 503, "the store does not answer");
  api.log().reads_fail = false;
  api.probe().probe();
  check(api.get("/readyz"), 200, "ready");
  api.phase = Phase::starting;
  check(api.get("/readyz"), 503, "starting");
  api.phase = Phase::draining;
  check(api.get("/readyz"), 503, "draining");
}

TEST(GetReadiness, IsAnsweredOnTheLoop) {
  RunningApi api;
  const auto match = api.router().match(http::Method::get, "/readyz");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->mode, http::Mode::on_loop);
}

TEST(GetReadiness, AStoreThatHangsIsNotReached) {
  RunningApi api;
  const auto now = std::chrono::steady_clock::now();
  auto& probe = api.probe();
  probe.probe(now);
  EXPECT_TRUE(probe.reached(now + store_probe_fresh));
  EXPECT_FALSE(probe.reached(now + store_probe_fresh + std::chrono::milliseconds(1)));
}

TEST(GetMetrics, IsMadeAtMostOnceASecond) {
  MetricsPage page;
  int made = 0;
  const auto make = [&] { return std::to_string(++made); };
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(*page.get(make, now), "1");
  const auto same = page.get(make, now + metrics_interval - std::chrono::milliseconds(1));
  EXPECT_EQ(same, page.get(make, now)) << "all have one text in common";
  EXPECT_EQ(*page.get(make, now + metrics_interval), "2");
  EXPECT_EQ(*same, "1") << "who has it keeps it";
}

TEST(GetMetrics, SharesItsPage) {
  RunningApi api;
  api.services().metrics_page = &api.metrics_page();
  const auto first = api.call_as({}, http::Method::get, "/metrics", {});
  ASSERT_NE(first.shared_body, nullptr);
  EXPECT_EQ(first.shared_body, api.call_as({}, http::Method::get, "/metrics", {}).shared_body);
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
  api.services().openapi = std::make_shared<const std::string>(R"({"openapi":"3.1.0"})");
  const auto response = api.call_as({}, http::Method::get, "/openapi.json", {});
  check(response, 200, R"({"openapi":"3.1.0"})");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.shared_body, api.services().openapi) << "not copied for each request";
}

}  // namespace
}  // namespace scorekeeper::api
