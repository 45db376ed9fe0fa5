#include "store/seal.h"

#include <gtest/gtest.h>

namespace scorekeeper::store {
namespace {

constexpr OrgId org{1};

// Two records of a group that goes on where the head ends.
struct Sample {
  Sample() {
    head.last_at = time_of_seconds(10);
    for (std::uint32_t n = 0; n < 2; ++n) {
      LogRecord record;
      record.org = org;
      record.position = {head.last.number + 1 + n * std::uint64_t{3}};
      record.count = 3;
      record.at = time_of_seconds(11);
      record.group_end = n == 1;
      record.body = "{}";
      append.records.push_back(record);
    }
  }
  std::vector<Head> after() { return seal(std::span(&head, 1), append); }

  Head head{.org = org, .last = {7}, .last_at = {}, .chain = {}, .floor = {2}};
  Append append;
};

TEST(Seal, SetsTheChainsAndMovesTheHead) {
  Sample sample;
  const auto after = sample.after();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].last, RowId{13});
  EXPECT_EQ(after[0].last_at, time_of_seconds(11));
  const auto& records = sample.append.records;
  EXPECT_EQ(records[0].chain, chain_after(sample.head.chain, records[0]));
  EXPECT_EQ(records[1].chain, chain_after(records[0].chain, records[1]));
  EXPECT_EQ(after[0].chain, records[1].chain);
  EXPECT_EQ(after[0].floor, RowId{2});
}

TEST(SealDeathTest, FindsWhatDoesNotGoOn) {
  const auto dies = [](const auto& change) {
    Sample sample;
    change(sample);
    EXPECT_DEATH(sample.after(), "assertion failed");
  };
  dies([](Sample& s) { s.append.records[1].position.number += 1; });
  dies([](Sample& s) { s.append.records[0].at = s.append.records[1].at = s.head.last_at; });
  dies([](Sample& s) { s.append.records[1].at = time_of_seconds(12); });
  dies([](Sample& s) { s.append.records[1].group_end = false; });
  dies([](Sample& s) { s.append.records[0].org = {2}; });
  dies([](Sample& s) {
    s.append.requests.emplace_back();
    s.append.requests.back().org = {2};
  });
}

}  // namespace
}  // namespace scorekeeper::store
