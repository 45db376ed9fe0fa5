// What every store's audit log must do: events are written with the change that they tell of or not
// at all, keep their order, and stay. Included by test files only, after ledger_contract.h's suite.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/catalog_contract.h"

namespace scorekeeper::store {

// An event whose other members follow from its number.
inline AuditEvent make_event(OrgId org, std::uint64_t number) {
  AuditEvent event;
  event.number = {number};
  event.org = org;
  event.at = contract_time(static_cast<std::int64_t>(number));
  event.actor = {.type = AuditActorType::key, .id = std::to_string(number % 3)};
  event.request_id = "request-" + std::to_string(number / 2);
  event.action = number % 2 == 0 ? AuditAction::updated : AuditAction::created;
  event.resource = number % 2 == 0 ? AuditResource::kind : AuditResource::rule;
  event.resource_id = "id" + std::to_string(number % 4);
  event.after = {{"name", "it's \"quoted\" \\ \n\t\x01 é €"}, {"number", std::to_string(number)}};
  if (event.action == AuditAction::updated) event.before = {{"z", ""}, {"name", "a"}};
  return event;
}

inline std::vector<std::uint64_t> numbers_of(const Result<std::vector<AuditEvent>>& events) {
  EXPECT_TRUE(events);
  std::vector<std::uint64_t> numbers;
  for (const AuditEvent& event : *events) numbers.push_back(event.number.number);
  return numbers;
}
using Numbers = std::vector<std::uint64_t>;

class AuditContract : public StoreContract {
 protected:
  // Events 1 to `count`, in changes of some.
  void record(OrgId org, std::uint64_t count) {
    for (std::uint64_t number = 1; number <= count;) {
      CatalogRows change{.org = org};
      for (int n = 0; n < 3 && number <= count; ++n) {
        change.events.push_back(make_event(org, number++));
        change.events.back().number = {77};  // the store gives its own
      }
      ASSERT_TRUE(catalog().write(change));
    }
  }
};

TEST_P(AuditContract, KeepsEventsAsTheyAreOverARestart) {
  record(org_a, 5);
  record(org_b, 2);
  for (int pass = 0; pass < 2; ++pass) {
    const auto events = catalog().list_audit(org_a, {});
    ASSERT_EQ(numbers_of(events), (Numbers{5, 4, 3, 2, 1}));
    for (const AuditEvent& event : *events) {
      EXPECT_EQ(event, make_event(org_a, event.number.number));
    }
    reopen();
  }
  record(org_a, 1);
  EXPECT_EQ(numbers_of(catalog().list_audit(org_a, {.size = 1})), (Numbers{6}));
}

TEST_P(AuditContract, KeepsEachOrgsEventsApart) {
  record(org_a, 3);
  record(org_b, 2);
  EXPECT_EQ(numbers_of(catalog().list_audit(org_b, {})), (Numbers{2, 1}));
  EXPECT_EQ(catalog().list_audit(org_b, {})->front().org, org_b);
  EXPECT_TRUE(catalog().list_audit(OrgId{3}, {})->empty());
}

TEST_P(AuditContract, ListsPagesFromTheNewestOn) {
  record(org_a, 9);
  const auto list = [&](const AuditFilter& filter) {
    return numbers_of(catalog().list_audit(org_a, filter));
  };
  EXPECT_EQ(list({.size = 3}), (Numbers{9, 8, 7}));
  EXPECT_EQ(list({.offset = 3, .size = 3}), (Numbers{6, 5, 4}));
  EXPECT_EQ(list({.offset = 8, .size = 3}), (Numbers{1}));
  EXPECT_EQ(list({.offset = 9, .size = 3}), Numbers());
  EXPECT_EQ(list({.below = {4}, .size = 2}), (Numbers{3, 2}));
  EXPECT_EQ(list({.below = {1}}), Numbers());
  EXPECT_EQ(list({.below = {100}, .offset = 8}), (Numbers{1}));
}

TEST_P(AuditContract, ListsWhatAFilterAsksFor) {
  record(org_a, 12);
  const auto list = [&](const AuditFilter& filter) {
    return numbers_of(catalog().list_audit(org_a, filter));
  };
  EXPECT_EQ(list({.actor = "2"}), (Numbers{11, 8, 5, 2}));
  EXPECT_EQ(list({.action = AuditAction::updated}), (Numbers{12, 10, 8, 6, 4, 2}));
  EXPECT_EQ(list({.action = AuditAction::deleted}), Numbers());
  EXPECT_EQ(list({.resource = AuditResource::rule}), (Numbers{11, 9, 7, 5, 3, 1}));
  EXPECT_EQ(list({.resource_id = "id3"}), (Numbers{11, 7, 3}));
  EXPECT_EQ(list({.resource = AuditResource::rule, .resource_id = "id3"}), (Numbers{11, 7, 3}));
  EXPECT_EQ(list({.resource = AuditResource::kind, .resource_id = "id3"}), Numbers());
  EXPECT_EQ(list({.request_id = "request-2"}), (Numbers{5, 4}));
  EXPECT_EQ(list({.since = contract_time(10)}), (Numbers{12, 11, 10}));
  EXPECT_EQ(list({.until = contract_time(3)}), (Numbers{2, 1}));
  EXPECT_EQ(list({.since = contract_time(5), .until = contract_time(5)}), Numbers());
  EXPECT_EQ(list({.resource = AuditResource::rule,
                  .since = contract_time(3),
                  .below = {9},
                  .offset = 1,
                  .size = 1}),
            (Numbers{5}));
  EXPECT_EQ(list({.actor = ""}), Numbers());
}

TEST_P(AuditContract, KeepsNoEventOfAChangeThatFails) {
  EXPECT_FALSE(catalog().write(
      {.org = org_a, .campaigns = {make_campaign(1, {{7}})}, .events = {make_event(org_a, 1)}}));
  EXPECT_TRUE(catalog().list_audit(org_a, {})->empty());
}

TEST_P(AuditContract, RecordsWhatTheCommandLineDoesToOrgsAndKeys) {
  const auto org = *keys().create_org("acme", contract_time(1));
  const auto key = *keys().create_key(make_key(org.id, KeyKind::application, 2));
  ASSERT_TRUE(catalog().write({.org = org.id, .events = {make_event(org.id, 3)}}));
  ASSERT_TRUE(keys().revoke_key(key.id, contract_time(9)));
  ASSERT_TRUE(keys().revoke_key(key.id, contract_time(10)));  // no change
  EXPECT_FALSE(keys().create_org("acme", contract_time(11)));
  const auto events = *catalog().list_audit(org.id, {});
  ASSERT_EQ(numbers_of(events), (Numbers{4, 3, 2, 1}));
  EXPECT_EQ(events[1], make_event(org.id, 3));
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
