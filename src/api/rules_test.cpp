#include <gtest/gtest.h>

#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

const std::string rules = "/api/v2/scorecard/rules";
const std::string scorecards = "/api/v2/scorecard/scorecards";

std::string body(const std::string& attributes) {
  return R"({"data":{"type":"rule","attributes":{)" + attributes + "}}}";
}

const std::string example = body(R"("name":"N","scorecard_name":"S","level":1)");

std::string bad_request(const std::string& detail) {
  return R"({"errors":[{"status":"400","title":"Bad Request","detail":")" + detail + R"("}]})";
}

std::string rule_not_found_body(const std::string& id) {
  return R"({"errors":[{"status":"404","title":"Not Found","detail":"rule not found: )" + id +
         R"("}]})";
}

// The id of the scorecard in a rule's document.
std::string scorecard_of(const http::Response& response) {
  const auto at = response.body.find(R"("scorecard":{"data":)");
  return at == std::string::npos ? "" : RunningApi::first_id(response.body.substr(at));
}

TEST(CreateRule, AnswersTheRecordedDocument) {
  RunningApi api;
  const auto response = api.post(rules, example);
  const auto now = rfc3339(api.clock.now());
  const auto id = RunningApi::first_id(response.body);
  const auto scorecard = scorecard_of(response);
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(scorecard.size(), 12U);
  expect_answer(
      response, 201,
      R"({"data":{"id":")" + id + R"(","type":"rule","attributes":{"category":"S","created_at":")" +
          now + R"(","custom":true,"enabled":true,"level":1,"modified_at":")" + now +
          R"(","name":"N","scorecard_name":"S"},"relationships":{"policy_scope":{"data":{"id":")" +
          id + R"(","type":"policy-scope"}},"scorecard":{"data":{"id":")" + scorecard +
          R"(","type":"scorecard"}}}},"included":[{"id":")" + id +
          R"(","type":"policy-scope","attributes":{"scopes":[{"kind":"service","query":"has_definition:\"true\""},{"kind":"queue","query":"has_definition:\"true\""},{"kind":"datastore","query":"has_definition:\"true\""}]}}]})");
}

TEST(CreateRule, KeepsOneScorecardPerName) {
  RunningApi api;
  const auto first = api.post(rules, example);
  const auto second = api.post(rules, example);
  EXPECT_NE(RunningApi::first_id(first.body), RunningApi::first_id(second.body));
  EXPECT_EQ(scorecard_of(first), scorecard_of(second));
  const auto by_id =
      api.post(rules, body(R"("name":"M","scorecard_id":")" + scorecard_of(first) + R"(")"));
  EXPECT_EQ(by_id.status, 201);
  EXPECT_EQ(scorecard_of(by_id), scorecard_of(first));
}

TEST(CreateRule, RefusesWhatIsMissingOrUnknown) {
  RunningApi api;
  expect_answer(api.post(rules, body(R"("scorecard_name":"S")")), 400,
                bad_request(R"(attribute \"name\" is required)"));
  expect_answer(api.post(rules, body(R"("name":"N","scorecard_id":"nope")")), 400,
                bad_request(R"(attribute \"scorecard_id\" failed scorecard lookup)"));
  for (const std::string bad :
       {"{", "[]", "", R"({"data":{"attributes":{"name":"N","scorecard_name":"S","level":4}}})",
        R"({"data":{"attributes":{"name":"N","scorecard_name":"S","level":0}}})",
        R"({"data":{"attributes":{"name":"N"}}})",
        R"({"data":{"attributes":{"name":7,"scorecard_name":"S"}}})",
        R"({"data":{"type":"x","attributes":{"name":"N","scorecard_name":"S"}}})"}) {
    EXPECT_EQ(api.post(rules, bad).status, 400) << bad;
  }
  EXPECT_NE(api.get(rules).body.find(R"({"data":[],)"), std::string::npos);
}

TEST(UpdateRule, ReplacesTheWholeRule) {
  RunningApi api;
  const auto made = api.post(
      rules, body(R"("name":"N","scorecard_name":"S","owner":"o","description":"d","level":1,)"
                  R"("enabled":false,"scope_query":"kind:api")"));
  const auto target = rules + "/" + RunningApi::first_id(made.body);
  const auto created = rfc3339(api.clock.now());
  api.clock.advance(std::chrono::hours(1));
  const auto updated =
      api.call(http::Method::put, target, body(R"("name":"N2","scorecard_name":"S")"));
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(updated.body.find(R"("scope_query":)"), std::string::npos);
  EXPECT_NE(updated.body.find(R"("meta":{"warnings":["attribute \"scope_query\" was removed)"),
            std::string::npos);
  EXPECT_NE(updated.body.find(R"("attributes":{"category":"S","created_at":")" + created +
                              R"(","custom":true,"enabled":true,"level":3,"modified_at":")" +
                              rfc3339(api.clock.now()) + R"(","name":"N2","scorecard_name":"S"})"),
            std::string::npos)
      << updated.body;
}

TEST(UpdateRule, FindsNoUnknownRule) {
  RunningApi api;
  expect_answer(api.call(http::Method::put, rules + "/REPLACE.ME", example), 404,
                rule_not_found_body("REPLACE.ME"));
  EXPECT_EQ(api.call(http::Method::put, rules + "/REPLACE.ME", "{").status, 400);
}

