// Every change of the catalog is in the audit log, of the org that made it and of no other. The
// changes are compared with the route table, so that a new route cannot be forgotten.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "api/exports.h"
#include "api/fixture_test.h"
#include "http/router.h"

namespace scorekeeper::api {
namespace {

const std::string audit = "/api/v2/scorekeeper/audit";

ScopeSet admin_scope() {
  ScopeSet scopes;
  scopes.add(Scope::scorekeeper_admin);
  return scopes;
}

class AuditApi : public testing::Test {
 public:
  std::vector<AuditEvent> events(const AuditFilter& filter = {}, OrgId org = OrgId{1}) {
    const auto found = api.services().catalog.list_audit(org, filter);
    EXPECT_TRUE(found);
    return found ? *found : std::vector<AuditEvent>();
  }
  std::string csv(const AuditFilter& filter) {
    const Context context{.services = api.services(),
                          .caller = {.org = {1}, .key = {}, .scopes = {}}};
    const auto response = export_audit(context, filter);
    EXPECT_EQ(header_of(response, "content-disposition"), R"(attachment; filename="audit.csv")");
    std::string text;
    for (bool more = true; more;) {
      std::string chunk;
      const auto next = response.source->next(chunk);
      EXPECT_TRUE(next);
      EXPECT_LE(chunk.size(), 64U << 10);
      more = next && *next;
      text += chunk;
    }
    return text;
  }

  RunningApi api;
  Pair admin = api.add_pair("default", admin_scope());
};

struct Change {
  http::Method method;
  std::string target;
  std::string body;
  AuditAction action;
  AuditResource resource;
};

TEST_F(AuditApi, HasTheRequestOfEveryChange) {
  using enum http::Method;
  using enum AuditAction;
  using enum AuditResource;
  const auto rule_id = api.make_rule("first");
  const std::string rule_body =
      R"({"data":{"attributes":{"name":"second","scorecard_name":"Card"}}})";
  const auto spare = api.post("/api/v2/scorecard/rules",
                              R"({"data":{"attributes":{"name":"N","scorecard_name":"Empty"}}})");
  ASSERT_EQ(
      api.call(delete_, "/api/v2/scorecard/rules/" + RunningApi::first_id(spare.body), "").status,
      204);
  const std::string scorecard_path =
      "/api/v2/scorekeeper/scorecards/" +
      RunningApi::first_id(
          api.get("/api/v2/scorecard/scorecards?filter%5Bscorecard%5D%5Bname%5D=Empty").body);
  const std::string campaign_body =
      R"({"data":{"attributes":{"key":"q1","name":"N","rule_ids":[")" + rule_id +
      R"("],"owner_id":"550e8400-e29b-41d4-a716-446655440000",)"
      R"("start_date":"2024-01-01T00:00:00Z","status":"in_progress"}}})";
  const std::string campaigns = "/api/v2/scorecard/campaigns";
  std::string other_campaign = campaign_body;
  other_campaign.replace(other_campaign.find(R"("N")"), 3, R"("M")");
  const Change changes[] = {
      {post, "/api/v2/scorecard/rules", rule_body, created, rule},
      {put, "/api/v2/scorecard/rules/" + rule_id, rule_body, updated, rule},
      {post, campaigns, campaign_body, created, campaign},
      {put, campaigns + "/q1", other_campaign, updated, campaign},
      {delete_, campaigns + "/q1", "", deleted, campaign},
      {patch, scorecard_path, R"({"data":{"attributes":{"description":"D"}}})", updated, scorecard},
      {delete_, "/api/v2/scorecard/rules/" + rule_id, "", deleted, rule},
      {delete_, scorecard_path, "", deleted, scorecard},
      {post, "/api/v2/catalog/entity",
       R"({"apiVersion":"v3","kind":"service","metadata":{"name":"a"}})", created, entity},
      {delete_, "/api/v2/catalog/entity/service:a", "", deleted, entity},
      {post, "/api/v2/catalog/kind", R"({"kind":"robot"})", created, kind},
      {delete_, "/api/v2/catalog/kind/robot", "", deleted, kind},
      {post, "/api/v2/services/definitions", R"({"schema-version":"v2.2","dd-service":"b"})",
       created, entity},
      {delete_, "/api/v2/services/definitions/b", "", deleted, entity},
  };
  std::set<std::string> tried{"/api/v2/scorecard/outcomes", "/api/v2/scorecard/outcomes/batch"};
  for (const auto& change : changes) {
    SCOPED_TRACE(std::string(name_of(change.method)) + " " + change.target);
    const auto before = events().size();
    const auto answer = api.call(change.method, change.target, change.body);
    ASSERT_LT(answer.status, 300) << answer.body;
    const auto all = events();
    ASSERT_EQ(all.size(), before + 1);
    EXPECT_EQ(all[0].request_id, "test");
    EXPECT_EQ(all[0].actor, (AuditActor{.type = AuditActorType::key, .id = "2"}));
    EXPECT_EQ(all[0].action, change.action);
    EXPECT_EQ(all[0].resource, change.resource);
    EXPECT_EQ(all[0].at, api.clock.now());
    tried.insert(api.router().match(change.method, change.target).route->pattern);
  }
  for (const auto& route : api.router().routes()) {
    if (route.mode == http::Mode::deferred) {
      EXPECT_TRUE(tried.contains(route.pattern)) << route.pattern << " is not tried here";
    }
  }
}

