// Requests run on the loop or on a worker: the loop serves everybody, so that no request may take
// long there.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "api/fixture_test.h"
#include "http/router.h"

namespace scorekeeper::api {
namespace {

// Whether a GET runs on the loop.
bool on_loop(const RunningApi& api, const std::string& target, std::string_view accept = {}) {
  http::Request request;
  auto parsed = http::parse_target(target);
  EXPECT_TRUE(parsed) << target;
  request.query = std::move(parsed->query);
  request.headers = {{.name = "accept", .value = std::string(accept)}};
  auto match = api.router().match(http::Method::get, parsed->path);
  request.path_parameters = std::move(match.path_parameters);
  EXPECT_NE(match.route, nullptr) << target;
  return match.route->mode == http::Mode::on_loop &&
         !(match.route->heavy && match.route->heavy(request));
}

TEST(Routes, AskForManyEntitiesNotOnTheLoop) {
  const RunningApi api;
  const std::string base = "/api/v2/scorecard";
  for (const auto* path : {"/scores/by-entity", "/scores/by-rule", "/scores/by-team"}) {
    EXPECT_TRUE(on_loop(api, base + path)) << path;
    EXPECT_TRUE(on_loop(api, base + path + "?sort=-score&page[size]=1000")) << path;
    EXPECT_FALSE(on_loop(api, base + path + "?filter[entity][query]=a")) << path;
    EXPECT_FALSE(on_loop(api, base + path + "?filter%5Bentity%5D%5Bquery%5D=a")) << path;
    EXPECT_FALSE(on_loop(api, base + path + "?filter[entity][name]=a")) << path;
    EXPECT_TRUE(on_loop(api, base + path + "?filter[entity][reference]=service:a")) << path;
    EXPECT_FALSE(on_loop(api, base + path, "text/csv")) << path;
  }
  // A campaign may have ten thousand rules; a thousand kinds may have long texts.
  EXPECT_FALSE(on_loop(api, base + "/campaigns"));
  EXPECT_FALSE(on_loop(api, base + "/campaigns/q1"));
  EXPECT_FALSE(on_loop(api, "/api/v2/catalog/kind"));
  EXPECT_FALSE(on_loop(api, base + "/outcomes?filter[entity][query]=a"));
}

// YAML of some KiB, and references that are looked up in the catalog, take seconds.
TEST(Routes, ReadDefinitionsNotOnTheLoop) {
  const RunningApi api;
  for (const auto* path : {"/api/v2/catalog/entity", "/api/v2/catalog/entity/preview",
                           "/api/v2/catalog/kind", "/api/v2/services/definitions"}) {
    const auto match = api.router().match(http::Method::post, path);
    ASSERT_NE(match.route, nullptr) << path;
    EXPECT_TRUE(match.route->slow_body || match.route->mode == http::Mode::body) << path;
  }
}

// Scores of more cells than loop_cells_max are counted elsewhere.
TEST(Routes, CountScoresOfManyCellsNotOnTheLoop) {
  RunningApi api;
  matrix::OrgMatrix& org = api.services().matrix.org(OrgId{});  // that of a request without keys
  const std::vector<Scorecard> scorecards{{.number = {1},
                                           .id = "card",
                                           .name = "S",
                                           .description = {},
                                           .created_at = {},
                                           .modified_at = {}}};
  std::vector<Rule> rules(100);
  for (std::uint32_t n = 0; n < rules.size(); ++n) {
    rules[n].number = RuleNumber{n + 1};
    rules[n].id = "rule" + std::to_string(n);
    rules[n].scorecard = ScorecardNumber{1};
  }
  std::vector<std::string> references;
  // Two whole pages and one more.
  for (std::size_t n = 0; n <= std::size_t{2} * matrix::page_entities; ++n) {
    references.push_back("service:default/s" + std::to_string(n));
  }
  std::vector<matrix::EntityAddition> additions;
  for (const std::string& reference : references) {
    additions.push_back({.number = EntityNumber{static_cast<std::uint32_t>(additions.size() + 1)},
                         .reference = reference});
  }
  const std::string path = "/api/v2/scorecard/scores/by-rule";
  org.publish({.scorecards = scorecards,
               .rules = rules,
               .additions = std::span(additions).first(additions.size() - 1)});
  static_assert(2 * 100 * matrix::page_entities <= loop_cells_max);
  static_assert(3 * 100 * matrix::page_entities > loop_cells_max);
  EXPECT_TRUE(on_loop(api, path));
  // Each entity may be a group, which has a row of its own.
  EXPECT_FALSE(on_loop(api, "/api/v2/scorecard/scores/by-kind"));
  EXPECT_FALSE(on_loop(api, "/api/v2/scorecard/scores/by-team"));
  org.publish({.additions = std::span(additions).last(1)});
  EXPECT_FALSE(on_loop(api, path));
}

}  // namespace
}  // namespace scorekeeper::api
