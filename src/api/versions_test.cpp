// If-Match and ETag over HTTP, with versions that the matrix is given by hand.
#include "api/versions.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

const std::string rules = "/api/v2/scorecard/rules";
const std::string body =
    R"({"data":{"type":"rule","attributes":{"name":"renamed","scorecard_name":"Card"}}})";

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
  const auto id = api.make_rule();
  auto& org = api.services().matrix.org(OrgId{1});
  auto rule = org.find_rule(id)->rule;
  rule.version = RowId{41};
  org.publish({.rules = std::span(&rule, 1)});
  const auto read = api.get(rules + "?filter%5Brule%5D%5Bid%5D=" + id);
  EXPECT_EQ(header_of(read, "etag"), "\"41\"");
  EXPECT_EQ(header_of(api.get(rules), "etag"), "");  // of a list

  api.more_headers = {{.name = "if-match", .value = "\"40\""}};
  const auto refused = api.call(http::Method::put, rules + "/" + id, body);
  EXPECT_EQ(refused.status, 412);
  EXPECT_EQ(header_of(refused, "etag"), "\"41\"");
  EXPECT_EQ(refused.body,
            R"({"errors":[{"status":"412","title":"Precondition Failed",)"
            R"("detail":"If-Match does not match: it was changed, its version is \"41\" now",)"
            R"("meta":{"version":"41"}}]})");
  EXPECT_EQ(api.call(http::Method::delete_, rules + "/" + id, {}).status, 412);
  EXPECT_EQ(org.find_rule(id)->rule, rule);

  api.more_headers = {{.name = "if-match", .value = "\"40\", \"41\""}};
  EXPECT_EQ(api.call(http::Method::put, rules + "/" + id, body).status, 200);
  EXPECT_EQ(org.find_rule(id)->rule.name, "renamed");
}

TEST(Versions, OfAScorecardAreToldAndDemanded) {
  RunningApi api;
  api.make_rule();
  auto& org = api.services().matrix.org(OrgId{1});
  auto card = *org.find_scorecard_by_name("Card");
  const auto path = "/api/v2/scorekeeper/scorecards/" + card.id;
  EXPECT_EQ(header_of(api.get(path), "etag"), "");  // its version is not known
  card.version = RowId{5};
  org.publish({.scorecards = std::span(&card, 1)});
  EXPECT_EQ(header_of(api.get(path), "etag"), "\"5\"");
  api.more_headers = {{.name = "if-match", .value = "\"6\""}};
  const std::string rename = R"({"data":{"type":"scorecard","attributes":{"name":"Other"}}})";
  const auto refused = api.call(http::Method::patch, path, rename);
  EXPECT_EQ(refused.status, 412);
  EXPECT_EQ(header_of(refused, "etag"), "\"5\"");
  // What the request asks for would be refused in any case, but first it must be about this one.
  EXPECT_EQ(api.call(http::Method::delete_, path, {}).status, 412);
  EXPECT_EQ(org.find_scorecard_by_name("Card"), card);
}

}  // namespace
}  // namespace scorekeeper::api
