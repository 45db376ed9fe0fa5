#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "api/fixture_test.h"
#include "api/rate_limit.h"

namespace scorekeeper::api {
namespace {

const std::string outcomes = "/api/v2/scorecard/outcomes";
const std::string batch = "/api/v2/scorecard/outcomes/batch";
const std::string location = "/api/v2/scorecard/async-requests/";

// One result of a POST /outcomes.
std::string result(const std::string& rule, const std::string& entity, const std::string& state,
                   const std::string& remarks = {}) {
  return R"({"rule_id":")" + rule + R"(","entity_reference":")" + entity + R"(","state":")" +
         state + R"(","remarks":")" + remarks + R"("})";
}

// One result of a POST /outcomes/batch.
std::string named(const std::string& rule, const std::string& name, const std::string& state,
                  const std::string& remarks = {}) {
  return R"({"rule_id":")" + rule + R"(","service_name":")" + name + R"(","state":")" + state +
         R"(","remarks":")" + remarks + R"("})";
}

std::string body(const std::string& results) {
  return R"({"data":{"type":"batched-outcome","attributes":{"results":[)" + results + "]}}}";
}

std::string count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return std::to_string(count);
}

// First and last reports are told in seconds.
std::string second_of(Time time) {
  return rfc3339(time_of_microseconds(std::int64_t{seconds_of(time)} * 1'000'000));
}

// --- POST /outcomes

TEST(PostOutcomes, AnswersTheRecordedDocumentAndItsLocation) {
  RunningApi api;
  const auto rule = api.make_rule();
  const auto response = api.post(outcomes, body(result(rule, "service:my-service", "pass")));
  const auto id = RunningApi::first_id(response.body);
  EXPECT_EQ(id.size(), 21U);
  EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
  expect_answer(
      response, 202,
      R"({"data":{"id":")" + id + R"(","type":"async-request"},"meta":{"total_received":1}})");
  EXPECT_EQ(header_of(response, "location"), location + id);
  EXPECT_EQ(header_of(response, "x-ratelimit-name"), key_limit_name);
}

TEST(PostOutcomes, RefusesAnUnknownStateAsRecorded) {
  RunningApi api;
  const auto response =
      api.post(outcomes, body(result(api.make_rule(), "service:my-service", "INVALID")));
  expect_answer(
      response, 400,
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"state\" must be one of \"pass fail skip\""}]})");
}

TEST(PostOutcomes, RefusesAnUnknownRuleAsRecorded) {
  RunningApi api;
  expect_answer(api.post(outcomes, body(result("INVALID.RULE_ID", "service:my-service", "pass"))),
                409, R"({"errors":[{"status":"409","title":"Invalid rule_id"}]})");
}

TEST(PostOutcomes, NamesThePlaceWhenThereAreMoreResults) {
  RunningApi api;
  const auto rule = api.make_rule();
  const auto response = api.post(
      outcomes, body(result(rule, "service:a", "pass") + "," + result(rule, "service:b", "bad")));
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find(R"("source":{"pointer":"/data/attributes/results/1/state"})"),
            std::string::npos)
      << response.body;
}

TEST(PostOutcomes, TellsEachUnknownRuleOnce) {
  RunningApi api;
  const auto response = api.post(
      outcomes, body(result("u1", "service:a", "pass") + "," + result("u2", "service:a", "pass") +
                     "," + result("u1", "service:b", "pass")));
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(count_of(response.body, R"("title":"Invalid rule_id")"), "2");
  EXPECT_EQ(count_of(response.body, R"("id":"u1")"), "1");
  EXPECT_EQ(count_of(response.body, R"("id":"u2")"), "1");
}

TEST(PostOutcomes, TellsBadInputBeforeUnknownRules) {
  RunningApi api;
  EXPECT_EQ(api.post(outcomes, body(result("unknown", "service:a", "pass") + "," +
                                    result("unknown", "service:a", "bad")))
                .status,
            400);
}

