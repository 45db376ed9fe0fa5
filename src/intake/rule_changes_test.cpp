#include "intake/rule_changes.h"

#include <gtest/gtest.h>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

RuleFields fields(std::string name, std::string scorecard_name, std::string scorecard_id = {}) {
  return {.name = std::move(name),
          .scorecard_id = std::move(scorecard_id),
          .scorecard_name = std::move(scorecard_name),
          .description = {},
          .owner = {},
          .scope_query = {},
          .enabled = {},
          .level = {}};
}

class RuleChanges : public testing::Test {
 protected:
  SharedStore store;
  Server server{store, store};
};

TEST_F(RuleChanges, CreateARuleAndItsScorecard) {
  RuleFields given = fields("first", "Ops");
  given.description = "about";
  given.owner = "team";
  given.enabled = false;
  given.level = 1;
  const auto view = server.create_rule(given);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->rule.id.size(), 16U);
  EXPECT_EQ(view->scorecard.id.size(), 12U);
  EXPECT_EQ(view->scorecard.name, "Ops");
  EXPECT_EQ(view->rule.description, "about");
  EXPECT_EQ(view->rule.owner, "team");
  EXPECT_FALSE(view->rule.enabled);
  EXPECT_EQ(view->rule.level, 1);
  EXPECT_EQ(view->rule.created_at, server.clock.now());
  EXPECT_EQ(view->rule.modified_at, server.clock.now());
  EXPECT_EQ(server.matrix->org(OrgId{1}).find_rule(view->rule.id)->rule, view->rule);
}

TEST_F(RuleChanges, FindTheScorecardByNameOrId) {
  const auto first = server.create_rule(fields("first", "Ops"));
  const auto second = server.create_rule(fields("second", "Ops"));
  const auto third = server.create_rule(fields("third", "Other", first->scorecard.id));
  EXPECT_EQ(second->scorecard, first->scorecard);
  EXPECT_EQ(third->scorecard, first->scorecard);
  const auto wrong = server.create_rule(fields("fourth", "Ops", "nothing"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error(), invalid("attribute \"scorecard_id\" failed scorecard lookup"));
  EXPECT_EQ(server.create_rule(fields("", "Ops")).error().code, Code::invalid);
}

TEST_F(RuleChanges, ReplaceTheWholeRule) {
  RuleFields given = fields("first", "Ops");
  given.owner = "team";
  given.level = 1;
  const auto before = server.create_rule(given);
  server.clock.advance(std::chrono::seconds(9));
  const auto after = server.update_rule(before->rule.id, fields("renamed", "Docs"));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->rule.id, before->rule.id);
  EXPECT_EQ(after->rule.number, before->rule.number);
  EXPECT_EQ(after->rule.owner, "");
  EXPECT_EQ(after->rule.level, level_max);
  EXPECT_EQ(after->rule.created_at, before->rule.created_at);
  EXPECT_EQ(after->rule.modified_at, server.clock.now());
  EXPECT_EQ(after->scorecard.name, "Docs");
  EXPECT_EQ(after->warnings, list_losses(before->rule, fields("renamed", "Docs")));
  EXPECT_EQ(after->warnings.size(), 2U);
  server.clock.advance(std::chrono::seconds(9));
  const auto same = server.update_rule(before->rule.id, fields("renamed", "Docs"));
  EXPECT_TRUE(same->warnings.empty());
  EXPECT_EQ(same->rule, after->rule);  // nothing was modified
  EXPECT_EQ(server.update_rule("nothing", fields("x", "y")).error(), rule_not_found("nothing"));
}

TEST_F(RuleChanges, DeleteARuleWithItsOutcomesForGood) {
  const auto kept = server.make_rule("kept");
  const auto gone = server.make_rule("gone");
  ASSERT_TRUE(server.submit({{gone, "service:default/a", State::pass, ""},
                             {kept, "service:default/a", State::pass, ""}}));
  ASSERT_TRUE(server.remove_rule(gone));
  EXPECT_EQ(server.remove_rule(gone).error(), rule_not_found(gone));
  EXPECT_EQ(server.update_rule(gone, fields("x", "y")).error(), rule_not_found(gone));
  EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
  EXPECT_EQ(server.submit({{gone, "service:default/a", State::pass, ""}}).error().error.code,
            Code::conflict);
  server.restart();
  EXPECT_EQ(server.outcomes().outcomes.size(), 1U);
  const auto next = server.create_rule(fields("next", "Ops"));
  EXPECT_EQ(next->rule.number, RuleNumber{3});
  EXPECT_EQ(next->scorecard.number, ScorecardNumber{1});
}

TEST_F(RuleChanges, LeaveNoTraceWhenTheStoreRefuses) {
  const auto rule = server.make_rule("first");
  store.catalog_fails = true;
  EXPECT_EQ(server.create_rule(fields("second", "New")).error().code, Code::unavailable);
  EXPECT_EQ(server.remove_rule(rule).error().code, Code::unavailable);
  EXPECT_EQ(server.matrix->org(OrgId{1}).count_rules(), 1U);
  EXPECT_FALSE(server.matrix->org(OrgId{1}).find_scorecard_by_name("New"));
  store.catalog_fails = false;
  EXPECT_TRUE(server.submit({{rule, "service:default/a", State::pass, ""}}));
  EXPECT_TRUE(server.create_rule(fields("second", "New")));
}

