#include "store/postgres/log_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "store/postgres/audit.h"
#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{1};

class LogReader : public testing::Test {
 public:
  // Records 1 to `count` of one outcome each, of many orgs, and no statistics of the table.
  void fill(std::uint64_t count) {
    const std::string number = std::to_string(count);
    ASSERT_TRUE(store.connection.execute(
        ("ALTER TABLE log SET (autovacuum_enabled = off);"
         "INSERT INTO log SELECT n, n, 0, o, 1, 1, 1, 'key', '1', '',"
         " decode(repeat('00', 16), 'hex'),"
         " '{\"entities\":[],\"remarks\":[\"' || n || '\"],\"changes\":[[1,1,1,0,0,0,0,0]]}'"
         " FROM generate_series(1, 10) AS o, generate_series(1, " +
         number +
         ") AS n;"
         "INSERT INTO log_head (org, position, at) SELECT o, " +
         number + ", " + number + " FROM generate_series(1, 10) AS o")
            .c_str()));
  }
  // The generic plan of a prepared statement of the connection.
  std::string plan(const std::string& execute) {
    EXPECT_TRUE(store.connection.execute("SET plan_cache_mode = force_generic_plan"));
    const std::string sql = "EXPLAIN (COSTS OFF) EXECUTE " + execute;
    const auto rows = store.connection.query(sql.c_str());
    EXPECT_TRUE(rows) << rows.error().detail;
    std::string text;
    for (int row = 0; rows && row < rows->size(); ++row) {
      text += std::string(rows->text(row, 0)) + "\n";
    }
    return text;
  }
  std::vector<std::uint64_t> positions(RowId after, std::size_t records_max, bool end) {
    const auto page = read_log(store.connection, org, after, records_max);
    EXPECT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->end, end);
    std::vector<std::uint64_t> found;
    for (const LogRecord& record : page->records) found.push_back(record.position.number);
    return found;
  }

  TestStore store;
};

TEST_F(LogReader, ReadsPages) {
  fill(5);
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(positions({}, 2, false), (Numbers{1, 2}));
  EXPECT_EQ(positions({2}, 3, true), (Numbers{3, 4, 5}));
  EXPECT_EQ(positions({4}, 3, true), (Numbers{5}));
  EXPECT_EQ(positions({5}, 3, true), Numbers{});
  EXPECT_FALSE(store.connection.in_transaction());
}

