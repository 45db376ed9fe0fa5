// If-Match and ETag over HTTP: the version of a thing is the position of its last change.
#include "api/versions.h"

#include <gtest/gtest.h>

#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

const std::string rules = "/api/v2/scorecard/rules";

std::string rule_named(const std::string& name) {
  return R"({"data":{"type":"rule","attributes":{"name":")" + name +
         R"(","scorecard_name":"Card"}}})";
}

http::Request request_with(std::vector<std::string> lines) {
  http::Request request;
  for (auto& line : lines)
    request.headers.push_back({.name = "if-match", .value = std::move(line)});
  return request;
}

TEST(Preconditions, AreReadFromAllLinesOfTheHeader) {
  EXPECT_FALSE(precondition_of(request_with({}))->given);
  const auto both = precondition_of(request_with({"\"5\"", "\"7\", W/\"9\""}));
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->given);
  EXPECT_FALSE(both->any);
  EXPECT_EQ(both->versions, (std::vector{RowId{5}, RowId{7}}));
  EXPECT_TRUE(precondition_of(request_with({"*"}))->any);
  // Tags that are none of ours match nothing.
  const auto foreign = precondition_of(
      request_with({"\"05\", \"0\", \"+5\", \"5 \", \"\", \"18446744073709551616\""}));
  EXPECT_FALSE(foreign);  // a space is no part of a tag
  const auto others =
      precondition_of(request_with({"\"05\", \"0\", \"+5\", \"5a\", \"18446744073709551616\""}));
  ASSERT_TRUE(others);
  EXPECT_TRUE(others->given);
  EXPECT_TRUE(others->versions.empty());
}

TEST(Preconditions, ThatCannotBeReadAreInvalidAndNameTheHeader) {
  for (const std::string text : {"", "5", "*, \"5\""}) {
    const auto wrong = precondition_of(request_with({text}));
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().code, Code::invalid);
    EXPECT_NE(wrong.error().detail.find("\"If-Match\""), std::string::npos);
  }
  EXPECT_TRUE(precondition_of(request_with({"*"}), 1));
  EXPECT_TRUE(precondition_of(request_with({}), 2));
  EXPECT_EQ(precondition_of(request_with({"*"}), 2).error().code, Code::invalid);
}

TEST(Versions, AreToldAndDemanded) {
  RunningApi api;
  const auto id = api.make_rule();  // after the org, two keys and the rule's scorecard
  auto& org = api.services().matrix.org(OrgId{1});
  const auto one = rules + "?filter%5Brule%5D%5Bid%5D=" + id;
  EXPECT_EQ(header_of(api.get(one), "etag"), "\"5\"");
  EXPECT_EQ(header_of(api.get(rules), "etag"), "");  // of a list
  const auto changed = api.call(http::Method::put, rules + "/" + id, rule_named("changed"));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(header_of(changed, "etag"), "\"6\"");

  api.more_headers = {{.name = "if-match", .value = "\"5\""}};
  const auto before = org.find_rule(id)->rule;
  const auto refused = api.call(http::Method::put, rules + "/" + id, rule_named("renamed"));
  EXPECT_EQ(refused.status, 412);
  EXPECT_EQ(header_of(refused, "etag"), "\"6\"");
  EXPECT_EQ(refused.body,
            R"({"errors":[{"status":"412","title":"Precondition Failed",)"
            R"("detail":"If-Match does not match: it was changed, its version is \"6\" now",)"
            R"("meta":{"version":"6"}}]})");
  EXPECT_EQ(api.call(http::Method::delete_, rules + "/" + id, {}).status, 412);
  EXPECT_EQ(org.find_rule(id)->rule, before);

  api.more_headers = {{.name = "if-match", .value = "\"5\", \"6\""}};
  EXPECT_EQ(api.call(http::Method::put, rules + "/" + id, rule_named("renamed")).status, 200);
  EXPECT_EQ(org.find_rule(id)->rule.name, "renamed");
  api.more_headers.clear();
  EXPECT_EQ(header_of(api.get(one), "etag"), "\"7\"");  // the refused ones took no position
}

TEST(Versions, OfAScorecardAreToldAndDemanded) {
  RunningApi api;
  api.make_rule();
  auto& org = api.services().matrix.org(OrgId{1});
  const auto path = "/api/v2/scorekeeper/scorecards/" + org.find_scorecard_by_name("Card")->id;
  EXPECT_EQ(header_of(api.get(path), "etag"), "\"4\"");
  const auto described =
      api.call(http::Method::patch, path,
               R"({"data":{"type":"scorecard","attributes":{"description":"what counts"}}})");
  EXPECT_EQ(described.status, 200);
  EXPECT_EQ(header_of(described, "etag"), "\"6\"");  // behind the rule

  const auto card = org.find_scorecard_by_name("Card");
  api.more_headers = {{.name = "if-match", .value = "\"4\""}};
  const std::string rename = R"({"data":{"type":"scorecard","attributes":{"name":"Other"}}})";
  const auto refused = api.call(http::Method::patch, path, rename);
  EXPECT_EQ(refused.status, 412);
  EXPECT_EQ(header_of(refused, "etag"), "\"6\"");
  EXPECT_NE(refused.body.find(R"("meta":{"version":"6"})"), std::string::npos) << refused.body;
  // The change would be refused in any case, but the version of the thing is compared first.
  EXPECT_EQ(api.call(http::Method::delete_, path, {}).status, 412);
  EXPECT_EQ(org.find_scorecard_by_name("Card"), card);

  api.more_headers = {{.name = "if-match", .value = "\"6\""}};
  EXPECT_EQ(header_of(api.call(http::Method::patch, path, rename), "etag"), "\"7\"");
}

}  // namespace
}  // namespace scorekeeper::api
