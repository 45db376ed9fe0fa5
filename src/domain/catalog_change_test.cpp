#include "domain/catalog_change.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "domain/audit_fields.h"

namespace scorekeeper {
namespace {

constexpr OrgId org{3};
const Authorship by{.actor = {.type = AuditActorType::subject, .id = "ann"},
                    .request_id = "r1",
                    .at = time_of_seconds(7)};

std::vector<AuditEvent> events(ResourceChange change) {
  return events_of({.org = org, .changes = {std::move(change)}}, by);
}

// The one event of a change, whose author and time are those that were given.
AuditEvent event(ResourceChange change) {
  const auto all = events(std::move(change));
  EXPECT_EQ(all.size(), 1U);
  if (all.empty()) return {};
  EXPECT_EQ(all[0].org, org);
  EXPECT_EQ(all[0].at, by.at);
  EXPECT_EQ(all[0].actor, by.actor);
  EXPECT_EQ(all[0].request_id, by.request_id);
  return all[0];
}

Kind kind(const std::string& description) {
  Kind made;
  made.name = "queue";
  made.description = description;
  return made;
}

CatalogEntity entity(std::optional<std::string> owner) {
  CatalogEntity made;
  made.number = {4};
  made.reference = "service:default/shop";
  if (!owner) return made;
  made.definition.emplace();
  made.definition->definition.attributes.owner = *owner;
  return made;
}

CatalogRule rule(const std::string& name, std::uint32_t scorecard) {
  CatalogRule made;
  made.rule.id = "rule1";
  made.rule.name = name;
  made.rule.scorecard = {scorecard};
  made.scorecard.id = "card" + std::to_string(scorecard);
  made.scorecard.name = "Card " + std::to_string(scorecard);
  return made;
}

TEST(CatalogChange, TellsOfACreationAndADeletionWhatIsNotEmpty) {
  const AuditFields fields{{.name = "description", .value = "what waits"}};
  const auto created = event(Changed<Kind>{.before = {}, .after = kind("what waits")});
  EXPECT_EQ(created.action, AuditAction::created);
  EXPECT_EQ(created.resource, AuditResource::kind);
  EXPECT_EQ(created.resource_id, "queue");
  EXPECT_EQ(created.after, fields);
  EXPECT_TRUE(created.before.empty());
  const auto deleted = event(Changed<Kind>{.before = kind("what waits"), .after = {}});
  EXPECT_EQ(deleted.action, AuditAction::deleted);
  EXPECT_EQ(deleted.resource_id, "queue");
  EXPECT_EQ(deleted.before, fields);
  EXPECT_TRUE(deleted.after.empty());
}

TEST(CatalogChange, TellsOfAnUpdateWhatDiffers) {
  const auto updated =
      event(Changed<CatalogRule>{.before = rule("same", 1), .after = rule("same", 2)});
  EXPECT_EQ(updated.action, AuditAction::updated);
  EXPECT_EQ(updated.resource, AuditResource::rule);
  EXPECT_EQ(updated.resource_id, "rule1");
  const AuditFields before{{.name = "scorecard_id", .value = "card1"},
                           {.name = "scorecard_name", .value = "Card 1"}};
  const AuditFields after{{.name = "scorecard_id", .value = "card2"},
                          {.name = "scorecard_name", .value = "Card 2"}};
  EXPECT_EQ(updated.before, before);
  EXPECT_EQ(updated.after, after);
}

TEST(CatalogChange, TellsNothingWhereNothingDiffersThatTheLogTellsOf) {
  auto later = kind("same");
  later.modified_at = time_of_seconds(9);
  EXPECT_TRUE(events(Changed<Kind>{.before = kind("same"), .after = later}).empty());
}

TEST(CatalogChange, TellsOfAnEntityWhenItIsDefined) {
  using Change = Changed<CatalogEntity>;
  EXPECT_TRUE(events(Change{.before = {}, .after = entity({})}).empty());
  const auto fresh = event(Change{.before = {}, .after = entity("red")});
  EXPECT_EQ(fresh.action, AuditAction::created);
  EXPECT_EQ(fresh.resource, AuditResource::entity);
  EXPECT_EQ(fresh.resource_id, "service:default/shop");
  const auto defined = event(Change{.before = entity({}), .after = entity("red")});
  EXPECT_EQ(defined.action, AuditAction::created);
  const auto updated = event(Change{.before = entity("red"), .after = entity("blue")});
  EXPECT_EQ(updated.action, AuditAction::updated);
  EXPECT_EQ(updated.after, (AuditFields{{.name = "owner", .value = "blue"}}));
  const auto undefined = event(Change{.before = entity("red"), .after = entity({})});
  EXPECT_EQ(undefined.action, AuditAction::deleted);
  EXPECT_EQ(undefined.before, (AuditFields{{.name = "owner", .value = "red"}}));
  const auto gone = event(Change{.before = entity({}), .after = {}});
  EXPECT_EQ(gone.action, AuditAction::deleted);
  EXPECT_TRUE(gone.before.empty());
}

TEST(CatalogChange, TellsOfEachThingInTheOrderOfTheChanges) {
  Scorecard scorecard;
  scorecard.id = "card1";
  scorecard.name = "Card";
  CatalogCampaign campaign;
  campaign.campaign.id = "campaign1";
  campaign.rule_ids = {"rule1", "rule2"};
  const auto all =
      events_of({.org = org,
                 .changes = {Changed<Scorecard>{.before = {}, .after = scorecard},
                             Changed<CatalogRule>{.before = {}, .after = rule("first", 1)},
                             Changed<CatalogCampaign>{.before = campaign, .after = {}}}},
                by);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].resource_id, "card1");
  EXPECT_EQ(all[1].resource_id, "rule1");
  EXPECT_EQ(all[2].resource_id, "campaign1");
  const AuditField ids{.name = "rule_ids", .value = "rule1, rule2"};
  EXPECT_NE(std::ranges::find(all[2].before, ids), all[2].before.end());
}

