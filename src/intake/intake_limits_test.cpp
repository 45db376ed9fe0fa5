// The bounds of intake: at each of them, and behind it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "intake/group.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

const std::string shop = "service:default/shop";
const std::string pay = "service:default/pay";

TEST(IntakeLimits, TurnAwayWhatTheQueueCannotHold) {
  SharedStore store;
  Limits limits;
  limits.queue_requests_max = 4;  // of which an org has 3
  limits.queue_bytes_max = 6'000;
  Server server(store, store, limits);
  const auto rule = server.make_rule("first");
  store.hold();
  std::vector<std::future<BatchResult>> accepted;
  accepted.push_back(server.send({{rule, shop, State::pass, ""}}));
  store.wait_until_held();
  accepted.push_back(server.send({{rule, shop, State::fail, ""}}));
  auto large = server.send({{rule, shop, State::pass, std::string(4'000, 'x')}});
  const auto too_many_bytes = get(large);
  ASSERT_FALSE(too_many_bytes);
  EXPECT_EQ(too_many_bytes.error().error.code, Code::rate_limited);
  EXPECT_EQ(too_many_bytes.error().error.subject, "intake_queue");
  accepted.push_back(server.send({{rule, shop, State::fail, ""}}));
  accepted.push_back(server.send({{rule, shop, State::fail, ""}}));
  auto fourth = server.send({{rule, shop, State::fail, ""}});
  const auto too_many = get(fourth);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().error.code, Code::rate_limited);
  EXPECT_EQ(too_many.error().error.subject, "intake_queue");
  EXPECT_FALSE(server.remove_rule(rule));
  EXPECT_GE(server.metrics.counter("scorekeeper_queue_rejected_total", "").value(), 3.0);
  store.release();
  for (auto& future : accepted) EXPECT_TRUE(get(future));
}

TEST(IntakeLimits, CutGroupsButNeverABatch) {
  SharedStore store;
  Limits limits;
  limits.group_outcomes_max = 10;
  Server server(store, store, limits);
  const auto rule = server.make_rule("first");
  std::vector<TestResult> long_batch;
  long_batch.reserve(25);
  for (int i = 0; i < 25; ++i) {
    long_batch.push_back({rule, fmt::format("service:default/{}", i), State::pass, ""});
  }
  store.hold();
  std::vector<std::future<BatchResult>> futures;
  futures.push_back(server.send({{rule, shop, State::pass, ""}}));
  store.wait_until_held();
  futures.push_back(server.send(long_batch));
  for (int i = 0; i < 20; ++i) futures.push_back(server.send({{rule, shop, State::pass, ""}}));
  const auto groups = store.count_groups();
  store.release();
  for (auto& future : futures) EXPECT_TRUE(get(future));
  EXPECT_EQ(store.count_groups(), groups + 4);  // 1, 25, 10 and 10 outcomes
}

// A deleted rule keeps its outcomes, which the deletion of an entity takes along.
TEST(IntakeLimits, HoldDeletedRulesBack) {
  SharedStore store;
  Limits limits;
  limits.rules_max = 1;
  Server server(store, store, limits);
  for (std::size_t n = 0; n < ever_factor; ++n) {
    ASSERT_TRUE(server.remove_rule(server.make_rule("one")));
  }
  const auto over = server.create_rule(rule_fields("one"));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::too_large);
  EXPECT_EQ(over.error().detail, "an organization has at most 10 rules, deleted ones included");
}

TEST(IntakeLimits, HoldEntitiesAndRulesBack) {
  SharedStore store;
  Limits limits;
  limits.entities_max = 3;
  limits.rules_max = 2;
  Server server(store, store, limits);
  const auto rule = server.make_rule("first");
  server.make_rule("second");
  const auto third = server.create_rule(rule_fields("third"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Code::too_large);
  ASSERT_TRUE(server.submit({{rule, shop, State::pass, ""}, {rule, pay, State::pass, ""}}));
  const auto over = server.submit(
      {{rule, "service:default/a", State::pass, ""}, {rule, "service:default/b", State::pass, ""}});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().error.code, Code::too_large);
  EXPECT_NE(over.error().error.detail.find("3 entities"), std::string::npos);
  EXPECT_TRUE(server.submit({{rule, "service:default/a", State::pass, ""},
                             {rule, "service:default/a", State::fail, ""},
                             {rule, shop, State::fail, ""}}));
  EXPECT_EQ(server.outcomes().outcomes.size(), 3U);
  EXPECT_FALSE(server.submit({{rule, "service:default/b", State::pass, ""}}));
}

// Both for outcomes and for definitions, within one group and after a restart.
TEST(IntakeLimits, BoundTheKindsOfAllEntities) {
  SharedStore store;
  Limits limits;
  limits.kinds_max = 3;
  Server server(store, store, limits);
  const auto rule = server.make_rule("first");
  const auto report = [&](const std::vector<std::string>& references) {
    std::vector<TestResult> results;
    for (const auto& reference : references) results.push_back({rule, reference, State::pass, ""});
    return server.submit(results);
  };
  const auto define = [&](std::string reference) {
    EntityDefinition definition;
    definition.reference = std::move(reference);
    return server.define({definition});
  };
  ASSERT_TRUE(report({"service:default/a", "queue:default/a", "service:default/b"}));
  const auto refused = report({"api:default/a", "topic:default/a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error,
            make_error(Code::too_large,
                       "the entities of an organization have at most 3 different kinds "
                       "(kinds_max)"));
  EXPECT_FALSE(server.matrix->org(OrgId{1}).find_entity("api:default/a"));
  ASSERT_TRUE(define("api:default/a"));  // at the bound
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_FALSE(report({"topic:default/a"}));
    EXPECT_EQ(define("topic:default/a").error().code, Code::too_large);
    EXPECT_TRUE(report({fmt::format("queue:default/c{}", pass)}));
    server.restart();
  }
  ASSERT_TRUE(server.remove_entity("api:default/a"));
  EXPECT_TRUE(report({"topic:default/a"}));
}

// Both for outcomes and for definitions, and after a restart.
TEST(IntakeLimits, GiveThePlaceOfADeletedEntityToAnother) {
  SharedStore store;
  Limits limits;
  limits.entities_max = 3;
  Server server(store, store, limits);
  const auto rule = server.make_rule("first");
  const auto report = [&](const std::string& name) {
    return bool{server.submit({{rule, "service:default/" + name, State::pass, ""}})};
  };
  const auto define = [&](const std::string& name) {
    EntityDefinition definition;
    definition.reference = "service:default/" + name;
    return bool{server.define({definition})};
  };
  const auto remove = [&](const std::string& name) {
    EXPECT_TRUE(server.remove_entity("service:default/" + name));
  };
  ASSERT_TRUE(report("a"));
  ASSERT_TRUE(define("b"));
  ASSERT_TRUE(define("c"));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_FALSE(report("more"));
    EXPECT_FALSE(define("more"));
    remove("a");
    EXPECT_TRUE(define("a"));
    EXPECT_FALSE(report("more"));
    remove("b");
    server.restart();
    EXPECT_TRUE(report("b"));  // it is back: that takes a place too
    EXPECT_FALSE(define("more"));
  }
  // Entities that ever were have a bound of their own.
  remove("c");
  for (std::size_t ever = 4; ever <= 3 * ever_factor; ++ever) {
    const auto name = fmt::format("e{}", ever);
    ASSERT_TRUE(ever % 2 == 0 ? report(name) : define(name));
    remove(name);
    if (ever % 10 == 0) server.restart();
  }
  EXPECT_FALSE(define("more"));
  const auto over = server.submit({{rule, "service:default/more", State::pass, ""}});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().error.code, Code::too_large);
  EXPECT_NE(over.error().error.detail.find("deleted ones included"), std::string::npos);
  EXPECT_TRUE(define("c"));
}