TEST(PostOutcomes, StoresNothingOfARefusedBatch) {
  RunningApi api;
  const auto rule = api.make_rule();
  for (const auto& bad :
       {result("unknown", "service:b", "pass"), result(rule, "service:b", "bad")}) {
    EXPECT_NE(api.post(outcomes, body(result(rule, "service:a", "pass") + "," + bad)).status, 202);
  }
  EXPECT_NE(api.get(outcomes).body.find(R"({"data":[],)"), std::string::npos);
}

TEST(PostOutcomes, AcceptsNoResults) {
  RunningApi api;
  const auto response = api.post(outcomes, body(""));
  EXPECT_EQ(response.status, 202);
  EXPECT_NE(response.body.find(R"("meta":{"total_received":0})"), std::string::npos);
}

TEST(PostOutcomes, IsVisibleWhenAnswered) {
  RunningApi api;
  const auto rule = api.make_rule();
  for (int i = 0; i < 50; ++i) {
    const auto state = i % 2 == 0 ? "pass" : "fail";
    ASSERT_EQ(api.post(outcomes, body(result(rule, "service:a", state))).status, 202);
    ASSERT_NE(api.get(outcomes).body.find(R"("state":")" + std::string(state)), std::string::npos);
  }
}

TEST(PostOutcomes, AnswersAFullQueueWithALimitOfItsOwn) {
  Limits limits;
  limits.queue_requests_max = 2;
  RunningApi api(limits);
  const auto rule = api.make_rule();
  api.log().hold();
  std::vector<std::future<http::Response>> waiting;
  std::optional<http::Response> refused;
  // One batch or more is with the committer, two wait: one of these finds no room.
  for (int i = 0; i < 16 && !refused; ++i) {
    auto future = api.start(api.default_pair, http::Method::post, outcomes,
                            body(result(rule, "service:a" + std::to_string(i), "pass")));
    if (future.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      refused = future.get();
    } else {
      waiting.push_back(std::move(future));
    }
  }
  api.log().release();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->content_type, "application/json");
  EXPECT_EQ(refused->body, R"({"errors":["Too many requests"]})");
  EXPECT_EQ(header_of(*refused, "x-ratelimit-name"), "intake_queue");
  EXPECT_EQ(header_of(*refused, "x-ratelimit-limit"), "2");
  EXPECT_EQ(header_of(*refused, "x-ratelimit-period"), "1");
  EXPECT_EQ(header_of(*refused, "x-ratelimit-remaining"), "0");
  EXPECT_EQ(header_of(*refused, "x-ratelimit-reset"), "1");
  EXPECT_EQ(std::ranges::count(refused->headers, "x-ratelimit-limit", &http::Header::name), 1);
  for (auto& future : waiting) EXPECT_EQ(RunningApi::wait(std::move(future)).status, 202);
}

// A client that asks for that position sees the outcomes.
TEST(PostOutcomes, TellThePositionThatTheBatchLedTo) {
  RunningApi api;
  const auto rule = api.make_rule();  // at position 5, behind the keys and its scorecard
  const auto told = [&](const http::Response& response) {
    return header_of(response, "scorekeeper-position");
  };
  const auto two = result(rule, "service:a", "pass") + "," + result(rule, "service:b", "pass");
  EXPECT_EQ(told(api.post(outcomes, body(two))), "7");
  EXPECT_EQ(told(api.post(outcomes, body(two))), "7");  // nothing changed
  EXPECT_EQ(told(api.post(outcomes, body(result(rule, "service:a", "fail")))), "8");
  const auto refused = api.post(outcomes, body(result("nothing", "service:a", "fail")));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(told(refused), "8");
  EXPECT_EQ(std::ranges::count(refused.headers, "scorekeeper-position", &http::Header::name), 1);
}

