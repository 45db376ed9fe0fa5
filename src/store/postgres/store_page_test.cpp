// The examples on the page docs/formats/store.md, with what it says to put in place of SQLite's
// functions.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

struct Page {
  std::vector<std::string> examples;
  std::vector<std::pair<std::string, std::string>> replacements;  // SQLite's, ours
};

// A row of a table with a piece of code in each of its two cells, and nothing else.
std::optional<std::pair<std::string, std::string>> two_codes(std::string_view line) {
  constexpr std::string_view begin = "| `";
  constexpr std::string_view middle = "` | `";
  constexpr std::string_view end = "` |";
  if (!line.starts_with(begin) || !line.ends_with(end)) return std::nullopt;
  line.remove_prefix(begin.size());
  const auto at = line.find(middle);
  if (at == std::string_view::npos) return std::nullopt;
  std::pair codes(std::string(line.substr(0, at)), std::string(line.substr(at + middle.size())));
  codes.second.resize(codes.second.size() - end.size());
  if ((codes.first + codes.second).contains('`')) return std::nullopt;
  replace_all(codes.first, "\\|", "|");
  replace_all(codes.second, "\\|", "|");
  return codes;
}

// Examples are the indented blocks that begin with SELECT; replacements stand in the part about
// PostgreSQL.
Page read_page() {
  Page page;
  std::ifstream file(SCOREKEEPER_SOURCE_DIR "/docs/formats/store.md");
  bool inside = false;
  bool ours = false;
  for (std::string line; std::getline(file, line);) {
    ours = ours || line == "## PostgreSQL";
    const bool begins = line.starts_with("    SELECT ");
    if (begins && !inside) page.examples.emplace_back();
    inside = line.starts_with("    ") && (begins || inside);
    if (inside) page.examples.back() += line.substr(4) + "\n";
    if (!ours) continue;
    if (auto codes = two_codes(line)) page.replacements.push_back(*std::move(codes));
  }
  return page;
}

// An example of the page with the names of the sample in place of its own, in this database's SQL.
std::string translated(std::string query, const Page& page) {
  for (const auto& [theirs, ours] : page.replacements) replace_all(query, theirs, ours);
  replace_all(query, "service:default/shopping-cart", "service:default/a");
  replace_all(query, "a1b2c3d4e5f6g7h8", "rule1");
  replace_all(query, "'7 days'", "'20000 days'");
  replace_all(query, "2026-06-01", "2026-09-21T14:13:21");
  return query;
}