TEST_F(AuditApi, HasNothingOfReportsAndOfWhatWasRefused) {
  const auto rule = api.make_rule();
  const auto before = events().size();
  EXPECT_EQ(api.post("/api/v2/scorecard/outcomes",
                     R"({"data":{"attributes":{"results":[{"rule_id":")" + rule +
                         R"(","entity_reference":"service:a","state":"pass"}]}}})")
                .status,
            202);
  EXPECT_EQ(api.post("/api/v2/scorecard/rules", "{}").status, 400);
  EXPECT_EQ(api.call(http::Method::delete_, "/api/v2/scorecard/rules/x", {}).status, 404);
  EXPECT_EQ(api.call_as(admin, http::Method::delete_, "/api/v2/scorecard/rules/" + rule, {}).status,
            403);
  EXPECT_EQ(events().size(), before);
}

TEST_F(AuditApi, IsForAdministratorsAlone) {
  EXPECT_EQ(api.get(audit).status, 403);
  EXPECT_EQ(api.call_as(admin, http::Method::get, audit, {}).status, 200);
}

TEST_F(AuditApi, KeepsOrgsApart) {
  const auto other = api.add_pair("other");
  const auto other_admin = api.add_pair("other", admin_scope());
  const auto rule = api.make_rule("Mine");
  const auto theirs = api.call_as(other_admin, http::Method::get, audit, {}).body;
  EXPECT_EQ(theirs.find(rule), std::string::npos);
  EXPECT_TRUE(theirs.contains(R"("resource_type":"org")"));
  EXPECT_EQ(
      api.call_as(other_admin, http::Method::get, audit + "?filter[resource_id]=" + rule, {}).body,
      R"({"data":[],"links":{}})");
  const auto mine =
      api.call_as(admin, http::Method::get, audit + "?filter[resource_id]=" + rule, {}).body;
  EXPECT_TRUE(mine.contains(R"("after":{"name":"Mine")")) << mine;
  EXPECT_EQ(events({}, OrgId{2}).size(), 5U);  // the org, two pairs of keys
}

TEST_F(AuditApi, LeadsFromPageToPage) {
  for (int n = 0; n < 5; ++n) api.make_rule(std::to_string(n));
  const auto all = events().size();
  std::size_t seen = 0;
  std::string target = audit + "?page[size]=4";
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const auto body = api.call_as(admin, http::Method::get, target, {}).body;
    for (auto at = body.find("audit_event"); at != std::string::npos;
         at = body.find("audit_event", at + 1)) {
      ++seen;
    }
    constexpr std::string_view next = R"("next":")";
    const auto at = body.find(next);
    target = at == std::string::npos ? "" : body.substr(at + next.size());
    target.resize(std::min(target.size(), target.find('"')));
    for (auto amp = target.find("\\u0026"); amp != std::string::npos; amp = target.find("\\u0026"))
      target.replace(amp, 6, "&");
  }
  EXPECT_EQ(seen, all);
}

TEST_F(AuditApi, IsDownloadedWhole) {
  for (int n = 0; n < 250; ++n) api.make_rule(std::to_string(n));
  const auto lines = [](const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  };
  EXPECT_EQ(lines(csv({.page = {.offset = 7, .size = 3}})),
            1 + events({.page = {.size = 1'000}}).size());
  EXPECT_EQ(lines(csv({.resource = AuditResource::rule})), 251U);
  EXPECT_EQ(lines(csv({.actor = "nobody"})), 1U);
}

}  // namespace
}  // namespace scorekeeper::api