TEST(PostOutcomes, GivesTheIdOfABatchThatMayBeStored) {
  RunningApi api;
  const auto rule = api.make_rule();
  api.log().fail_appends(Code::unavailable, 1);
  const auto response = api.post(outcomes, body(result(rule, "service:a", "pass")));
  const auto id = RunningApi::first_id(response.body);
  expect_answer(
      response, 503,
      R"({"errors":[{"status":"503","title":"Service Unavailable","detail":"the disk is full","meta":{"id":")" +
          id + R"("}}]})");
  EXPECT_EQ(header_of(response, "location"), location + id);
  EXPECT_EQ(api.get(location + id).status, 404);  // this one was not
  EXPECT_NE(api.get(outcomes).body.find(R"({"data":[],)"), std::string::npos);
  EXPECT_EQ(api.post(outcomes, body(result(rule, "service:a", "pass"))).status, 202);
}

// --- GET /async-requests/{id}

TEST(GetAsyncRequest, TellsWhatBecameOfABatch) {
  RunningApi api;
  const auto rule = api.make_rule();
  const auto accepted = api.post(
      outcomes, body(result(rule, "service:a", "pass") + "," + result(rule, "service:b", "fail")));
  const auto accepted_at = rfc3339(api.clock.now());
  const auto id = RunningApi::first_id(accepted.body);
  // Before the two outcomes came the org, two keys, a scorecard and its rule.
  expect_answer(
      api.get(header_of(accepted, "location")), 200,
      R"({"data":{"id":")" + id + R"(","type":"async-request","attributes":{"accepted_at":")" +
          accepted_at +
          R"(","ledger_position":7,"status":"completed","total_changed":2,"total_received":2}}})");
  const auto repeated = api.post(outcomes, body(result(rule, "service:a", "pass")));
  EXPECT_NE(
      api.get(header_of(repeated, "location")).body.find(R"("total_changed":0,"total_received":1)"),
      std::string::npos);
}

TEST(GetAsyncRequest, FindsNoStrangersId) {
  RunningApi api;
  for (const std::string id : {"x", "000000000000000000000", "zzzzzzzzzzzzzzzzzzzzz"}) {
    expect_answer(
        api.get(location + id), 404,
        R"({"errors":[{"status":"404","title":"Not Found","detail":"async request not found: )" +
            id + R"("}]})");
  }
}

TEST(GetAsyncRequest, IsUnavailableWhenTheStoreIs) {
  RunningApi api;
  const auto accepted = api.post(outcomes, body(result(api.make_rule(), "service:a", "pass")));
  api.log().reads_fail = true;
  EXPECT_EQ(api.get(header_of(accepted, "location")).status, 503);
}

// As after a failover that lost what the standby had not got: until the server follows the new
// history, no outcome is shown with the remarks of another one.
TEST(GetOutcomes, AreNotMixedWithThoseOfAnotherHistory) {
  RunningApi api;
  api.post(outcomes, body(result(api.make_rule(), "service:a", "pass")));
  EXPECT_EQ(api.get(outcomes).status, 200);
  api.log().has_another_history = true;
  const auto refused = api.get(outcomes);
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.body.contains("a different history")) << refused.body;
}

// --- POST /outcomes/batch

TEST(PostOutcomesBatch, AnswersTheOutcomesInRequestOrder) {
  RunningApi api;
  const auto rule = api.make_rule();
  const auto answer = api.post(
      batch, body(named(rule, "zebra", "pass", "one") + "," + named(rule, "ant", "fail", "<b>")));
  const auto created = second_of(api.clock.now());
  const auto modified = rfc3339(api.clock.now());
  const auto item = [&](const std::string& name, const std::string& state,
                        const std::string& remarks) {
    return R"({"id":")" + rule + R"(\\)" + name +
           R"(","type":"outcome","attributes":{"created_at":")" + created + R"(","modified_at":")" +
           modified + R"(","remarks":")" + remarks + R"(","service_name":")" + name +
           R"(","state":")" + state + R"("},"relationships":{"rule":{"data":{"id":")" + rule +
           R"(","type":"rule"}}}})";
  };
  expect_answer(answer, 200,
                R"({"data":[)" + item("zebra", "pass", "one") + "," +
                    item("ant", "fail", R"(\u003cb\u003e)") +
                    R"(],"meta":{"total_received":2,"total_updated":2}})");
}

