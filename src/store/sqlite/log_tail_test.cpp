// Records whose places are in log_place, and those behind them.
#include "store/sqlite/log_tail.h"

#include <gtest/gtest.h>

#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t placed_at_once = 5;

class Tail : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::open(
        {.directory = directory.store(), .readers = 1, .records_placed_at_once = placed_at_once},
        metrics);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = *std::move(opened);
  }

  // A record of one change.
  void report(std::uint32_t org) {
    const std::uint64_t n = ++reports;
    const std::string remarks = "remarks " + std::to_string(n);
    LogGroup group{.org = {org}, .at = time_of_microseconds(static_cast<std::int64_t>(n))};
    const auto entity = static_cast<std::uint32_t>(++ends[org]);
    const std::string reference = "a:b/" + std::to_string(entity);
    group.entities.push_back({.number = {entity}, .reference = reference, .revived = false});
    group.outcomes.push_back(first_outcome(1, entity, remarks));
    expected[org].push_back(remarks);
    ASSERT_TRUE(append_group(*store, group));
  }

  std::string value(const std::string& sql) {
    return query_rows(directory.store() + "/" + file_name, sql).at(0);
  }

  // Each change by itself, and the log in pages of each size from each position.
  void expect_all_read(std::uint32_t org) {
    const std::vector<std::string>& texts = expected[org];
    for (std::uint64_t after = 0; after <= texts.size(); ++after) {
      for (std::size_t size = 1; size <= texts.size() + 1; ++size) {
        const auto page = store->read({org}, {after}, size);
        ASSERT_TRUE(page) << page.error().detail;
        const std::size_t left = texts.size() - after;
        ASSERT_EQ(page->records.size(), std::min(left, size)) << after << " " << size;
        ASSERT_EQ(page->end, left <= size) << after << " " << size;
        for (std::size_t n = 0; n < page->records.size(); ++n) {
          ASSERT_EQ(page->records[n].position.number, after + n + 1);
        }
      }
    }
    for (std::uint64_t position = 1; position <= texts.size(); ++position) {
      const RowId wanted{position};
      const auto rows = store->rows({org}, std::span(&wanted, 1));
      ASSERT_TRUE(rows) << rows.error().detail;
      EXPECT_EQ(rows->front().remarks, texts[position - 1]);
    }
    const RowId behind{texts.size() + 1};
    EXPECT_FALSE(store->rows({org}, std::span(&behind, 1)));
  }

  TestDirectory directory;
  Metrics metrics;
  std::unique_ptr<Store> store;
  std::uint64_t reports = 0;
  std::map<std::uint32_t, std::uint64_t> ends;
  std::map<std::uint32_t, std::vector<std::string>> expected;
};

TEST_F(Tail, IsReadWithWhatIsBeforeIt) {
  std::map<std::string, int> tails;  // how many records had no place, how often
  for (int n = 0; n < 24; ++n) {
    report(n % 3 == 0 ? 2 : 1);
    expect_all_read(1);
    expect_all_read(2);
    ++tails[value("SELECT (SELECT count(*) FROM log) - (SELECT count(*) FROM log_place)")];
    EXPECT_EQ(value("SELECT count(*) FROM log_row AS p JOIN log AS l ON l.row = p.row"
                    " AND l.org = p.org AND l.position = p.position"),
              std::to_string(n + 1));
  }
  EXPECT_EQ(tails, (std::map<std::string, int>{{"0", 4}, {"1", 5}, {"2", 5}, {"3", 5}, {"4", 5}}));
}

// The command line writes in between: more records than the server has placed, or none.
TEST_F(Tail, HasWhatOtherProcessesAppend) {
  const auto keys = open_keys(directory.store());
  ASSERT_TRUE(keys);
  for (int n = 0; n < 12; ++n) {
    ASSERT_TRUE((*keys)->create_org("org " + std::to_string(n), time_of_microseconds(n + 1)));
    report(100);
    expect_all_read(100);
    const OrgId created{static_cast<std::uint32_t>(n + 1)};
    const auto page = store->read(created, {}, 9);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->records.size(), 1U);
    EXPECT_EQ(store->list_audit(created, {})->size(), 1U);
  }
  EXPECT_EQ(value("SELECT value FROM meta WHERE key = 'log_placed'"), "24");
}

// An append that is not committed leaves nothing behind in what the writer has in memory.
TEST_F(Tail, ForgetsWhatWasNotWritten) {
  report(1);
  const OrgId org{1};
  const auto failed = store->append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    EXPECT_EQ(view.read(org, {}, 9)->records.size(), 1U);
    return make_error(Code::conflict, "changed my mind");
  });
  EXPECT_FALSE(failed);
  report(2);
  report(1);
  const auto appended = store->append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    EXPECT_EQ(view.read(org, {}, 9)->records.size(), 2U);
    return Append();
  });
  EXPECT_TRUE(appended);
  expect_all_read(1);
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