// Scratch of an org that was in a group goes to the next one.
class Scratch : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

TEST_P(Scratch, IsKeptOfSomeOrgs) {
  const auto [outcomes, kept] = GetParam();
  matrix::Matrix matrix{Limits()};
  Group group(matrix);
  constexpr std::uint32_t orgs = 80;
  std::vector<TestResult> results;
  for (std::size_t n = 0; n < outcomes; ++n) {
    results.push_back({"rule", fmt::format("service:default/e{}", n), State::pass, ""});
  }
  for (std::uint32_t org = 1; org <= 2 * orgs; ++org) {
    Rule rule;
    rule.number = RuleNumber{1};
    rule.id = "rule";
    rule.scorecard = ScorecardNumber{1};
    Scorecard scorecard;
    scorecard.number = ScorecardNumber{1};
    scorecard.id = scorecard.name = "s";
    matrix.org(OrgId{org})
        .publish({.scorecards = std::span(&scorecard, 1), .rules = std::span(&rule, 1)});
  }
  for (const std::uint32_t first : {1U, 1 + orgs}) {
    std::vector<BatchWork> works(orgs);
    std::vector<store::Head> heads(orgs);
    for (std::uint32_t n = 0; n < orgs; ++n) heads[n].org = OrgId{first + n};
    group.begin(heads, {});
    for (std::uint32_t n = 0; n < orgs; ++n) {
      BatchWork& work = works[n];
      work.caller.org = OrgId{first + n};
      work.batch = make_batch(results);
      work.resolved = matrix.org(work.caller.org).resolve(work.batch);
      work.hashes.assign(outcomes, 1);
      ASSERT_TRUE(group.add(work, false));
    }
    EXPECT_GE(group.seal().records.size(), orgs);
    group.publish();
    EXPECT_EQ(group.count_scratch(), orgs);
    group.begin({}, {});
    EXPECT_EQ(group.count_scratch(), kept);
  }
  for (std::uint32_t org = 1; org <= 2 * orgs; ++org) {
    EXPECT_EQ(matrix.org(OrgId{org}).count_cells(), outcomes);
  }
}
// One outcome each, or hundreds.
INSTANTIATE_TEST_SUITE_P(Of, Scratch,
                         testing::Values(std::pair{1, group_small_scratch_kept},
                                         std::pair{300, group_scratch_kept}));

}  // namespace
}  // namespace scorekeeper::intake
