// The contract of every store's catalog: scorecards, rules, kinds, campaigns, secrets, keys.
// Included by test files only, after log_contract.h's suite.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/contract/log_contract.h"

namespace scorekeeper::store {

// The change of a thing that is created, changed, deleted.
template <class T>
ResourceChange created(T after) {
  return Changed<T>{.before = {}, .after = std::move(after)};
}
template <class T>
ResourceChange updated(T before, T after) {
  return Changed<T>{.before = std::move(before), .after = std::move(after)};
}
template <class T>
ResourceChange deleted(T before) {
  return Changed<T>{.before = std::move(before), .after = {}};
}

inline Scorecard make_scorecard(std::uint32_t number, const std::string& name) {
  return Scorecard{.number = {number},
                   .id = "card" + std::to_string(number),
                   .name = name,
                   .description = "about " + name,
                   .created_at = contract_time(1),
                   .modified_at = contract_time(2)};
}

inline CatalogRule make_rule(std::uint32_t number, const std::string& name) {
  CatalogRule rule{.rule = {}, .scorecard = make_scorecard(1, "one")};
  rule.rule.number = {number};
  rule.rule.id = "rule" + std::to_string(number);
  rule.rule.scorecard = {1};
  rule.rule.name = name;
  rule.rule.description = "it's \"quoted\"";
  rule.rule.owner = "team";
  rule.rule.scope_query = "kind:service";
  rule.rule.enabled = number % 2 == 0;
  rule.rule.level = static_cast<int>(1 + number % 3);
  rule.rule.created_at = contract_time(3);
  rule.rule.modified_at = contract_time(4);
  return rule;
}

// A time as the tables have it.
inline std::string microseconds_text(std::int64_t seconds) {
  return std::to_string(microseconds_of(contract_time(seconds)));
}

TEST_P(StoreContract, PutsScorecardsAndRulesWithTheirPositions) {
  const auto one = make_scorecard(1, "one");
  const auto two = make_scorecard(2, "two");
  change(org_a,
         {created(one), created(two), created(make_rule(1, "a")), created(make_rule(2, "b"))});
  change(org_b, {created(make_scorecard(1, "else")), created(make_rule(1, "z"))});
  auto renamed = two;
  renamed.name = "renamed";
  auto moved = make_rule(1, "a");
  moved.rule.scorecard = {2};
  moved.scorecard = renamed;
  moved.rule.enabled = true;
  change(org_a,
         {updated(two, renamed), updated(make_rule(1, "a"), moved), deleted(make_rule(2, "b"))});
  change(org_a, {deleted(one)});
  reopen();
  const std::string times = microseconds_text(1) + "|" + microseconds_text(2);
  EXPECT_EQ(store->query("SELECT number, id, name, description, created_at, modified_at, removed,"
                         " position FROM scorecard WHERE org = 1 ORDER BY number"),
            (std::vector<std::string>{"1|card1|one|about one|" + times + "|1|8",
                                      "2|card2|renamed|about two|" + times + "|0|5"}));
  EXPECT_EQ(
      store->query("SELECT number, id, scorecard, name, description, owner, scope_query,"
                   " enabled, level, created_at, modified_at, removed, position FROM rule"
                   " WHERE org = 1 ORDER BY number"),
      (std::vector<std::string>{"1|rule1|2|a|it's \"quoted\"|team|kind:service|1|2|" +
                                    microseconds_text(3) + "|" + microseconds_text(4) + "|0|6",
                                "2|rule2|1|b|it's \"quoted\"|team|kind:service|1|3|" +
                                    microseconds_text(3) + "|" + microseconds_text(4) + "|1|7"}));
  EXPECT_EQ(store->query("SELECT name, position FROM rule WHERE org = 2"),
            std::vector<std::string>{"z|2"});
}

inline Kind make_kind(const std::string& name) {
  return Kind{.name = name,
              .display_name = "The " + name,
              .description = "",
              .created_at = contract_time(1),
              .modified_at = contract_time(2)};
}

TEST_P(StoreContract, PutsAndRemovesKindsByName) {
  const Kind service = make_kind("service");
  change(org_a, {created(service), created(make_kind("api"))});
  change(org_b, {created(service)});
  Kind described = service;
  described.description = "what runs";
  described.modified_at = contract_time(9);
  change(org_a, {updated(service, described), created(make_kind("Zoo"))});
  change(org_a, {deleted(make_kind("api"))});
  change(org_b, {deleted(service)});
  reopen();
  EXPECT_EQ(store->query("SELECT org, name, display_name, description, created_at, modified_at,"
                         " position FROM kind ORDER BY org, name"),
            (std::vector<std::string>{
                "1|Zoo|The Zoo||" + microseconds_text(1) + "|" + microseconds_text(2) + "|4",
                "1|service|The service|what runs|" + microseconds_text(1) + "|" +
                    microseconds_text(9) + "|3"}));
}

inline CatalogCampaign make_campaign(std::uint32_t number, std::vector<RuleNumber> rules) {
  CatalogCampaign one;
  Campaign& campaign = one.campaign;
  campaign.number = {number};
  campaign.id = "campaign" + std::to_string(number);
  campaign.key = "key-" + std::to_string(number);
  campaign.name = "Campaign " + std::to_string(number);
  campaign.description = "why";
  campaign.owner_id = "11111111-2222-4333-8444-555555555555";
  campaign.entity_scope = "kind:service";
  campaign.guidance = "how";
  campaign.rules = std::move(rules);
  campaign.status = CampaignStatus::in_progress;
  campaign.start_date = contract_time(5);
  campaign.created_at = contract_time(6);
  campaign.modified_at = contract_time(7);
  for (const RuleNumber rule : campaign.rules) {
    one.rule_ids.push_back("rule" + std::to_string(rule.number));
  }
  return one;
}

TEST_P(StoreContract, PutsCampaignsByNumberWithTheirRulesInOrder) {
  change(org_a, {created(make_scorecard(1, "one")), created(make_rule(1, "a")),
                 created(make_rule(2, "b")), created(make_rule(3, "c"))});
  std::vector campaigns{make_campaign(1, {{3}, {1}, {2}}), make_campaign(2, {}),
                        make_campaign(3, {{1}})};
  campaigns[1].campaign.due_date = contract_time(99);
  change(org_a, {created(campaigns[0]), created(campaigns[1]), created(campaigns[2])});
  auto changed = make_campaign(1, {{2}, {3}});
  changed.campaign.key = "another";
  changed.campaign.status = CampaignStatus::completed;
  auto other = make_campaign(4, {{2}});
  other.campaign.key = campaigns[2].campaign.key;  // the key of a removed one is free
  change(org_a, {deleted(campaigns[2]), created(other), updated(campaigns[0], changed)});
  reopen();
  EXPECT_EQ(store->query("SELECT number, id, key, name, description, owner_id, entity_scope,"
                         " guidance, status, start_date, due_date, created_at, modified_at,"
                         " removed, position FROM campaign WHERE org = 1 AND number < 3"
                         " ORDER BY number"),
            (std::vector<std::string>{
                "1|campaign1|another|Campaign 1|why|11111111-2222-4333-8444-555555555555|"
                "kind:service|how|3|" +
                    microseconds_text(5) + "||" + microseconds_text(6) + "|" +
                    microseconds_text(7) + "|0|10",
                "2|campaign2|key-2|Campaign 2|why|11111111-2222-4333-8444-555555555555|"
                "kind:service|how|2|" +
                    microseconds_text(5) + "|" + microseconds_text(99) + "|" +
                    microseconds_text(6) + "|" + microseconds_text(7) + "|0|6"}));
  EXPECT_EQ(store->query("SELECT number, key, removed, position FROM campaign WHERE number > 2"
                         " ORDER BY number"),
            (std::vector<std::string>{"3|key-3|1|8", "4|key-3|0|9"}));
  EXPECT_EQ(store->query("SELECT campaign, position, rule FROM campaign_rule WHERE org = 1"
                         " ORDER BY campaign, position"),
            (std::vector<std::string>{"1|1|2", "1|2|3", "3|1|1", "4|1|2"}));
}

TEST_P(StoreContract, TellsWhereTheChangesOfTheCatalogStand) {
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "x")}});
  change(org_a, {created(make_kind("b")), created(make_scorecard(1, "one"))});
  change(org_a, {deleted(make_kind("b"))});
  EXPECT_EQ(store->query("SELECT org, position, record, resource, id FROM log_catalog"
                         " ORDER BY org, position"),
            (std::vector<std::string>{"1|2|2|kind|b", "1|3|2|scorecard|card1", "1|4|4|kind|b"}));
}

