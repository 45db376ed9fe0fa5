#include "domain/audit.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "domain/audit_fields.h"

namespace scorekeeper {
namespace {

std::string value_of(const AuditFields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.name == name) return field.value;
  }
  return "(none)";
}

TEST(AuditNames, ReadBackWhatTheyWrite) {
  for (const auto action :
       {AuditAction::created, AuditAction::updated, AuditAction::deleted, AuditAction::revoked}) {
    EXPECT_FALSE(name_of(action).empty());
    EXPECT_EQ(parse_audit_action(name_of(action)), action);
  }
  for (const auto resource :
       {AuditResource::org, AuditResource::key, AuditResource::token, AuditResource::scorecard,
        AuditResource::rule, AuditResource::entity, AuditResource::kind, AuditResource::campaign}) {
    EXPECT_FALSE(name_of(resource).empty());
    EXPECT_EQ(parse_audit_resource(name_of(resource)), resource);
  }
  for (const auto type :
       {AuditActorType::key, AuditActorType::subject, AuditActorType::command_line}) {
    EXPECT_FALSE(name_of(type).empty());
    EXPECT_EQ(parse_audit_actor_type(name_of(type)), type);
  }
  for (const std::string_view text : {"", "Created", "rules", "keys"}) {
    EXPECT_FALSE(parse_audit_action(text));
    EXPECT_FALSE(parse_audit_resource(text));
    EXPECT_FALSE(parse_audit_actor_type(text));
  }
}

TEST(AuditActor, IsTheKeyOrWhomTheIssuerNames) {
  EXPECT_EQ(actor_of({.org = {1}, .key = {7}, .scopes = {}}),
            (AuditActor{.type = AuditActorType::key, .id = "7"}));
  EXPECT_EQ(actor_of({.org = {1}, .key = {}, .scopes = {}, .subject = "ada"}),
            (AuditActor{.type = AuditActorType::subject, .id = "ada"}));
  const auto long_name =
      actor_of({.org = {1}, .key = {}, .scopes = {}, .subject = std::string(1 << 20, 'a')});
  EXPECT_LT(long_name.id.size(), audit_value_bytes_max + 100);
}

TEST(AuditDifference, HasBothSidesOfWhatDiffers) {
  const Scorecard scorecard{.number = {1}, .id = "card", .name = "Ready", .description = {}};
  Rule rule;
  rule.name = "first";
  rule.owner = "team";
  rule.level = 1;
  Rule changed = rule;
  EXPECT_TRUE(
      audit_difference(audit_fields(rule, scorecard), audit_fields(changed, scorecard)).empty());
  changed.owner = "";
  changed.description = "about";
  changed.level = 2;
  const auto difference =
      audit_difference(audit_fields(rule, scorecard), audit_fields(changed, scorecard));
  EXPECT_EQ(difference.before,
            (AuditFields{{"description", ""}, {"owner", "team"}, {"level", "1"}}));
  EXPECT_EQ(difference.after,
            (AuditFields{{"description", "about"}, {"owner", ""}, {"level", "2"}}));
}

TEST(AuditFields, TellEveryAttributeThatAChangeCanSet) {
  const Scorecard scorecard{.number = {1}, .id = "card", .name = "Ready", .description = "x"};
  Rule rule;
  rule.enabled = false;
  EXPECT_EQ(value_of(audit_fields(rule, scorecard), "enabled"), "false");
  EXPECT_EQ(value_of(audit_fields(rule, scorecard), "scorecard_name"), "Ready");
  EXPECT_EQ(filled(audit_fields(scorecard)),
            (AuditFields{{"name", "Ready"}, {"description", "x"}}));
  EntityDefinition definition;
  definition.attributes.tags = {"a", "b:c"};
  EXPECT_EQ(filled(audit_fields(definition)), (AuditFields{{"tags", "a, b:c"}}));
  Campaign campaign;
  campaign.due_date = time_of_seconds(60);
  const auto fields = audit_fields(campaign, {"one", "two"});
  EXPECT_EQ(value_of(fields, "rule_ids"), "one, two");
  EXPECT_EQ(value_of(fields, "status"), "in_progress");
  EXPECT_EQ(value_of(fields, "due_date"), "1970-01-01T00:01:00Z");
}

TEST(AuditFields, TellNoHashOfASecret) {
  Key key;
  key.name = "ci";
  key.scopes = ScopeSet::unscoped();
  const auto before = audit_fields(key);
  EXPECT_EQ(value_of(before, "kind"), "api");
  key.hash.fill(std::byte{0x61});
  EXPECT_EQ(audit_fields(key), before);
}

TEST(AuditValue, IsBoundedAndStillTellsTextsApart) {
  EXPECT_EQ(bounded_audit_value("short", 5), "short");
  const std::string text(1'000, 'x');
  const auto one = bounded_audit_value(text + "a", 10);
  const auto other = bounded_audit_value(text + "b", 10);
  EXPECT_TRUE(one.starts_with("xxxxxxxxxx… (1001 bytes, hash ")) << one;
  EXPECT_EQ(one.size(), other.size());
  EXPECT_NE(one, other);
}

TEST(AuditValue, IsWholeUpToItsBound) {
  const std::string value(audit_value_bytes_max, 'v');
  const std::string text(audit_definition_bytes_max, 't');
  EntityDefinition definition;
  definition.description = value;
  definition.schema = definition.raw = text;
  const auto whole = audit_fields(definition);
  EXPECT_EQ(value_of(whole, "description"), value);
  EXPECT_EQ(value_of(whole, "schema"), text);
  EXPECT_EQ(value_of(whole, "raw"), text);
  definition.description += 'v';
  definition.schema += 't';
  definition.raw += 't';
  const auto cut = audit_fields(definition);
  EXPECT_TRUE(value_of(cut, "description").starts_with(value + "… (4097 bytes, hash "));
  EXPECT_TRUE(value_of(cut, "schema").starts_with(text + "… (513 bytes, hash "));
  EXPECT_TRUE(value_of(cut, "raw").starts_with(text + "… (513 bytes, hash "));
}

TEST(AuditValue, IsCutBetweenCharacters) {
  const std::string text = "aä€😀aä€😀";
  for (std::size_t max = 0; max < text.size(); ++max) {
    const auto value = bounded_audit_value(text, max);
    EXPECT_TRUE(is_utf8(value)) << max;
    EXPECT_LE(value.find("…"), max);
  }
}

}  // namespace
}  // namespace scorekeeper
