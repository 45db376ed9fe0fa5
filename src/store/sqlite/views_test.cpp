#include <gtest/gtest.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

// Each row as its columns joined with '|', NULL as an empty text: what the sqlite3 shell prints.
std::vector<std::string> query(const std::string& directory, const char* sql) {
  auto connection = Connection::open({.path = directory + "/" + file_name, .vfs = {}});
  EXPECT_TRUE(connection);
  auto statement = connection->prepare(sql);
  EXPECT_TRUE(statement) << statement.error().detail;
  std::vector<std::string> rows;
  for (auto row = statement->step(); row && *row; row = statement->step()) {
    rows.emplace_back();
    for (int n = 0; n < statement->columns(); ++n) {
      if (n > 0) rows.back() += '|';
      rows.back() += statement->text(n);
    }
  }
  return rows;
}

struct Row {
  std::uint64_t id;
  std::uint32_t rule;
  std::uint32_t entity;
  State state;
  std::uint64_t previous;
};

// Two rules (the second deleted at row 5), three entities (the third removed at row 6), one org and
// key.
class Views : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::open({.directory = directory.store()}, metrics);
    ASSERT_TRUE(opened);
    store = *std::move(opened);
    make_keys();
    make_rules();
    append({{1, 1, 1, State::pass, 0}, {2, 1, 2, State::skip, 0}, {3, 1, 1, State::fail, 1}});
    append({{4, 2, 1, State::pass, 0}, {5, 1, 3, State::pass, 0}, {6, 1, 3, State::fail, 5}});
    ASSERT_TRUE(store->write({.org = {1}, .removed_entities = {{.number = {3}, .position = {6}}}}));
  }

  void make_keys() {
    auto keys = open_keys(directory.store());
    ASSERT_TRUE((*keys)->create_org("acme", at(0)));
    ASSERT_TRUE((*keys)->create_key({.id = {},
                                     .org = {1},
                                     .kind = KeyKind::application,
                                     .name = "ci",
                                     .hash = {},
                                     .scopes = ScopeSet::unscoped(),
                                     .created_at = at(0),
                                     .revoked_at = std::nullopt}));
  }

  void make_rules() {
    CatalogRows change{.org = {1}, .scorecards = {}, .rules = {}};
    change.scorecards.push_back({.number = {1},
                                 .id = "c1",
                                 .name = "Ready",
                                 .description = "",
                                 .created_at = at(0),
                                 .modified_at = at(0)});
    for (const std::uint32_t number : {1U, 2U}) {
      Rule rule;
      rule.number = {number};
      rule.id = "r" + std::to_string(number);
      rule.scorecard = {1};
      rule.name = "Rule " + std::to_string(number);
      if (number == 2) rule.removed_at_position = RowId{5};
      change.rules.push_back(rule);
    }
    ASSERT_TRUE(store->write(change));
  }

  void append(const std::vector<Row>& rows) {
    static constexpr std::string_view references[] = {"", "service:default/a", "service:default/b",
                                                      "queue:default/c"};
    std::vector<OutcomeChange> changes;
    std::vector<NewEntity> entities;
    for (const Row& row : rows) {
      changes.push_back({.id = {row.id},
                         .previous = {row.previous},
                         .org = {1},
                         .rule = {row.rule},
                         .entity = {row.entity},
                         .state = row.state,
                         .first_reported = seconds_of(at(1)),
                         .hash = row.id,
                         .at = at(static_cast<std::int64_t>(row.id)),
                         .key = {1},
                         .request = {9},
                         .remarks = "because"});
      if (row.entity > entities_known) {
        entities_known = row.entity;
        entities.push_back({.org = {1},
                            .number = {row.entity},
                            .reference = references[row.entity],
                            .discovered_at = at(0)});
      }
    }
    ASSERT_TRUE(store->append(
        {.changes = changes, .requests = {}, .entities = entities, .requests_reserved = {}}));
  }

  static Time at(std::int64_t seconds) {
    return time_of_microseconds((1'778'787'144 + seconds) * 1'000'000 + 858'850);
  }

  TestDirectory directory;
  Metrics metrics;
  std::unique_ptr<Store> store;
  std::uint32_t entities_known = 0;
};