TEST_P(StoreContract, KeepsItsSecrets) {
  const auto secrets = catalog().secrets();
  ASSERT_TRUE(secrets);
  EXPECT_NE(secrets->change_key, secrets->request_key);
  EXPECT_NE(secrets->change_key, SipKey{});
  reopen();
  EXPECT_EQ(*catalog().secrets(), *secrets);
}

inline Key make_key(OrgId org, KeyKind kind, std::uint8_t secret) {
  Key key{.id = {},
          .org = org,
          .kind = kind,
          .name = "key " + std::to_string(secret),
          .hash = {},
          .scopes = kind == KeyKind::api ? ScopeSet() : ScopeSet::unscoped(),
          .created_at = contract_time(secret),
          .revoked_at = std::nullopt};
  key.hash.fill(std::byte{secret});
  return key;
}

TEST_P(StoreContract, CreatesAndRevokesKeysThatTheServerSees) {
  const auto before = catalog().keys_version();
  const auto org = keys().create_org("default", contract_time(1));
  ASSERT_TRUE(org) << org.error().detail;
  EXPECT_EQ(keys().create_org("default", contract_time(2)).error().code, Code::conflict);
  const auto other = keys().create_org("other", contract_time(3));
  auto api = *keys().create_key(make_key(org->id, KeyKind::api, 1));
  const auto application = *keys().create_key(make_key(other->id, KeyKind::application, 2));
  EXPECT_NE(api.id, application.id);
  EXPECT_NE(*catalog().keys_version(), *before);
  EXPECT_EQ(catalog().load_keys()->keys, (std::vector{api, application}));
  EXPECT_EQ(catalog().load_keys()->orgs, (std::vector{*org, *other}));
  EXPECT_EQ(keys().load_keys()->keys, catalog().load_keys()->keys);

  const auto created = catalog().keys_version();
  ASSERT_TRUE(keys().revoke_key(api.id, contract_time(9)));
  EXPECT_NE(*catalog().keys_version(), *created);
  ASSERT_TRUE(keys().revoke_key(api.id, contract_time(10)));  // the first time stays
  api.revoked_at = contract_time(9);
  reopen();
  EXPECT_EQ(catalog().load_keys()->keys, (std::vector{api, application}));
  // They are changes of the logs, the org is the first.
  EXPECT_EQ(head(org->id).last, RowId{3});
  EXPECT_EQ(head(other->id).last, RowId{2});
  EXPECT_EQ(store->query("SELECT id, position FROM org ORDER BY id"),
            (std::vector<std::string>{"1|1", "2|1"}));
  EXPECT_EQ(store->query("SELECT id, position FROM key ORDER BY id"),
            (std::vector<std::string>{"1|3", "2|2"}));
  EXPECT_EQ(records(org->id).front().request, RequestNumber{});
}

