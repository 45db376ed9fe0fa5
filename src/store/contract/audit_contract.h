// The contract of every store's audit log: it tells of each change of the catalog, under the
// position of the change in the log. Included by test files only, after log_contract.h's suite.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/contract/catalog_contract.h"

namespace scorekeeper::store {

inline std::vector<std::uint64_t> numbers_of(const Result<std::vector<AuditEvent>>& events) {
  EXPECT_TRUE(events) << events.error().detail;
  std::vector<std::uint64_t> numbers;
  for (const AuditEvent& event : *events) numbers.push_back(event.number.number);
  return numbers;
}
using Numbers = std::vector<std::uint64_t>;

class AuditContract : public StoreContract {
 protected:
  // A change whose position follows from nothing but the order: a rule with an odd number is
  // created, a kind with an even one changes.
  static ResourceChange make_change(std::uint64_t number) {
    if (number % 2 == 1) {
      return created(make_rule(static_cast<std::uint32_t>(1 + number % 4), "it's \"quoted\" \n €"));
    }
    Kind before = make_kind("kind" + std::to_string(number % 4));
    Kind after = before;
    after.description = std::to_string(number);
    return updated(before, after);
  }
  // Changes 1 to `count`, some at a time; those of one group have one actor and request.
  void record(OrgId org, std::uint64_t count) {
    change(org, {created(make_scorecard(1, "one"))});
    for (std::uint64_t number = 1; number <= count;) {
      LogGroup group{.org = org,
                     .at = contract_time(static_cast<std::int64_t>(number)),
                     .actor = {.type = AuditActorType::subject, .id = std::to_string(number % 4)},
                     .request_id = "request-" + std::to_string(number)};
      for (int n = 0; n < 3 && number <= count; ++n) group.changes.push_back(make_change(number++));
      append(group);
    }
  }
  Numbers list(const AuditFilter& filter, OrgId org = org_a) {
    return numbers_of(catalog().list_audit(org, filter));
  }
};

TEST_P(AuditContract, TellsWhatChangedOverARestart) {
  record(org_a, 5);
  record(org_b, 2);
  for (int pass = 0; pass < 2; ++pass) {
    const auto events = catalog().list_audit(org_a, {});
    ASSERT_EQ(numbers_of(events), (Numbers{6, 5, 4, 3, 2, 1}));
    const AuditEvent& rule = (*events)[1];  // change 4 is of a kind, 5 of a rule
    EXPECT_EQ(rule.org, org_a);
    EXPECT_EQ(rule.at, contract_time(4));
    EXPECT_EQ(rule.actor, (AuditActor{.type = AuditActorType::subject, .id = "0"}));
    EXPECT_EQ(rule.request_id, "request-4");
    EXPECT_EQ(rule.action, AuditAction::updated);
    EXPECT_EQ(rule.resource, AuditResource::kind);
    EXPECT_EQ(rule.resource_id, "kind0");
    EXPECT_EQ(rule.after, (AuditFields{{"description", "4"}}));
    EXPECT_EQ((*events)[0].action, AuditAction::created);
    EXPECT_EQ((*events)[0].resource_id, "rule2");
    EXPECT_EQ(numbers_of(catalog().list_audit(org_b, {})), (Numbers{3, 2, 1}));
    EXPECT_TRUE(catalog().list_audit(OrgId{3}, {})->empty());
    reopen();
  }
}

TEST_P(AuditContract, HasGapsWhereOutcomesStand) {
  change(org_a, {created(make_kind("a"))});
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "x"), make_outcome(1, 2, "x")}});
  change(org_a, {created(make_kind("b"))});
  EXPECT_EQ(list({}), (Numbers{4, 1}));
}

TEST_P(AuditContract, ListsPagesFromTheNewestOn) {
  record(org_a, 8);
  EXPECT_EQ(list({.page = {.size = 3}}), (Numbers{9, 8, 7}));
  EXPECT_EQ(list({.page = {.offset = 3, .size = 3}}), (Numbers{6, 5, 4}));
  EXPECT_EQ(list({.page = {.offset = 8, .size = 3}}), (Numbers{1}));
  EXPECT_EQ(list({.page = {.offset = 9, .size = 3}}), Numbers());
  EXPECT_EQ(list({.below = {4}, .page = {.size = 2}}), (Numbers{3, 2}));
  EXPECT_EQ(list({.below = {1}}), Numbers());
  EXPECT_EQ(list({.below = {100}, .page = {.offset = 8}}), (Numbers{1}));
  EXPECT_EQ(list({.page = {.size = 0}}), Numbers());
}

