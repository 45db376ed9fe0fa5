// One org never sees or touches what is another's, on any route.
#include <gtest/gtest.h>

#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

const std::string base = "/api/v2/scorecard";

std::string batch_of(const std::string& rule, const std::string& entity_member) {
  return R"({"data":{"attributes":{"results":[{"rule_id":")" + rule + R"(",)" + entity_member +
         R"(,"state":"fail","remarks":"theirs"}]}}})";
}

// Two orgs, the first with a rule, a scorecard and an outcome.
class Isolation : public testing::Test {
 protected:
  Isolation() {
    other = api.add_pair("other");
    rule = api.make_rule("Mine");
    const auto accepted = api.post(
        base + "/outcomes", R"({"data":{"attributes":{"results":[{"rule_id":")" + rule +
                                R"(","entity_reference":"service:mine","state":"pass"}]}}})");
    request = header_of(accepted, "location");
    outcomes = api.get(base + "/outcomes").body;
    rules = api.get(base + "/rules").body;
  }

  http::Response as_other(http::Method method, const std::string& target,
                          const std::string& body = {}) {
    return api.call_as(other, method, target, body);
  }
  void expect_untouched() {
    EXPECT_EQ(api.get(base + "/outcomes").body, outcomes);
    EXPECT_EQ(api.get(base + "/rules").body, rules);
  }

  RunningApi api;
  Pair other;
  std::string rule;
  std::string request;
  std::string outcomes;
  std::string rules;
};

TEST_F(Isolation, ListsNothingOfAnotherOrg) {
  EXPECT_NE(outcomes.find("mine"), std::string::npos);
  EXPECT_NE(rules.find(rule), std::string::npos);
  for (const auto* const list : {"/outcomes", "/rules", "/scorecards"}) {
    const auto response = as_other(http::Method::get, base + list);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.substr(0, 10), R"({"data":[])") << list;
  }
  const auto by_id = as_other(http::Method::get, base + "/rules?filter[rule][id]=" + rule);
  EXPECT_EQ(by_id.body.substr(0, 10), R"({"data":[])");
}

TEST_F(Isolation, KnowsNoRuleOfAnotherOrg) {
  const std::string body = R"({"data":{"attributes":{"name":"Theirs","scorecard_name":"Card"}}})";
  EXPECT_EQ(as_other(http::Method::put, base + "/rules/" + rule, body).status, 404);
  EXPECT_EQ(as_other(http::Method::delete_, base + "/rules/" + rule).status, 404);
  EXPECT_EQ(as_other(http::Method::post, base + "/outcomes",
                     batch_of(rule, R"("entity_reference":"service:mine")"))
                .status,
            409);
  EXPECT_EQ(as_other(http::Method::post, base + "/outcomes/batch",
                     batch_of(rule, R"("service_name":"mine")"))
                .status,
            409);
  expect_untouched();
}

TEST_F(Isolation, KnowsNoScorecardOfAnotherOrg) {
  const auto at = rules.find(R"("scorecard":{"data":)");
  const auto scorecard = RunningApi::first_id(rules.substr(at));
  EXPECT_EQ(
      as_other(http::Method::post, base + "/rules",
               R"({"data":{"attributes":{"name":"N","scorecard_id":")" + scorecard + R"("}}})")
          .status,
      400);
  // The same name is another scorecard there.
  const auto made = as_other(http::Method::post, base + "/rules",
                             R"({"data":{"attributes":{"name":"N","scorecard_name":"Card"}}})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body.find(scorecard), std::string::npos);
  expect_untouched();
}

TEST_F(Isolation, FindsNoRequestOfAnotherOrg) {
  EXPECT_EQ(api.get(request).status, 200);
  EXPECT_EQ(as_other(http::Method::get, request).status, 404);
}

TEST_F(Isolation, KeepsTheSameEntityApart) {
  const auto theirs = api.make_rule_as(other, "Theirs");
  EXPECT_EQ(as_other(http::Method::post, base + "/outcomes",
                     batch_of(theirs, R"("entity_reference":"service:mine")"))
                .status,
            202);
  expect_untouched();
  const auto list = as_other(http::Method::get, base + "/outcomes").body;
  EXPECT_NE(list.find(R"("remarks":"theirs")"), std::string::npos);
  EXPECT_EQ(list.find(rule), std::string::npos);
}

}  // namespace
}  // namespace scorekeeper::api
