#include <gtest/gtest.h>

#include "base/test_directory.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/sample_store_fixture.h"

namespace scorekeeper::store::sqlite {
namespace {

using Rows = std::vector<std::string>;

class Views : public testing::Test {
 protected:
  Rows query(const std::string& sql) { return query_rows(sample.path(), sql); }

  TestDirectory directory;
  SampleStore sample{directory.store()};
};

TEST_F(Views, HistoryTellsEveryChangeWithNames) {
  const Rows rows = query("SELECT * FROM outcome_history ORDER BY row");
  ASSERT_EQ(rows.size(), 11U);
  EXPECT_EQ(rows[0],
            "10|acme|Ready|rule2|Rule 2|queue:default/b|fail|remarks 1|"
            "2026-09-21T14:13:21.000000Z|2026-09-21T14:13:21Z|ci|1|");
  // A deletion has no state, no request.
  EXPECT_EQ(rows[4],
            "15|acme|Ready|rule1|Rule 1|queue:default/b|||"
            "2026-09-21T14:13:24.000001Z|2026-09-21T14:13:24Z|ci||13");
  EXPECT_EQ(rows[9],
            "20|acme|Ready|rule1|Rule 1|service:team/c|skip|remarks 8|"
            "2026-09-21T14:13:28.000000Z|2026-09-21T14:13:22Z|ci|8|11");
}

TEST_F(Views, OutcomeTellsCurrentOnesOfLiveRulesAndEntities) {
  constexpr const char* sql = "SELECT row, rule_id, entity, state FROM outcome ORDER BY row";
  EXPECT_EQ(query(sql), (Rows{"17|rule2|service:team/c|skip", "18|rule1|service:default/a|pass",
                              "19|rule2|queue:default/b|fail", "20|rule1|service:team/c|skip",
                              "21|rule2|service:default/a|pass"}));
  EXPECT_EQ(query("SELECT * FROM outcome WHERE row = 20"),
            query("SELECT * FROM outcome_history WHERE row = 20"));
  sample.remove_entity(3);
  EXPECT_EQ(query(sql), (Rows{"18|rule1|service:default/a|pass", "19|rule2|queue:default/b|fail",
                              "21|rule2|service:default/a|pass"}));
}

TEST_F(Views, OutcomeForgetsADeletedRule) {
  CatalogRule one{.rule = {}, .scorecard = {}};
  one.rule.number = {2};
  one.rule.id = "rule2";
  one.rule.name = "Rule 2";
  one.rule.scorecard = {1};
  sample.change({Changed<CatalogRule>{.before = one, .after = {}}});
  EXPECT_EQ(query("SELECT row, rule_id FROM outcome ORDER BY row"), (Rows{"18|rule1", "20|rule1"}));
  EXPECT_EQ(query("SELECT count(*) FROM outcome_history"), Rows{"11"});
}

// Retention leaves null where a change was.
TEST_F(Views, PassOverChangesThatAreGone) {
  sample.close();
  {
    auto connection = SqliteConnection::open({.path = sample.path(), .vfs = {}});
    const auto done = connection->execute(
        "INSERT INTO log_placed_head SELECT org, position, at, chain, 12, 0 FROM log_head;"
        "UPDATE log SET body = json_set(body, '$.changes[0]', null) WHERE position = 11;"
        "UPDATE log SET body = json_set(body, '$[4]', null) WHERE position = 4");
    ASSERT_TRUE(done) << done.error().detail;
  }
  EXPECT_EQ(query("SELECT count(*), min(row) FROM outcome_history"), Rows{"10|10"});
  EXPECT_EQ(query("SELECT count(*) FROM outcome"), Rows{"5"});
  EXPECT_EQ(query("SELECT count(*) FROM audit WHERE number IN (7, 8, 9)"), Rows{"2"});
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