// Position 1 + n has change n: rules at even positions, kinds at odd ones; groups begin at 2, 5, 8
// and 11 with the changes 1, 4, 7 and 10.
TEST_P(AuditContract, ListsWhatAFilterAsksFor) {
  record(org_a, 12);
  EXPECT_EQ(list({.actor = "0"}), (Numbers{7, 6, 5}));
  EXPECT_EQ(list({.actor = "2"}), (Numbers{13, 12, 11}));
  EXPECT_EQ(list({.action = AuditAction::updated}), (Numbers{13, 11, 9, 7, 5, 3}));
  EXPECT_EQ(list({.action = AuditAction::deleted}), Numbers());
  EXPECT_EQ(list({.resource = AuditResource::rule}), (Numbers{12, 10, 8, 6, 4, 2}));
  EXPECT_EQ(list({.resource_id = "rule4"}), (Numbers{12, 8, 4}));
  EXPECT_EQ(list({.resource = AuditResource::rule, .resource_id = "rule4"}), (Numbers{12, 8, 4}));
  EXPECT_EQ(list({.resource = AuditResource::kind, .resource_id = "rule4"}), Numbers());
  EXPECT_EQ(list({.request_id = "request-4"}), (Numbers{7, 6, 5}));
  EXPECT_EQ(list({.since = contract_time(7)}), (Numbers{13, 12, 11, 10, 9, 8}));
  EXPECT_EQ(list({.until = contract_time(4)}), (Numbers{4, 3, 2, 1}));
  EXPECT_EQ(list({.since = contract_time(4), .until = contract_time(4)}), Numbers());
  EXPECT_EQ(list({.resource = AuditResource::rule,
                  .since = contract_time(4),
                  .below = {9},
                  .page = {.offset = 1, .size = 1}}),
            (Numbers{6}));
  EXPECT_EQ(list({.actor = ""}), Numbers());
}

TEST_P(AuditContract, RecordsWhatTheCommandLineDoesToOrgsAndKeys) {
  const auto org = *keys().create_org("acme", contract_time(1));
  const auto key = *keys().create_key(make_key(org.id, KeyKind::application, 2));
  change(org.id, {created(make_kind("a"))});
  ASSERT_TRUE(keys().revoke_key(key.id, contract_time(9)));
  ASSERT_TRUE(keys().revoke_key(key.id, contract_time(10)));  // no change
  EXPECT_FALSE(keys().create_org("acme", contract_time(11)));
  const auto events = *catalog().list_audit(org.id, {});
  ASSERT_EQ(numbers_of(events), (Numbers{4, 3, 2, 1}));
  const AuditEvent& made_org = events[3];
  EXPECT_EQ(made_org.at, contract_time(1));
  EXPECT_EQ(made_org.actor.type, AuditActorType::command_line);
  EXPECT_FALSE(made_org.actor.id.empty());
  EXPECT_EQ(made_org.request_id, "");
  EXPECT_EQ(made_org.resource, AuditResource::org);
  EXPECT_EQ(made_org.resource_id, std::to_string(org.id.number));
  EXPECT_EQ(made_org.after, (AuditFields{{"name", "acme"}}));
  const AuditEvent& made_key = events[2];
  EXPECT_EQ(made_key.resource, AuditResource::key);
  EXPECT_EQ(made_key.resource_id, std::to_string(key.id.number));
  EXPECT_EQ(made_key.at, key.created_at);
  EXPECT_EQ(made_key.after, (AuditFields{{"name", key.name},
                                         {"kind", "application"},
                                         {"scopes", write_scopes(key.scopes)}}));
  const AuditEvent& revoked = events[0];
  EXPECT_EQ(revoked.action, AuditAction::revoked);
  EXPECT_EQ(revoked.resource_id, made_key.resource_id);
  EXPECT_EQ(revoked.before, AuditFields());
  EXPECT_EQ(revoked.after, (AuditFields{{"revoked_at", rfc3339(contract_time(9))}}));
}

TEST_P(AuditContract, RecordsTokensAsSuch) {
  const auto org = *keys().create_org("acme", contract_time(1));
  auto wanted = make_key(org.id, KeyKind::personal, 2);
  wanted.owner = "ann";
  wanted.expires_at = contract_time(50);
  const auto token = *keys().create_key(wanted);
  ASSERT_TRUE(keys().revoke_key(token.id, contract_time(9)));
  const auto events = *catalog().list_audit(org.id, {.resource = AuditResource::token});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].action, AuditAction::revoked);
  EXPECT_EQ(events[0].resource_id, std::to_string(token.id.number));
  EXPECT_EQ(events[1].action, AuditAction::created);
  EXPECT_EQ(events[1].after, (AuditFields{{"name", token.name},
                                          {"kind", "personal"},
                                          {"owner", "ann"},
                                          {"scopes", write_scopes(token.scopes)},
                                          {"expires_at", rfc3339(contract_time(50))}}));
}

}  // namespace scorekeeper::store