TEST(PostOutcomesBatch, RefusesAnEmptyNameAsRecorded) {
  RunningApi api;
  expect_answer(
      api.post(batch, body(named(api.make_rule(), "", "pass"))), 400,
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"service_name\" is required"}]})");
}

TEST(PostOutcomesBatch, RefusesAnUnknownRule) {
  RunningApi api;
  expect_answer(api.post(batch, body(named("unknown", "a", "pass"))), 409,
                R"({"errors":[{"status":"409","title":"Invalid rule_id"}]})");
}

TEST(PostOutcomesBatch, TellsTheTimesOfAnUnchangedOutcome) {
  RunningApi api;
  const auto rule = api.make_rule();
  api.post(batch, body(named(rule, "a", "pass", "x")));
  const auto first = rfc3339(api.clock.now());
  api.clock.advance(std::chrono::hours(1));
  const auto unchanged = api.post(batch, body(named(rule, "a", "pass", "x")));
  EXPECT_NE(unchanged.body.find(R"("modified_at":")" + first + '"'), std::string::npos);
  const auto changed = api.post(batch, body(named(rule, "a", "fail", "x")));
  EXPECT_NE(changed.body.find(R"("modified_at":")" + rfc3339(api.clock.now())), std::string::npos);
}

TEST(PostOutcomesBatch, GivesTheLastStateOfAPairThatCameTwice) {
  RunningApi api;
  const auto rule = api.make_rule();
  const auto response =
      api.post(batch, body(named(rule, "a", "pass", "x") + "," + named(rule, "a", "fail", "y")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(count_of(response.body, R"("remarks":"y","service_name":"a","state":"fail")"), "2")
      << response.body;
  EXPECT_NE(response.body.find(R"("meta":{"total_received":2,"total_updated":1})"),
            std::string::npos)
      << response.body;
}

TEST(PostOutcomesBatch, GivesTheIdWhenNoWorkerIsFreeOrTheReadFails) {
  RunningApi api;
  const auto rule = api.make_rule();
  for (auto* const broken : {&api.worker.full, &api.log().reads_fail}) {
    *broken = true;
    const auto response = api.post(batch, body(named(rule, "a", "pass")));
    *broken = false;
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.body.find(R"("meta":{"id":")"), std::string::npos) << response.body;
    const auto became = api.get(header_of(response, "location"));
    EXPECT_EQ(became.status, 200);
    EXPECT_NE(became.body.find(R"("status":"completed")"), std::string::npos);
  }
}

// --- GET /outcomes

TEST(ListOutcomes, WritesEveryMember) {
  RunningApi api;
  const auto rule = api.make_rule("R&D");
  api.post(outcomes,
           body(result(rule, "Service:my-service", "pass", R"(See <a href=\"x\">x</a>)")));
  const auto created = second_of(api.clock.now());
  const auto modified = rfc3339(api.clock.now());
  api.clock.advance(std::chrono::seconds(90));
  const auto reported = second_of(api.clock.now());
  api.post(outcomes,
           body(result(rule, "service:default/my-service", "pass", R"(See <a href=\"x\">x</a>)")));
  expect_answer(
      api.get(outcomes + "?include=rule"), 200,
      R"({"data":[{"id":")" + rule +
          R"(\\my-service","type":"outcome","attributes":{"created_at":")" + created +
          R"(","entity_reference":"service:default/my-service","modified_at":")" + modified +
          R"(","remarks":"See \u003ca href=\"x\"\u003ex\u003c/a\u003e","reported_at":")" +
          reported +
          R"(","service_name":"my-service","state":"pass"},"relationships":{"rule":{"data":{"id":")" +
          rule +
          R"(","type":"rule"}}}}],"links":{"next":"/api/v2/scorecard/outcomes?include=rule\u0026page%5Blimit%5D=100\u0026page%5Boffset%5D=100"},"included":[{"id":")" +
          rule + R"(","type":"rule","attributes":{"name":"R\u0026D","scorecard_name":"Card"}}]})");
}

