// Preconditions are judged where a change is decided, with the versions that a store may give.
#include <gtest/gtest.h>

#include <functional>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};

Precondition version(std::uint64_t number) {
  return {.given = true, .any = false, .versions = {{number}}};
}
const Precondition any{.given = true, .any = true, .versions = {}};

class PreconditionChanges : public testing::Test {
 public:
  ~PreconditionChanges() override {
    server.stop();
    EXPECT_EQ(store.broken(), "");
  }

 protected:
  // The change gets that position.
  template <class Value>
  Change<Value> at(std::uint64_t position, Change<Value> change) {
    store.pad(org, RowId{position});
    return change;
  }
  static RuleFields fields(const std::string& name) {
    RuleFields made;
    made.name = name;
    made.scorecard_name = "Ops";
    return made;
  }
  template <class Value>
  void expect_refused(Change<Value> change, std::uint64_t current) {
    const auto writes = store.count_catalog_writes();
    const auto refused = server.change(std::move(change));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::precondition_failed);
    EXPECT_EQ(refused.error().version, current);
    EXPECT_EQ(store.count_catalog_writes(), writes);
  }

  SharedStore store;
  Server server{store, store};
};

TEST_F(PreconditionChanges, OfARule) {
  const auto made = server.change(at(10, server.creation_of(fields("first"))));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->scorecard.version, RowId{10});
  EXPECT_EQ(made->rule.version, RowId{11});  // behind its scorecard
  const auto id = made->rule.id;
  const auto update = [&] { return bound(decide_update_rule, id, fields("second"), Warnings()); };
  expect_refused(update().when(version(10)), 11);
  expect_refused(bound(decide_remove_rule, id).when(version(10)), 11);
  // One that changes nothing keeps its version.
  const auto same = server.change(
      at(20, bound(decide_update_rule, id, fields("first"), Warnings()).when(version(11))));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->rule.version, RowId{11});
  const auto updated = server.change(at(30, update().when(version(11))));
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->rule.version, RowId{30});
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(server.matrix->org(org).find_rule(id)->rule.version, RowId{30});
    server.restart();
  }
  EXPECT_TRUE(server.change(bound(decide_remove_rule, id).when(version(30))));
}

TEST_F(PreconditionChanges, OfAScorecard) {
  const auto made = server.change(at(10, server.creation_of(fields("first"))));
  const auto id = made->scorecard.id;
  const auto update = [&] {
    return bound(decide_update_scorecard, id, ScorecardFields{.name = "Docs"});
  };
  expect_refused(update().when(version(11)), 10);
  expect_refused(bound(decide_remove_scorecard, id).when(version(11)), 10);
  EXPECT_EQ(server.change(at(20, update().when(version(10))))->version, RowId{20});
}

TEST_F(PreconditionChanges, OfACampaign) {
  CampaignFields given;
  given.key = "q1";
  given.name = "Security";
  given.owner_id = "550e8400-e29b-41d4-a716-446655440000";
  given.rule_ids = {server.make_rule("first")};
  given.status = CampaignStatus::in_progress;
  given.start_date = server.clock.now();
  EXPECT_EQ(server.change(at(10, bound(decide_create_campaign, given)))->version, RowId{10});
  given.name = "Safety";
  const auto update = [&] { return bound(decide_update_campaign, std::string("q1"), given); };
  expect_refused(update().when(version(11)), 10);
  expect_refused(bound(decide_remove_campaign, std::string("q1")).when(version(11)), 10);
  EXPECT_EQ(server.change(at(20, update().when(version(10))))->version, RowId{20});
}

TEST_F(PreconditionChanges, OfAnEntity) {
  const std::string shop = "service:default/shop";
  EntityDefinition definition;
  definition.reference = shop;
  const auto upsert = [&] { return upsert_of({definition}); };
  const auto remove = [&] {
    return bound(decide_remove_entity,
                 EntityTarget{.number = {}, .reference = shop, .given = shop});
  };
  expect_refused(upsert().when(any), 0);  // it is not there
  EXPECT_EQ(server.change(at(10, upsert()))->front().version, RowId{10});
  definition.raw = "other";
  expect_refused(upsert().when(version(9)), 10);
  expect_refused(remove().when(version(9)), 10);
  EXPECT_EQ(server.change(at(20, upsert().when(version(10))))->front().version, RowId{20});
  EXPECT_EQ(server.change(at(30, upsert().when(any)))->front().version, RowId{20});  // the same
  EXPECT_TRUE(server.change(remove().when(version(20))));
}

// One that outcomes discovered is there, without a version.
TEST_F(PreconditionChanges, OfAnEntityWithoutADefinition) {
  const std::string shop = "service:default/shop";
  ASSERT_TRUE(server.submit({{server.make_rule("first"), shop, State::pass, ""}}));
  EntityDefinition definition;
  definition.reference = shop;
  expect_refused(upsert_of({definition}).when(version(1)), 0);
  EXPECT_TRUE(server.change(upsert_of({definition}).when(any)));
}

TEST_F(PreconditionChanges, OfAKind) {
  Kind kind;
  kind.name = "queue";
  expect_refused(bound(decide_upsert_kind, kind).when(any), 0);
  EXPECT_EQ(server.change(at(10, bound(decide_upsert_kind, kind)))->version, RowId{10});
  kind.description = "what waits";
  expect_refused(bound(decide_upsert_kind, kind).when(version(9)), 10);
  expect_refused(bound(decide_remove_kind, std::string("queue")).when(version(9)), 10);
  EXPECT_EQ(server.change(at(20, bound(decide_upsert_kind, kind).when(version(10))))->version,
            RowId{20});
  EXPECT_TRUE(server.change(bound(decide_remove_kind, std::string("queue")).when(version(20))));
}

}  // namespace
}  // namespace scorekeeper::intake
