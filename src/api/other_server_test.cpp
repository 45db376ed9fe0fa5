// A change is decided on everything that another server has written, also on what this server does
// not show yet.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "api/fixture_test.h"
#include "store/contract/log_maker.h"

namespace scorekeeper::api {
namespace {

constexpr OrgId org{1};

TEST(OtherServer, HasDefinedAServiceWhoseDefinitionIsDeletedHere) {
  RunningApi api;
  const std::string path = "/api/v2/services/definitions/shop";
  EXPECT_EQ(api.call(http::Method::delete_, path, {}).status, 404);
  api.log().other_server = [](store::Log& log) {
    DefinedEntity defined;
    defined.number = {1};
    defined.definition.reference = "service:default/shop";
    defined.definition.schema = R"({"apiVersion":"v3"})";
    const CatalogEntity entity{.number = {1},
                               .reference = defined.definition.reference,
                               .discovered_at = Time(),
                               .definition = defined};
    const Changed<CatalogEntity> change{.before = {}, .after = entity};
    ASSERT_TRUE(store::append_group(log, {.org = org, .changes = {change}}));
  };
  EXPECT_EQ(api.call(http::Method::delete_, path, {}).status, 204);
  EXPECT_FALSE(api.services().matrix.org(org).is_live(EntityNumber{1}));
  EXPECT_EQ(api.call(http::Method::delete_, path, {}).status, 404);
}

// A scope is evaluated for so many entities before the committer's turn.
TEST(OtherServer, HasMadeARuleThatGetsAScopeOfManyEntitiesHere) {
  RunningApi api;
  auto& matrix = api.services().matrix.org(org);
  const auto first = api.make_rule();
  std::string results;
  for (std::size_t n = 0; n <= draft_entities_min; ++n) {
    results += (n == 0 ? "" : ",") + (R"({"rule_id":")" + first) +
               R"(","entity_reference":"service:e)" + std::to_string(n) + R"(","state":"pass"})";
  }
  ASSERT_EQ(api.post("/api/v2/scorecard/outcomes",
                     R"({"data":{"attributes":{"results":[)" + results + "]}}}")
                .status,
            202);
  CatalogRule made{.rule = matrix.find_rule(first)->rule,
                   .scorecard = matrix.find_rule(first)->scorecard};
  made.rule.number = {2};
  made.rule.id = "made-elsewhere";
  api.log().other_server = [&made](store::Log& log) {
    const Changed<CatalogRule> change{.before = {}, .after = made};
    ASSERT_TRUE(store::append_group(log, {.org = org, .changes = {change}}));
  };
  const std::string scoped =
      R"({"data":{"type":"rule","attributes":{"name":"made","scorecard_name":"Card",)"
      R"("scope_query":"kind:service"}}})";
  const auto changed =
      api.call(http::Method::put, "/api/v2/scorecard/rules/" + made.rule.id, scoped);
  EXPECT_EQ(changed.status, 200) << changed.body;
  ASSERT_TRUE(matrix.find_rule(made.rule.id));
  EXPECT_EQ(matrix.find_rule(made.rule.id)->rule.scope_query, "kind:service");
  EXPECT_EQ(api.call(http::Method::put, "/api/v2/scorecard/rules/nowhere", scoped).status, 404);
}

}  // namespace
}  // namespace scorekeeper::api
