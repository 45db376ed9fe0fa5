#include "intake/scorecard_changes.h"

#include <gtest/gtest.h>

#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

constexpr OrgId org{1};

class ScorecardChanges : public testing::Test {
 public:
  ~ScorecardChanges() override {
    server.stop();
    EXPECT_EQ(store.broken(), "");
  }

 protected:
  Result<RuleView> make(const std::string& rule, const std::string& scorecard) {
    RuleFields fields;
    fields.name = rule;
    fields.scorecard_name = scorecard;
    const auto made = server.create_rule(fields);
    if (!made) return made.error();
    return RuleView{.rule = made->rule, .scorecard = made->scorecard};
  }
  Result<Scorecard> update(const std::string& id, const ScorecardFields& fields) {
    return server.change(bound(decide_update_scorecard, id, fields));
  }
  Result<Scorecard> remove(const std::string& id) {
    return server.change(bound(decide_remove_scorecard, id));
  }
  const matrix::OrgMatrix& matrix() { return server.matrix->org(org); }

  SharedStore store;
  Server server{store, store};
};

TEST_F(ScorecardChanges, RenameAndDescribe) {
  const auto rule = *make("r", "Secruity");
  const auto id = rule.scorecard.id;
  server.clock.advance(std::chrono::seconds(5));
  const auto renamed = update(id, {.name = "Security"});
  ASSERT_TRUE(renamed) << renamed.error().detail;
  EXPECT_EQ(renamed->id, id);
  EXPECT_EQ(renamed->modified_at, server.clock.now());
  const auto described = *update(id, {.description = "Keep out."});
  server.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(*update(id, {.name = "Security"}), described);  // nothing changes, no time either
  server.restart();
  EXPECT_EQ(matrix().find_scorecard(id), described);
  EXPECT_EQ(matrix().find_rule(rule.rule.id)->scorecard.name, "Security");
  EXPECT_FALSE(matrix().find_scorecard_by_name("Secruity"));
  // Audited, with what changed: made, renamed, described.
  EXPECT_EQ(store.list_audit(org, {.resource = AuditResource::scorecard})->size(), 3U);
}

TEST_F(ScorecardChanges, RefuseANameThatIsTakenAndTextsOutOfBounds) {
  const auto id = make("r", "One")->scorecard.id;
  const auto other = make("s", "Two")->scorecard.id;
  const auto taken = update(id, {.name = "Two"}).error();
  EXPECT_EQ(taken.code, Code::conflict);
  EXPECT_EQ(taken.detail, "attribute \"name\" is already used by scorecard " + other + ": Two");
  EXPECT_EQ(update(id, {.name = ""}).error().code, Code::invalid);
  EXPECT_TRUE(update(id, {.name = std::string(255, 'x'), .description = std::string(4'096, 'x')}));
  EXPECT_EQ(update(id, {.name = std::string(256, 'x')}).error().detail,
            "attribute \"name\" must have at most 255 characters");
  EXPECT_EQ(update(id, {.description = std::string(4'097, 'x')}).error().detail,
            "attribute \"description\" must have at most 4096 characters");
  EXPECT_EQ(update("none", {}).error(), scorecard_not_found("none"));
}

TEST_F(ScorecardChanges, DeleteEmptyOnesAlone) {
  const auto first = *make("r", "Secruity");
  const auto second = *make("s", "Secruity");
  const auto id = first.scorecard.id;
  EXPECT_EQ(remove(id).error(),
            make_error(Code::conflict,
                       "scorecard " + id + " has 2 rules: only an empty one can be deleted"));
  ASSERT_TRUE(server.remove_rule(first.rule.id));
  ASSERT_TRUE(server.remove_rule(second.rule.id));
  ASSERT_TRUE(remove(id));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(remove(id).error(), scorecard_not_found(id));
    EXPECT_EQ(update(id, {.name = "x"}).error(), scorecard_not_found(id));
    EXPECT_FALSE(matrix().find_scorecard(id));
    EXPECT_TRUE(matrix().list_scorecards({}, {}).empty());
    server.restart();
  }
  const auto again = *make("t", "Secruity");  // its name is free
  EXPECT_NE(again.scorecard.id, id);
  EXPECT_NE(again.scorecard.number, first.scorecard.number);
}

TEST(ScorecardLimit, HoldsBackWhatIsOneTooMany) {
  Limits limits;
  limits.scorecards_max = 1;
  SharedStore store;
  Server server(store, store, limits);
  const auto make = [&](const std::string& scorecard) {
    RuleFields fields;
    fields.name = "r";
    fields.scorecard_name = scorecard;
    return server.create_rule(fields);
  };
  ASSERT_TRUE(make("One"));
  EXPECT_EQ(make("Two").error(),
            make_error(Code::too_large, "an organization has at most 1 scorecards"));
  EXPECT_TRUE(make("One"));
}

}  // namespace
}  // namespace scorekeeper::intake