void fill(PgConnection& connection) {
  ASSERT_TRUE(connection.execute(R"sql(
INSERT INTO org VALUES (1, 'acme', 0, 1);
INSERT INTO key (id, org, kind, name, hash, scopes, created_at, position)
  VALUES (7, 1, 'application', 'ci', sha256('x'), '', 0, 1);
INSERT INTO scorecard VALUES (1, 1, 'card1', 'Ready', '', 0, 0, 0, 1);
INSERT INTO rule VALUES (1, 1, 'rule1', 1, 'Rule 1', '', '', '', 1, 3, 0, 0, 0, 1);
INSERT INTO entity VALUES (1, 1, 'service', 'default', 'a', 0, 1, 2),
  (1, 2, 'api', 'x', 'b', 0, 1, 2);
INSERT INTO entity_definition SELECT org, number, '', '', '', '', '',
  chr(31) || 'env:prod' || chr(31), kind, namespace, name, 0, 0, '', '', '', '', '', '', 2
  FROM entity WHERE number = 1;
INSERT INTO request VALUES (1, 4, 'key', '7', 1790000000000000, 2, 2, 3);
INSERT INTO log (org, position, count, at, kind, actor_type, actor, request, request_id, group_end,
  chain, body) SELECT 1, r.position, r.count, 1790000000000000 + r.later, r.kind, 'key', '7',
  r.request, '', 1, decode(repeat('00', 16), 'hex'), r.body FROM (VALUES
  (1, 1, 0, 2, 0, '[{"resource":"rule","id":"rule1","action":"updated","before":{"level":2},' ||
   '"after":{"name":"Rule 1","level":3}}]'),
  (2, 2, 123456, 1, 4, '{"entities":[],"remarks":["fine",""],' ||
   '"changes":[[1,1,1,0,0,0,0,0],[1,2,1,0,0,0,0,1]]}'),
  (4, 2, 3000000, 1, 5, '{"entities":[],"remarks":["bad",""],' ||
   '"changes":[[1,1,2,1,2,3,3,0],[1,2,0,1,3,3,3,1]]}')
  ) AS r(position, count, later, kind, request, body);
)sql"));
}

std::string answer(PgConnection& connection, const std::string& query) {
  const auto rows = connection.query(query.c_str());
  EXPECT_TRUE(rows) << query << ": " << rows.error().detail;
  std::string text;
  for (int row = 0; rows && row < rows->size(); ++row) {
    for (int column = 0; column < rows->columns(); ++column) {
      text += (column == 0 ? "" : "|") + std::string(rows->text(row, column));
    }
    text += "\n";
  }
  return text;
}

TEST(StorePageOfPostgres, HasExamplesThatRun) {
  TestStore store;
  fill(store.connection);
  if (HasFatalFailure()) return;
  ASSERT_TRUE(store.connection.execute("SET TimeZone = 'UTC'"));
  const Page page = read_page();
  const std::vector<std::string> expected{
      "Ready|Rule 1|1\n",
      "Ready|Rule 1|1\n",
      "2026-09-21T14:13:20.123456Z|pass|fine|ci\n2026-09-21T14:13:23.000000Z|fail|bad|ci\n",
      "2026-09-21||1\n2026-09-21|fail|1\n2026-09-21|pass|2\n",
      "",  // of SQLite alone: the page has another one
      "2026-09-21T14:13:20.000000Z|7|ci|2|3\n",
      "4|2026-09-21 14:13:20+00|2|2\n",
      "service:default/a\n",
      "api:x/b|Rule 1|pass\nservice:default/a|Rule 1|pass\n"};
  ASSERT_EQ(page.examples.size(), expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) {
    std::string query = translated(page.examples[n], page);
    if (query.contains("max(row)")) continue;
    // The order of the others is the example's own.
    replace_all(query, "GROUP BY day, state;",
                "GROUP BY day, state ORDER BY 1, coalesce(state, '');");
    EXPECT_EQ(answer(store.connection, query), expected[n]) << query;
  }
  // Outcomes of a rule that was deleted before the moment are none of its states.
  ASSERT_TRUE(store.connection.execute(R"sql(
INSERT INTO log (org, position, count, at, kind, actor_type, actor, request, request_id, group_end,
  chain, body) VALUES (1, 6, 1, 1790000004000000, 2, 'key', '7', 0, '', 1,
  decode(repeat('00', 16), 'hex'),
  '[{"resource":"rule","id":"rule1","action":"deleted","before":{"name":"Rule 1"}}]'))sql"));
  std::string states = page.examples.back();
  EXPECT_EQ(answer(store.connection, translated(states, page)), expected.back());
  replace_all(states, "2026-06-01", "2027-06-01");
  EXPECT_EQ(answer(store.connection, states), "");
}

TEST(StorePageOfPostgres, TellsOfOutcomesThatHold) {
  TestStore store;
  fill(store.connection);
  if (HasFatalFailure()) return;
  EXPECT_EQ(answer(store.connection,
                   "SELECT row, org, scorecard, rule_id, rule, entity, state, remarks, at,"
                   " first_reported, key, request, previous FROM outcome"),
            "4|acme|Ready|rule1|Rule 1|service:default/a|fail|bad|2026-09-21T14:13:23.000000Z|"
            "2026-09-21T14:13:20Z|ci|5|2\n");
  // Deletions are rows without a state; what retention took away is none.
  EXPECT_EQ(answer(store.connection, "SELECT row, state FROM outcome_history ORDER BY row"),
            "2|pass\n3|pass\n4|fail\n5|\n");
  ASSERT_TRUE(
      store.connection.execute("INSERT INTO log_head (org, position, floor) VALUES (1, 5, 2);"
                               "UPDATE log SET body = replace(body, '[1,1,1,0,0,0,0,0]', 'null')"
                               " WHERE position = 2"));
  EXPECT_EQ(answer(store.connection, "SELECT row FROM outcome_history ORDER BY row"), "3\n4\n5\n");
  ASSERT_TRUE(store.connection.execute("UPDATE rule SET removed = 1"));
  EXPECT_EQ(answer(store.connection, "SELECT row FROM outcome"), "");
  EXPECT_EQ(answer(store.connection, "SELECT number, action, before, after FROM audit"),
            "1|updated|{\"level\":2}|{\"name\":\"Rule 1\",\"level\":3}\n");
}

}  // namespace
}  // namespace scorekeeper::store::postgres
