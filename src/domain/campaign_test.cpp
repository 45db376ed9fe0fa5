#include "domain/campaign.h"

#include <gtest/gtest.h>

#include <chrono>

namespace scorekeeper {
namespace {

const Limits limits;

CampaignFields fields() {
  return {.key = "q1-security-2024",
          .name = "Security",
          .description = {},
          .owner_id = "550e8400-e29b-41d4-a716-446655440000",
          .entity_scope = {},
          .guidance = {},
          .rule_ids = {"q8MQxk8TCqrHnWkx"},
          .status = {},
          .start_date = Time(std::chrono::seconds(1)),
          .due_date = {}};
}

// The detail of the Error; empty = none.
std::string error_of(const CampaignFields& bad) {
  const auto checked = check(bad, limits);
  return checked ? "" : checked.error().detail;
}

TEST(CampaignStatus, NamesRoundTripAndOthersAreUnknown) {
  for (const auto status :
       {CampaignStatus::not_started, CampaignStatus::in_progress, CampaignStatus::completed}) {
    EXPECT_EQ(parse_campaign_status(name_of(status)), status);
  }
  for (const auto* text : {"", "done", "In_Progress", "in progress"}) {
    EXPECT_FALSE(parse_campaign_status(text)) << text;
  }
}

TEST(CampaignFields, NeedNameOwnerRulesAndStart) {
  EXPECT_EQ(error_of(fields()), "");
  auto bad = fields();
  bad.name.clear();
  EXPECT_EQ(check(bad, limits).error(),
            invalid("attribute \"name\" is required", "/data/attributes/name"));
  bad.name = " \t";
  EXPECT_EQ(check(bad, limits).error(),
            invalid("attribute \"name\" must not be blank", "/data/attributes/name"));
  bad = fields();
  bad.owner_id.clear();
  EXPECT_EQ(error_of(bad), "attribute \"owner_id\" is required");
  bad = fields();
  bad.rule_ids.clear();
  EXPECT_EQ(error_of(bad), "attribute \"rule_ids\" is required");
  bad = fields();
  bad.start_date.reset();
  EXPECT_EQ(check(bad, limits).error(),
            invalid("attribute \"start_date\" is required", "/data/attributes/start_date"));
}

TEST(CampaignFields, LeaveTheKeyToCreateAndUpdate) {
  auto without = fields();
  without.key.clear();
  EXPECT_EQ(error_of(without), "");
}

TEST(CampaignFields, TakeSlugsAsKeys) {
  const struct {
    std::string key;
    bool good;
  } cases[] = {
      {"a", true},    {"7", true},    {"q1-security-2024", true},
      {"a_b", true},  {"a--b", true}, {"-a", false},
      {"a-", false},  {"_a", false},  {"A", false},
      {"a b", false}, {"a.b", false}, {"a/b", false},
      {"é", false},   {" a", false},  {std::string(255, 'a'), true},
      {"a%", false},
  };
  for (const auto& c : cases) {
    auto given = fields();
    given.key = c.key;
    EXPECT_EQ(error_of(given).empty(), c.good) << c.key;
  }
  auto bad = fields();
  bad.key = "A";
  EXPECT_EQ(check(bad, limits).error(),
            invalid("attribute \"key\" must be of lower-case letters, digits, \"-\" and \"_\", and "
                    "begin and end with a letter or digit",
                    "/data/attributes/key"));
}

TEST(CampaignFields, TakeAnyUuidAsOwner) {
  for (const auto* good :
       {"00000000-0000-0000-0000-000000000000", "550E8400-E29B-41D4-A716-446655440000"}) {
    auto given = fields();
    given.owner_id = good;
    EXPECT_EQ(error_of(given), "") << good;
  }
  for (const auto* owner :
       {"me", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000",
        "550e8400-e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400-e29b-41d4-a716+446655440000", "{550e8400-e29b-41d4-a716-446655440000}"}) {
    auto bad = fields();
    bad.owner_id = owner;
    EXPECT_EQ(
        check(bad, limits).error(),
        invalid("attribute \"owner_id\" must be the UUID of a user", "/data/attributes/owner_id"))
        << owner;
  }
}

TEST(CampaignFields, HaveLimits) {
  const struct {
    std::string CampaignFields::* member;
    std::string_view name;
    std::size_t characters_max;
  } cases[] = {
      {&CampaignFields::key, "key", limits.name_characters_max},
      {&CampaignFields::name, "name", limits.name_characters_max},
      {&CampaignFields::description, "description", limits.description_characters_max},
      {&CampaignFields::guidance, "guidance", limits.description_characters_max},
      {&CampaignFields::entity_scope, "entity_scope", limits.description_characters_max},
  };
  for (const auto& c : cases) {
    auto given = fields();
    given.*c.member = std::string(c.characters_max, 'x');
    EXPECT_EQ(error_of(given), "") << c.name;
    given.*c.member += 'x';
    EXPECT_EQ(check(given, limits).error(),
              invalid("attribute \"" + std::string(c.name) + "\" must have at most " +
                          std::to_string(c.characters_max) + " characters",
                      "/data/attributes/" + std::string(c.name)));
  }
  auto many = fields();
  many.rule_ids.assign(limits.rules_max + 1, "x");
  EXPECT_EQ(error_of(many), "attribute \"rule_ids\" must have at most 10000 ids");
}

TEST(CampaignFields, NeedAScopeThatParses) {
  auto given = fields();
  given.entity_scope = "kind:service AND team:platform";
  EXPECT_EQ(error_of(given), "");
  given.entity_scope.clear();
  for (int n = 0; n < 100; ++n) given.entity_scope += "a ";
  EXPECT_EQ(error_of(given), "");
  given.entity_scope += "a";
  EXPECT_TRUE(error_of(given).ends_with("expected at most 100 terms")) << error_of(given);
  given.entity_scope = "(kind:service";
  const auto checked = check(given, limits);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().pointer, "/data/attributes/entity_scope");
  EXPECT_TRUE(checked.error().detail.starts_with("attribute \"entity_scope\" has an error at "))
      << checked.error().detail;
}

TEST(CampaignNotFound, NamesWhatWasAskedFor) {
  EXPECT_EQ(campaign_not_found("q1"), make_error(Code::not_found, "campaign not found: q1"));
}

}  // namespace
}  // namespace scorekeeper