TEST(DeleteRule, IsGoneAtOnce) {
  RunningApi api;
  const auto id = api.make_rule();
  expect_answer(api.call(http::Method::delete_, rules + "/" + id, {}), 204, "");
  expect_answer(api.get(rules + "?page[size]=1&filter[rule][id]=" + id), 200,
                R"({"data":[],"links":{"next":"/api/v2/scorecard/rules?filter%5Brule%5D%5Bid%5D=)" +
                    id + R"(\u0026page%5Blimit%5D=1\u0026page%5Boffset%5D=1"}})");
  expect_answer(api.call(http::Method::delete_, rules + "/" + id, {}), 404,
                rule_not_found_body(id));
  EXPECT_EQ(api.call(http::Method::put, rules + "/" + id, example).status, 404);
}

TEST(DeleteRule, TakesItsOutcomesAway) {
  RunningApi api;
  const auto id = api.make_rule();
  const auto outcomes = "/api/v2/scorecard/outcomes";
  const auto batch = R"({"data":{"attributes":{"results":[{"rule_id":")" + id +
                     R"(","entity_reference":"service:a","state":"pass"}]}}})";
  EXPECT_EQ(api.post(outcomes, batch).status, 202);
  EXPECT_EQ(api.call(http::Method::delete_, rules + "/" + id, {}).status, 204);
  EXPECT_NE(api.get(outcomes).body.find(R"({"data":[],)"), std::string::npos);
  EXPECT_EQ(api.post(outcomes, batch).status, 409);
}

TEST(ListRules, SortsByNameAndIncludesScorecards) {
  RunningApi api;
  const auto b = api.make_rule("B");
  const auto a = api.make_rule("A");
  const auto list = api.get(rules + "?include=scorecard");
  EXPECT_EQ(list.status, 200);
  EXPECT_LT(list.body.find(a), list.body.find(b));
  EXPECT_NE(list.body.find(R"("included":[{"id":)"), std::string::npos);
  expect_answer(
      api.get(rules + "?fields[rule]=name&filter[rule][name]=B"), 200,
      R"({"data":[{"id":")" + b +
          R"(","type":"rule","attributes":{"name":"B"}}],"links":{"next":"/api/v2/scorecard/rules?fields%5Brule%5D=name\u0026filter%5Brule%5D%5Bname%5D=B\u0026page%5Blimit%5D=100\u0026page%5Boffset%5D=100"}})");
}

TEST(ListRules, RefusesBadParameters) {
  RunningApi api;
  for (const std::string query : {"page[size]=0", "page[size]=101", "page[limit]=x", "include=rule",
                                  "filter[rule][custom]=2"}) {
    EXPECT_EQ(api.get(rules + "?" + query).status, 400) << query;
  }
}

TEST(WriteRules, AreRefusedAtOnceWhenTheQueueIsFull) {
  Limits limits;
  limits.queue_requests_max = 1;
  RunningApi api(limits);
  const auto id = api.make_rule();
  api.log().hold();
  std::vector<std::future<http::Response>> waiting;
  // One batch is with the committer, one fills the queue.
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(api.start(api.default_pair, http::Method::post, "/api/v2/scorecard/outcomes",
                                R"({"data":{"attributes":{"results":[{"rule_id":")" + id +
                                    R"(","entity_reference":"service:a","state":"pass"}]}}})"));
    api.log().wait_until_held();
  }
  std::vector<std::future<http::Response>> refused;
  for (const auto method : {http::Method::put, http::Method::delete_}) {
    refused.push_back(api.start(api.default_pair, method, rules + "/" + id, example));
  }
  refused.push_back(api.start(api.default_pair, http::Method::post, rules, example));
  for (auto& future : refused) {
    const bool at_once = future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    EXPECT_TRUE(at_once);
    if (at_once) {
      EXPECT_EQ(future.get().status, 429);
    }
  }
  api.log().release();
  for (auto& future : waiting) RunningApi::wait(std::move(future));
}

TEST(ListScorecards, ListsThemByName) {
  RunningApi api;
  EXPECT_NE(api.get(scorecards).body.find(R"("data":[])"), std::string::npos);
  const auto make = [&](const std::string& name) {
    const auto id =
        scorecard_of(api.post(rules, body(R"("name":"N","scorecard_name":")" + name + R"(")")));
    const auto now = rfc3339(api.clock.now());
    return R"({"id":")" + id + R"(","type":"scorecard","attributes":{"created_at":")" + now +
           R"(","modified_at":")" + now + R"(","name":")" + name + R"("}})";
  };
  const auto zoo = make("Zoo");
  const auto ant = make("Ant");
  expect_answer(api.get(scorecards), 200, R"({"data":[)" + ant + "," + zoo + "]}");
  expect_answer(api.get(scorecards + "?filter[scorecard][name]=zO"), 200,
                R"({"data":[)" + zoo + "]}");
  EXPECT_EQ(api.get(scorecards + "?page[size]=0").status, 400);
}

}  // namespace
}  // namespace scorekeeper::api
