#include "intake/page_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace scorekeeper::intake {
namespace {

constexpr std::uint64_t records_total = 1'000;

// Pages of three records of one change.
Result<store::LogPage> page_behind(RowId after) {
  store::LogPage page;
  for (std::uint64_t n = after.number + 1; n <= records_total && page.records.size() < 3; ++n) {
    store::LogRecord record;
    record.position = {n};
    page.records.push_back(record);
  }
  page.end = page.records.empty() || page.records.back().position.number == records_total;
  return page;
}

TEST(PageReader, GivesAllPagesInTheirOrder) {
  std::vector<std::uint64_t> asked;  // the reader's, until it has ended
  std::uint64_t next = 8;
  {
    PageReader pages(
        [&](RowId after) {
          asked.push_back(after.number);
          return page_behind(after);
        },
        {7});
    for (bool end = false; !end;) {
      const auto page = pages.next();
      ASSERT_TRUE(page);
      for (const store::LogRecord& record : page->records) {
        ASSERT_EQ(record.position.number, next++);
      }
      end = page->end;
    }
  }
  EXPECT_EQ(next, records_total + 1);
  ASSERT_EQ(asked.size(), 331U);
  for (std::size_t n = 0; n < asked.size(); ++n) EXPECT_EQ(asked[n], 7 + 3 * n);
}

TEST(PageReader, EndsWithTheFirstError) {
  std::atomic<int> asked = 0;
  {
    PageReader pages(
        [&](RowId after) -> Result<store::LogPage> {
          if (++asked == 3) return make_error(Code::unavailable, "the store is gone");
          return page_behind(after);
        },
        {});
    EXPECT_TRUE(pages.next());
    EXPECT_TRUE(pages.next());
    const auto failed = pages.next();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().detail, "the store is gone");
  }
  EXPECT_EQ(asked, 3);
}

// However far it has come: memory is bounded, and nobody waits for the rest of the log.
TEST(PageReader, ReadsAFewPagesAheadAndStopsWhenItIsNotWanted) {
  for (int taken = 0; taken < 20; ++taken) {
    std::atomic<int> asked = 0;
    {
      PageReader pages(
          [&](RowId after) {
            ++asked;
            return page_behind(after);
          },
          {});
      for (int n = 0; n < taken; ++n) EXPECT_TRUE(pages.next());
    }
    EXPECT_GE(asked, taken);
    EXPECT_LE(asked, taken + 5);
  }
}

}  // namespace
}  // namespace scorekeeper::intake
