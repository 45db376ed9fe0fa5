// Tests of the changes that one publication makes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "matrix/matrix.h"
#include "matrix/matrix_fixture.h"

namespace scorekeeper::matrix {
namespace {

using Rows = std::vector<std::uint64_t>;

TEST(OrgMatrix, PublishesAllAtOnce) {
  OrgMatrix matrix(OrgId{1});
  add_entities(matrix, {"service:default/old"});
  EntityAttributes attributes;
  attributes.tier = "1";
  Rule scoped = rule(1, "first");
  scoped.scope_query = "tier:1";
  const Kind kind{.name = "job", .display_name = {}, .description = {}};
  Campaign campaign;
  campaign.number = CampaignNumber{1};
  campaign.id = "campaign";
  matrix.publish(
      {.scorecards = std::vector{scorecard(1, "Ops")},
       .rules = std::vector{scoped},
       .kinds = std::span(&kind, 1),
       .campaigns = std::span(&campaign, 1),
       .additions = std::vector<EntityAddition>{{EntityNumber{2}, "service:default/new"}},
       .updates = std::vector<EntityUpdate>{{.number = EntityNumber{1}, .attributes = {}},
                                            {.number = EntityNumber{2}, .attributes = attributes}},
       .changes = std::vector{change(1, 1, State::pass, 4), change(1, 2, State::fail, 5)},
       .position = RowId{5}});
  // A new rule's scope has the entities as they are afterwards.
  EXPECT_EQ(rows_of(matrix.list_outcomes({}, {})), (Rows{5}));
  EXPECT_TRUE(matrix.find_kind("job"));
  EXPECT_TRUE(matrix.find_campaign("campaign"));
  EXPECT_EQ(matrix.position(), RowId{5});

  // A thing that one publication both removes and puts is there afterwards.
  matrix.publish({.removed_kinds = std::vector<std::string>{"job", "unknown"}});
  EXPECT_FALSE(matrix.find_kind("job"));
  matrix.publish({.removed_kinds = std::vector<std::string>{"job"}, .kinds = std::span(&kind, 1)});
  EXPECT_TRUE(matrix.find_kind("job"));
  EXPECT_EQ(matrix.count_cells(), 2U);
}

TEST(OrgMatrix, KeepsVersions) {
  OrgMatrix matrix(OrgId{1});
  Rule versioned = rule(1, "a");
  versioned.version = RowId{7};
  matrix.publish(
      {.scorecards = std::vector{scorecard(1, "Ops")},
       .rules = std::vector{versioned},
       .additions = std::vector<EntityAddition>{{EntityNumber{1}, "service:default/a", RowId{8}},
                                                {EntityNumber{5000}, "service:default/b"}}});
  EXPECT_EQ(matrix.find_rule("rule1")->rule.version, RowId{7});
  EXPECT_EQ(matrix.version_of(EntityNumber{1}), RowId{8});
  EXPECT_EQ(matrix.version_of(EntityNumber{5000}), RowId{});
  EXPECT_EQ(matrix.version_of(EntityNumber{}), RowId{});
  EXPECT_EQ(matrix.version_of(EntityNumber{9'000'000}), RowId{});
  // One that says none leaves it; a removed entity keeps it.
  matrix.publish({.updates = std::vector<EntityUpdate>{
                      {.number = EntityNumber{1}, .attributes = EntityAttributes()},
                      {.number = EntityNumber{5000},
                       .attributes = {},
                       .removed = true,
                       .version = RowId{9}}}});
  EXPECT_EQ(matrix.version_of(EntityNumber{1}), RowId{8});
  EXPECT_EQ(matrix.version_of(EntityNumber{5000}), RowId{9});
}

}  // namespace
}  // namespace scorekeeper::matrix