TEST(ListOutcomes, PagesWithoutGapOrRepeat) {
  RunningApi api;
  std::string results;
  for (const auto& rule : {api.make_rule("A"), api.make_rule("B")}) {
    for (int i = 0; i < 3; ++i) {
      if (!results.empty()) results += ",";
      results += result(rule, "service:s" + std::to_string(i), "pass");
    }
  }
  api.post(outcomes, body(results));
  const auto whole = api.get(outcomes + "?fields[outcome]=service_name").body;
  EXPECT_EQ(count_of(whole, R"("type":"outcome")"), "6");
  std::string paged;
  for (int offset = 0; offset < 8; offset += 2) {
    const auto page =
        api.get(outcomes + "?fields[outcome]=service_name&page[size]=2&page[offset]=" +
                std::to_string(offset));
    const auto items = page.body.substr(9, page.body.find(R"(],"links")") - 9);
    if (!paged.empty() && !items.empty()) paged += ",";
    paged += items;
    EXPECT_EQ(page.body.find(R"("previous")") != std::string::npos, offset >= 2);
  }
  EXPECT_EQ(R"({"data":[)" + paged, whole.substr(0, whole.find(R"(],"links")")));
}

TEST(ListOutcomes, Filters) {
  RunningApi api;
  const auto first = api.make_rule("First");
  const auto second = api.make_rule("Second");
  api.post(
      outcomes,
      body(result(first, "service:a", "pass") + "," + result(first, "service:b", "fail") + "," +
           result(second, "service:a", "skip") + "," + result(second, "team:other/a", "pass")));
  const auto check = [&](const std::string& query, const std::string& count) {
    const auto response = api.get(outcomes + "?" + query);
    EXPECT_EQ(response.status, 200) << query;
    EXPECT_EQ(count_of(response.body, R"("type":"outcome")"), count) << query << response.body;
  };
  check("", "4");
  check("filter[outcome][state]=pass", "2");
  check("filter[outcome][state]=skip", "1");
  check("filter[outcome][service_name]=a", "3");
  check("filter[outcome][service_name]=service:a", "2");
  check("outer%5Bx%5D=1&filter%5Brule%5D%5Bid%5D=" + first, "2");
  check("filter[rule][name]=Second", "2");
  check("filter[rule][enabled]=false", "0");
  check("filter[rule][enabled]=true&filter[outcome][service_name]=b", "1");
}

TEST(ListOutcomes, RefusesBadParameters) {
  RunningApi api;
  for (const std::string query :
       {"page[size]=0", "page[size]=-1", "page[size]=101", "page[size]=abc", "page[offset]=-1",
        "include=nothing", "filter[outcome][state]=good", "filter[rule][enabled]=maybe",
        "filter[outer]=1", "filter[entity][reference]=a"}) {
    const auto response = api.get(outcomes + "?" + query);
    EXPECT_EQ(response.status, 400) << query;
    const auto parameter = query.substr(0, query.find('='));
    EXPECT_NE(response.body.find(R"("source":{"parameter":")" + parameter), std::string::npos)
        << response.body;
  }
}

TEST(ListOutcomes, IsUnavailableWhenTheStoreIs) {
  RunningApi api;
  api.post(outcomes, body(result(api.make_rule(), "service:a", "pass")));
  api.log().reads_fail = true;
  EXPECT_EQ(api.get(outcomes).status, 503);
}

}  // namespace
}  // namespace scorekeeper::api