TEST_F(Views, HistoryTellsEveryChangeWithNames) {
  const auto rows = query(directory.store(), "SELECT * FROM outcome_history ORDER BY row");
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0],
            "1|acme|Ready|r1|Rule 1|service:default/a|pass|because|"
            "2026-05-14T19:32:25.858850Z|2026-05-14T19:32:25Z|ci|9|");
  EXPECT_EQ(rows[2],
            "3|acme|Ready|r1|Rule 1|service:default/a|fail|because|"
            "2026-05-14T19:32:27.858850Z|2026-05-14T19:32:25Z|ci|9|1");
}

TEST_F(Views, OutcomeTellsCurrentOnesOfLiveRulesAndEntities) {
  constexpr const char* sql = "SELECT row, rule_id, entity, state FROM outcome ORDER BY row";
  EXPECT_EQ(
      query(directory.store(), sql),
      (std::vector<std::string>{"2|r1|service:default/b|skip", "3|r1|service:default/a|fail"}));
  entities_known = 2;  // the removed entity is reported again
  append({{7, 1, 3, State::skip, 0}});
  EXPECT_EQ(query(directory.store(), sql).back(), "7|r1|queue:default/c|skip");
}

TEST_F(Views, OutcomeForgetsWhatWasBeforeARemovalAlsoWhenTheEntityIsDefinedAgain) {
  constexpr const char* sql = "SELECT row FROM outcome WHERE entity = 'queue:default/c'";
  ASSERT_TRUE(store->write(
      {.org = {1},
       .entities = {
           {.org = {1}, .number = {3}, .reference = "queue:default/c", .discovered_at = at(9)}}}));
  EXPECT_EQ(query(directory.store(), sql), std::vector<std::string>());
  EXPECT_EQ(
      query(directory.store(), "SELECT live, removed_at_position FROM entity WHERE number = 3"),
      std::vector<std::string>{"1|6"});
  append({{7, 1, 3, State::pass, 0}});
  EXPECT_EQ(query(directory.store(), sql), std::vector<std::string>{"7"});
}

// The queries of docs/formats/store.md: the first counts whatever is kept, the second only what no
// scope and no disabled rule hides.
TEST_F(Views, TellWhatFailsByRule) {
  constexpr const char* kept =
      "SELECT scorecard, rule, count(*) FROM outcome WHERE state = 'fail' GROUP BY scorecard, rule "
      "ORDER BY 3 DESC";
  constexpr const char* shown =
      "SELECT o.scorecard, o.rule, count(*) FROM outcome AS o JOIN rule AS r ON r.id = o.rule_id "
      "WHERE o.state = 'fail' AND r.enabled = 1 AND r.scope_query = '' "
      "GROUP BY o.rule_id, o.scorecard, o.rule ORDER BY 3 DESC";
  const std::vector<std::string> one{"Ready|Rule 1|1"};
  EXPECT_EQ(query(directory.store(), kept), one);
  EXPECT_EQ(query(directory.store(), shown), one);
  Rule rule;
  rule.number = {1};
  rule.id = "r1";
  rule.scorecard = {1};
  rule.name = "Rule 1";
  rule.scope_query = "kind:queue";
  ASSERT_TRUE(store->write({.org = {1}, .rules = {rule}}));
  EXPECT_EQ(query(directory.store(), kept), one);
  EXPECT_EQ(query(directory.store(), shown), std::vector<std::string>());
  rule.scope_query.clear();
  rule.enabled = false;
  ASSERT_TRUE(store->write({.org = {1}, .rules = {rule}}));
  EXPECT_EQ(query(directory.store(), kept), one);
  EXPECT_EQ(query(directory.store(), shown), std::vector<std::string>());
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