TEST_F(RuleChanges, WriteNothingWhereNothingChanges) {
  const auto made = server.create_rule(fields("first", "Ops"));
  const auto writes = store.count_catalog_writes();
  server.clock.advance(std::chrono::seconds(1));
  const auto same = server.update_rule(made->rule.id, fields("first", "Ops"));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->rule, made->rule);
  EXPECT_EQ(store.count_catalog_writes(), writes);
}

TEST_F(RuleChanges, WarnOfFieldsThatNoEntityHas) {
  RuleFields given = fields("first", "Ops");
  given.scope_query = "kind:service teir:1 -env:test";
  EXPECT_TRUE(server.create_rule(given)->warnings.empty());  // the catalog is empty
  EntityDefinition shop;
  shop.reference = "service:default/shop";
  shop.attributes.tags = {"env:prod", "pci"};
  ASSERT_TRUE(server.define({shop}));
  const auto created = server.create_rule(given);
  const std::vector<std::string> expected{
      "no entity has the field \"teir\" of scope_query; did you mean \"tier\"?"};
  EXPECT_EQ(created->warnings, expected);
  EXPECT_EQ(server.update_rule(created->rule.id, given)->warnings, expected);
  given.scope_query = "kind:service tier:1 env:test tag:pci tag:other";
  EXPECT_TRUE(server.update_rule(created->rule.id, given)->warnings.empty());
}

TEST(ScopeLimits, BoundTheTermsOfAllScopesTogether) {
  SharedStore store;
  Limits limits;
  limits.scope_terms_max = 5;
  limits.scope_wildcards_max = 20;
  Server server(store, store, limits);
  const auto create = [&](std::string scope) {
    RuleFields given = fields("rule", "Ops");
    given.scope_query = std::move(scope);
    return server.create_rule(given);
  };
  const auto first = create("tier:1 AND kind:service");
  ASSERT_TRUE(first);
  ASSERT_TRUE(create("kind:Service tier:1"));      // another order is another scope: 4 terms
  ASSERT_TRUE(create("tier:1 AND kind:service"));  // the same one
  const auto refused = create("tier:1 tier:2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_TRUE(refused.error().detail.contains("at most 5 terms (scope_terms_max)"));
  EXPECT_EQ(refused.error().pointer, "/data/attributes/scope_query");
  const auto last = create("a");
  ASSERT_TRUE(last);  // at the bound

  RuleFields given = fields("rule", "Ops");
  given.scope_query = "b";
  ASSERT_TRUE(server.update_rule(last->rule.id, given));
  given.scope_query = "b c*";
  EXPECT_FALSE(server.update_rule(last->rule.id, given));
  ASSERT_TRUE(server.update_rule(first->rule.id, fields("rule", "Ops")));
  EXPECT_FALSE(server.update_rule(last->rule.id, given));  // the third rule keeps the scope
}

TEST(ScopeLimits, BoundTheWildcardsOfAllScopesTogether) {
  SharedStore store;
  Limits limits;
  limits.scope_wildcards_max = 11;  // a word counts 10
  Server server(store, store, limits);
  const auto create = [&](std::string scope) {
    RuleFields given = fields("rule", "Ops");
    given.scope_query = std::move(scope);
    return server.create_rule(given);
  };
  ASSERT_TRUE(create("name:a* tier:1"));
  ASSERT_TRUE(create("name:a* OR b"));  // at the bound
  ASSERT_TRUE(create("b"));
  const auto refused = create("owner:c*");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_TRUE(refused.error().detail.contains("scope_wildcards_max")) << refused.error().detail;
  EXPECT_TRUE(create("owner:c tier:1"));
}

// A limit was lowered below what an organization has.
TEST(ScopeLimits, LetRulesBeChangedThatDoNotGrow) {
  SharedStore store;
  std::string id;
  {
    Server server(store, store, Limits());
    RuleFields given = fields("rule", "Ops");
    given.scope_query = "name:*a* b tier:1";
    const auto created = server.create_rule(given);
    ASSERT_TRUE(created);
    id = created->rule.id;
  }
  Limits limits;
  limits.scope_terms_max = 1;
  limits.scope_wildcards_max = 1;
  Server server(store, store, limits);
  const auto update = [&](std::string scope, bool enabled) {
    RuleFields given = fields("renamed", "Ops");
    given.enabled = enabled;
    given.scope_query = std::move(scope);
    return server.update_rule(id, given);
  };
  EXPECT_TRUE(update("name:*a* b tier:1", false));
  EXPECT_EQ(update("name:*a* b tier:1 tier:2", true).error().code, Code::too_large);
  EXPECT_EQ(update("name:*a* b c", true).error().code, Code::too_large);
  EXPECT_TRUE(update("name:*a* c tier:1", true));  // another one of the same size
  EXPECT_TRUE(update("c tier:1", true));
  EXPECT_EQ(update("name:*a* c tier:1", true).error().code, Code::too_large);
  EXPECT_TRUE(update("", true));
  EXPECT_TRUE(update("tier:1", true));
  EXPECT_EQ(update("tier:1 tier:2", true).error().code, Code::too_large);
}

}  // namespace
}  // namespace scorekeeper::intake