TEST_P(StoreContract, KeepsTokensBesideKeys) {
  const auto org = keys().create_org("default", contract_time(1));
  ASSERT_TRUE(org);
  std::vector<Key> made{*keys().create_key(make_key(org->id, KeyKind::api, 1))};
  auto personal = make_key(org->id, KeyKind::personal, 2);
  personal.owner = "ann";
  personal.expires_at = contract_time(50);
  made.push_back(*keys().create_key(personal));
  made.push_back(*keys().create_key(make_key(org->id, KeyKind::service, 3)));
  const auto before = catalog().keys_version();
  ASSERT_TRUE(keys().revoke_key(made[2].id, contract_time(9)));
  EXPECT_NE(*catalog().keys_version(), *before);
  made[2].revoked_at = contract_time(9);
  reopen();
  EXPECT_EQ(catalog().load_keys()->keys, made);
  EXPECT_EQ(made[1].owner, "ann");
  EXPECT_EQ(made[1].expires_at, contract_time(50));
}

TEST_P(StoreContract, RefusesKeysOfNoOrgAndUnknownKeys) {
  EXPECT_EQ(keys().create_key(make_key({99}, KeyKind::api, 1)).error().code, Code::not_found);
  EXPECT_EQ(keys().revoke_key({99}, contract_time(1)).error().code, Code::not_found);
  EXPECT_TRUE(log().heads()->heads.empty());
}

TEST_P(StoreContract, KeysVersionStaysWhenOutcomesAreAppended) {
  const auto before = catalog().keys_version();
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "x")}});
  EXPECT_EQ(*catalog().keys_version(), *before);
}

}  // namespace scorekeeper::store
