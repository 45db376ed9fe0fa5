// What every store's catalog must do: scorecards, rules, kinds, campaigns, secrets, keys. Included
// by test files only, after ledger_contract.h's suite.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/ledger_contract.h"

namespace scorekeeper::store {

inline Scorecard make_scorecard(std::uint32_t number, const std::string& name) {
  return Scorecard{.number = {number},
                   .id = "card" + std::to_string(number),
                   .name = name,
                   .description = "about " + name,
                   .created_at = contract_time(1),
                   .modified_at = contract_time(2)};
}

inline Rule make_rule(std::uint32_t number, const std::string& name) {
  return Rule{.number = {number},
              .id = "rule" + std::to_string(number),
              .scorecard = {1},
              .name = name,
              .description = "it's \"quoted\"",
              .owner = "team",
              .scope_query = "kind:service",
              .enabled = number % 2 == 0,
              .level = static_cast<int>(1 + number % 3),
              .created_at = contract_time(3),
              .modified_at = contract_time(4),
              .removed_at_position = std::nullopt};
}

TEST_P(StoreContract, PutsScorecardsAndRulesByNumber) {
  CatalogRows change{.org = org_a,
                     .scorecards = {make_scorecard(1, "one"), make_scorecard(2, "two")},
                     .rules = {make_rule(1, "a"), make_rule(2, "b")}};
  const CatalogRows other{
      .org = org_b, .scorecards = {make_scorecard(1, "else")}, .rules = {make_rule(1, "z")}};
  ASSERT_TRUE(catalog().write(change));
  ASSERT_TRUE(catalog().write(other));
  change.scorecards[1].name = "renamed";
  change.rules[0].scorecard = {2};
  change.rules[0].enabled = true;
  change.rules[1].removed_at_position = RowId{17};
  ASSERT_TRUE(catalog().write(
      CatalogRows{.org = org_a, .scorecards = {change.scorecards[1]}, .rules = change.rules}));
  reopen();
  const auto all = catalog().load_catalog();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  for (const OrgCatalog& loaded : *all) {
    const CatalogRows& written = loaded.org == org_a ? change : other;
    EXPECT_EQ(loaded.scorecards, written.scorecards);
    EXPECT_EQ(loaded.rules, written.rules);
  }
}

inline Kind make_kind(const std::string& name) {
  return Kind{.name = name,
              .display_name = "The " + name,
              .description = "",
              .created_at = contract_time(1),
              .modified_at = contract_time(2)};
}

TEST_P(StoreContract, PutsAndRemovesKindsByName) {
  Kind service = make_kind("service");
  ASSERT_TRUE(catalog().write({.org = org_a, .kinds = {service, make_kind("api")}}));
  ASSERT_TRUE(catalog().write({.org = org_b, .kinds = {make_kind("service")}}));
  service.description = "what runs";
  service.modified_at = contract_time(9);
  ASSERT_TRUE(catalog().write(
      {.org = org_a, .kinds = {service, make_kind("Zoo")}, .removed_kinds = {"unknown"}}));
  ASSERT_TRUE(catalog().write({.org = org_b, .removed_kinds = {"service"}}));
  reopen();
  const auto all = catalog().load_catalog();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->at(0).org, org_a);
  EXPECT_EQ(all->at(0).kinds, (std::vector{make_kind("Zoo"), make_kind("api"), service}));
  ASSERT_TRUE(catalog().write({.org = org_a, .kinds = {service}, .removed_kinds = {"service"}}));
  EXPECT_EQ(catalog().load_catalog()->at(0).kinds.back(), service);  // removed, then put
}

inline Campaign make_campaign(std::uint32_t number, std::vector<RuleNumber> rules) {
  Campaign campaign;
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
  return campaign;
}

TEST_P(StoreContract, PutsCampaignsByNumberWithTheirRulesInOrder) {
  const CatalogRows rules{.org = org_a,
                          .scorecards = {make_scorecard(1, "one")},
                          .rules = {make_rule(1, "a"), make_rule(2, "b"), make_rule(3, "c")}};
  ASSERT_TRUE(catalog().write(rules));
  std::vector campaigns{make_campaign(1, {{3}, {1}, {2}}), make_campaign(2, {}),
                        make_campaign(3, {{1}})};
  campaigns[1].due_date = contract_time(99);
  ASSERT_TRUE(catalog().write({.org = org_a, .campaigns = campaigns}));
  campaigns[0].rules = {{2}, {3}};
  campaigns[0].key = "another";
  campaigns[0].status = CampaignStatus::completed;
  campaigns[2].removed = true;
  campaigns.push_back(make_campaign(4, {{2}}));
  campaigns[3].key = campaigns[2].key;  // the key of a removed one is free
  ASSERT_TRUE(
      catalog().write({.org = org_a, .campaigns = {campaigns[2], campaigns[3], campaigns[0]}}));
  reopen();
  const auto all = catalog().load_catalog();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->at(0).campaigns, campaigns);
}

TEST_P(StoreContract, RefusesACampaignOfUnknownRulesWhole) {
  EXPECT_FALSE(catalog().write(
      {.org = org_a, .kinds = {make_kind("service")}, .campaigns = {make_campaign(1, {{7}})}}));
  EXPECT_TRUE(catalog().load_catalog()->empty());
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
  ASSERT_TRUE(org);
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
}

TEST_P(StoreContract, KeysVersionStaysWhenOutcomesAreAppended) {
  const auto before = catalog().keys_version();
  append(make_group(std::vector{make_change(1, org_a, 1, 1, "x")}));
  EXPECT_EQ(*catalog().keys_version(), *before);
}

}  // namespace scorekeeper::store
