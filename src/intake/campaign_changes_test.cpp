#include "intake/campaign_changes.h"

#include <gtest/gtest.h>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

class CampaignChanges : public testing::Test {
 public:
  CampaignFields fields(const std::string& key) {
    CampaignFields fields;
    fields.key = key;
    fields.name = "Security";
    fields.owner_id = "550e8400-e29b-41d4-a716-446655440000";
    fields.rule_ids = {rule};
    fields.start_date = server.clock.now();
    return fields;
  }
  Result<Campaign> create(const CampaignFields& given) {
    return server.change(bound(decide_create_campaign, given));
  }
  Result<Campaign> update(const std::string& id, const CampaignFields& given) {
    return server.change(bound(decide_update_campaign, id, given));
  }
  Result<Campaign> remove(const std::string& id) {
    return server.change(bound(decide_remove_campaign, id));
  }

  SharedStore store;
  Server server{store, store};
  std::string rule = server.make_rule("first");
};

TEST_F(CampaignChanges, CreateACampaign) {
  auto given = fields("q1");
  given.rule_ids = {rule, rule};
  const auto made = create(given);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->id.size(), 16U);
  EXPECT_EQ(made->rules.size(), 1U);
  EXPECT_EQ(made->status, CampaignStatus::in_progress);
  EXPECT_EQ(made->created_at, server.clock.now());
  server.restart();
  const auto& matrix = server.matrix->org(OrgId{1});
  EXPECT_EQ(matrix.find_campaign(made->id), *made);
  EXPECT_EQ(matrix.find_campaign("q1"), *made);
}

TEST_F(CampaignChanges, KeepTheOrderOfTheRulesAndNameTheUnknownOne) {
  auto given = fields("q1");
  const auto second = server.make_rule("second");
  given.rule_ids = {second, rule, second, rule};
  const auto made = create(given);
  ASSERT_TRUE(made) << made.error().detail;
  const auto& matrix = server.matrix->org(OrgId{1});
  EXPECT_EQ(matrix.live_rules(made->rules).ids, (std::vector<std::string>{second, rule}));
  given.key = "q2";
  given.rule_ids = {rule, "none", "no-other"};
  EXPECT_EQ(create(given).error().detail, "attribute \"rule_ids\" names an unknown rule: none");
}

TEST(CampaignLimit, HoldsDeletedCampaignsBack) {
  SharedStore store;
  Limits limits;
  limits.campaigns_max = 1;
  Server server(store, store, limits);
  CampaignFields fields;
  fields.key = "q1";
  fields.name = "Security";
  fields.owner_id = "550e8400-e29b-41d4-a716-446655440000";
  fields.rule_ids = {server.make_rule("first")};
  fields.start_date = server.clock.now();
  for (std::size_t n = 0; n < ever_factor; ++n) {
    const auto made = server.change(bound(decide_create_campaign, fields));
    ASSERT_TRUE(made) << made.error().detail;
    ASSERT_TRUE(server.change(bound(decide_remove_campaign, made->id)));
  }
  EXPECT_EQ(server.change(bound(decide_create_campaign, fields)).error(),
            make_error(Code::too_large,
                       "an organization has at most 10 campaigns, deleted ones included"));
}

TEST_F(CampaignChanges, HaveNotStartedBeforeTheirStart) {
  auto given = fields("later");
  given.start_date = server.clock.now() + std::chrono::hours(1);
  EXPECT_EQ(create(given)->status, CampaignStatus::not_started);
  given.key = "done";
  given.status = CampaignStatus::completed;
  EXPECT_EQ(create(given)->status, CampaignStatus::completed);
}

TEST_F(CampaignChanges, RefuseAUsedKeyAndAnUnknownRule) {
  ASSERT_TRUE(create(fields("q1")));
  EXPECT_EQ(create(fields("q1")).error(), invalid("attribute \"key\" is already used: q1"));
  auto unknown = fields("q2");
  unknown.rule_ids.push_back("nothing");
  EXPECT_EQ(create(unknown).error(),
            invalid("attribute \"rule_ids\" names an unknown rule: nothing"));
  EXPECT_EQ(create(fields("")).error(), invalid("attribute \"key\" is required"));
}

TEST_F(CampaignChanges, ReplaceTheWhole) {
  auto given = fields("q1");
  given.guidance = "read this";
  const auto made = create(given);
  server.clock.advance(std::chrono::seconds(1));
  auto changed = fields("");
  changed.name = "Other";
  changed.status = CampaignStatus::in_progress;
  const auto updated = update("q1", changed);
  ASSERT_TRUE(updated) << updated.error().detail;
  EXPECT_EQ(updated->id, made->id);
  EXPECT_EQ(updated->key, "q1");
  EXPECT_EQ(updated->name, "Other");
  EXPECT_EQ(updated->guidance, "");
  EXPECT_EQ(updated->created_at, made->created_at);
  EXPECT_EQ(updated->modified_at, server.clock.now());
  server.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(*update("q1", changed), *updated);  // nothing was modified
  EXPECT_EQ(update("nothing", changed).error(), campaign_not_found("nothing"));
}

// An update without a status would take a campaign's end back.
TEST_F(CampaignChanges, DoNotTakeBackACompletedStatus) {
  auto given = fields("q1");
  given.status = CampaignStatus::completed;
  ASSERT_TRUE(create(given));
  EXPECT_EQ(update("q1", fields("")).error(),
            invalid("attribute \"status\" is required", "/data/attributes/status"));
  EXPECT_EQ(server.matrix->org(OrgId{1}).find_campaign("q1")->status, CampaignStatus::completed);
}

TEST_F(CampaignChanges, RemoveOneAndFreeItsKey) {
  const auto made = create(fields("q1"));
  EXPECT_TRUE(remove(made->id));
  EXPECT_EQ(remove(made->id).error(), campaign_not_found(made->id));
  EXPECT_FALSE(server.matrix->org(OrgId{1}).find_campaign("q1"));
  const auto again = create(fields("q1"));
  ASSERT_TRUE(again);
  EXPECT_NE(again->number, made->number);
}

}  // namespace
}  // namespace scorekeeper::intake