TEST(CatalogChange, TellsOfOrgsAndKeys) {
  Org made;
  made.id = {3};
  made.name = "acme";
  const auto creation = event(Changed<Org>{.before = {}, .after = made});
  EXPECT_EQ(creation.action, AuditAction::created);
  EXPECT_EQ(creation.resource, AuditResource::org);
  EXPECT_EQ(creation.resource_id, "3");
  EXPECT_EQ(creation.after, filled(audit_fields(made)));

  Key key;
  key.id = {5};
  key.kind = KeyKind::application;
  key.name = "ci";
  const auto issue = event(Changed<Key>{.before = {}, .after = key});
  EXPECT_EQ(issue.resource, AuditResource::key);
  EXPECT_EQ(issue.resource_id, "5");
  EXPECT_EQ(issue.after, filled(audit_fields(key)));

  key.kind = KeyKind::personal;
  auto revoked = key;
  revoked.revoked_at = time_of_seconds(7);
  const auto revocation = event(Changed<Key>{.before = key, .after = revoked});
  EXPECT_EQ(revocation.resource, AuditResource::token);
  EXPECT_EQ(revocation.action, AuditAction::revoked);
  EXPECT_EQ(revocation.before, AuditFields());
  EXPECT_EQ(revocation.after, (AuditFields{{"revoked_at", "1970-01-01T00:00:07Z"}}));
}

TEST(CatalogChange, HasAName) {
  EXPECT_EQ(name_of(Changed<Kind>{.before = {}, .after = kind("")}),
            (ResourceName{.resource = AuditResource::kind, .id = "queue"}));
  EXPECT_EQ(name_of(Changed<CatalogRule>{.before = rule("a", 1), .after = {}}),
            (ResourceName{.resource = AuditResource::rule, .id = "rule1"}));
  EXPECT_EQ(action_of(Changed<CatalogEntity>{.before = entity({}), .after = entity("a")}),
            AuditAction::created);
  EXPECT_EQ(action_of(Changed<CatalogEntity>{.before = entity("a"), .after = entity({})}),
            AuditAction::deleted);
  EXPECT_EQ(action_of(Changed<CatalogEntity>{.before = {}, .after = entity({})}),
            AuditAction::created);
  EXPECT_EQ(action_of(Changed<CatalogEntity>{.before = entity({}), .after = {}}),
            AuditAction::deleted);
}

}  // namespace
}  // namespace scorekeeper