// A plan that fetches all that is left and sorts it makes a start quadratic.
TEST_F(LogReader, ReadsAPageInTheOrderOfTheIndexWithoutStatistics) {
  fill(3'000);
  ASSERT_TRUE(read_log(store.connection, org, {}, 100));
  ASSERT_TRUE(store.connection.execute("SET enable_sort = off; SET enable_bitmapscan = off"));
  const std::string text = plan("select_records (1, 0, 101)");
  EXPECT_NE(text.find("Index Scan using log_pkey"), std::string::npos) << text;
  EXPECT_EQ(text.find("Sort"), std::string::npos) << text;
}

TEST_F(LogReader, LooksUpEachOutcomeInTheIndexWithoutStatistics) {
  fill(3'000);
  const auto rows = read_rows(store.connection, org, std::vector{RowId{3'000}, RowId{7}});
  ASSERT_TRUE(rows) << rows.error().detail;
  EXPECT_EQ(rows->at(0).remarks, "3000");
  EXPECT_EQ(rows->at(1).remarks, "7");
  const std::string text = plan("select_outcomes (1, '{1,2}')");
  EXPECT_EQ(text.find("Seq Scan"), std::string::npos) << text;
  EXPECT_EQ(text.find("Hash"), std::string::npos) << text;
}

TEST_F(LogReader, FindsOutcomesInsideOfRecords) {
  const auto write = [&](RecordKind kind, const std::string& body, std::uint32_t count) {
    return store.turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
      Head head = view.heads().front();
      Append append;
      append.records.push_back(next_record(head, kind, body, count));
      return append;
    });
  };
  const std::vector<std::string> three{"a", "b", "c"};
  ASSERT_TRUE(write(RecordKind::outcomes, outcomes_body(three), 3));
  ASSERT_TRUE(write(RecordKind::catalog, R"([{"resource":"rule","id":"x"}])", 1));
  ASSERT_TRUE(write(RecordKind::outcomes,
                    R"({"entities":[],"remarks":[""],"changes":[null,[1,2,0,1,2,0,0,0]]})", 2));
  const std::vector wanted{RowId{2}, RowId{6}, RowId{1}, RowId{2}, RowId{3}};
  const auto rows = read_rows(store.connection, org, wanted);
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_EQ(rows->size(), wanted.size());
  std::string remarks;
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    EXPECT_EQ(rows->at(n).id, wanted[n]);
    remarks += rows->at(n).remarks + ",";
  }
  EXPECT_EQ(remarks, "b,,a,b,c,");
  // Positions of the catalog, taken away, behind the end, before the beginning.
  for (const std::uint64_t position : {4U, 5U, 7U, 0U}) {
    const auto none = read_rows(store.connection, org, std::vector{RowId{1}, RowId{position}});
    ASSERT_FALSE(none) << position;
    EXPECT_EQ(none.error().code, Code::internal);
  }
  EXPECT_FALSE(read_rows(store.connection, {2}, std::vector{RowId{1}}));
  EXPECT_TRUE(read_rows(store.connection, org, {})->empty());
}

TEST_F(LogReader, SaysWhatItDoesNotKnow) {
  fill(1);
  ASSERT_TRUE(store.connection.execute("UPDATE log_head SET floor = 1; UPDATE log SET kind = 9"));
  const auto page = read_log(store.connection, org, {}, 1);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().detail,
            "the log has a record of kind 9, which this release does not know");
}

// --- the audit log

class AuditLog : public LogReader {
 public:
  Result<std::vector<AuditEvent>> read_audit(const AuditFilter& filter) {
    WorkBudget all;
    return list_audit(store.connection, org, filter, all);
  }
  void change(const Kind& kind) {
    const CatalogChange change{.org = org,
                               .changes = {Changed<Kind>{.before = std::nullopt, .after = kind}}};
    const std::string body =
        R"([{"resource":"kind","id":")" + kind.name + R"(","action":"created","after":)" +
        R"({"name":")" + kind.name +
        R"(","display_name":"","description":"","created_at":"1970-01-01T00:00:00.000000Z",)" +
        R"("modified_at":"1970-01-01T00:00:00.000000Z"}}])";
    const auto written = store.write(change, body);
    ASSERT_TRUE(written) << written.error().detail;
  }
};

// Changes that no index finds are looked for in pieces of 500, while the budget lasts.
TEST_F(AuditLog, IsReadWithinTheBudget) {
  for (int n = 0; n < 1'200; ++n) {
    Kind kind;
    kind.name = std::to_string(n);
    change(kind);
  }
  WorkBudget few({.steps = 999 * audit_change_steps, .cancelled = {}});
  const auto refused = list_audit(store.connection, org, {.actor = "nobody"}, few);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  WorkBudget enough({.steps = 1'000 * audit_change_steps, .cancelled = {}});
  EXPECT_TRUE(list_audit(store.connection, org, {.actor = "nobody"}, enough)->empty());
  WorkBudget gone({.cancelled = std::make_shared<std::atomic<bool>>(true)});
  const auto ended = list_audit(store.connection, org, {.actor = "nobody"}, gone);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::unavailable);
  EXPECT_EQ(read_audit({.page = {.offset = 700, .size = 100}})->size(), 100U);
}

TEST_F(AuditLog, FindsNothingByATextThatCannotBeStored) {
  for (const std::string& text : {std::string("r\0", 2), std::string("\xff")}) {
    for (const AuditFilter& filter : {AuditFilter{.actor = text}, AuditFilter{.resource_id = text},
                                      AuditFilter{.request_id = text}}) {
      const auto events = read_audit(filter);
      ASSERT_TRUE(events) << events.error().detail;
      EXPECT_TRUE(events->empty());
    }
  }
  EXPECT_TRUE(read_audit({.below = {UINT64_MAX}, .page = {.offset = UINT64_MAX}})->empty());
}

TEST_F(AuditLog, ThatIsDamagedIsAnError) {
  Kind kind;
  kind.name = "api";
  change(kind);
  ASSERT_TRUE(store.connection.execute(
      "UPDATE log_head SET floor = 1; UPDATE log SET body = '[{\"resource\":\"kind\"}]'"));
  EXPECT_FALSE(read_audit({}));
}

}  // namespace
}  // namespace scorekeeper::store::postgres
