// What every store must do: a suite that each store's test file instantiates with a factory.
// Included by test files only; one instantiation a program.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/catalog.h"
#include "store/ledger.h"

namespace scorekeeper::store {

// A store, its key store, and how to close and open it again.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Ledger& ledger() = 0;
  virtual Catalog& catalog() = 0;
  virtual KeyStore& keys() = 0;
  virtual void reopen() = 0;
};
using MakeStore = std::function<std::unique_ptr<StoreUnderTest>()>;

inline constexpr OrgId org_a{1};
inline constexpr OrgId org_b{2};

inline Time contract_time(std::int64_t seconds) {
  return time_of_microseconds((1'790'000'000 + seconds) * 1'000'000 + 123'456);
}

// A change whose other members follow from its row.
inline OutcomeChange make_change(std::uint64_t row, OrgId org, std::uint32_t rule,
                                 std::uint32_t entity, std::string_view remarks) {
  return OutcomeChange{.id = {row},
                       .previous = {},
                       .org = org,
                       .rule = {rule},
                       .entity = {entity},
                       .state = static_cast<State>(1 + row % 3),
                       .first_reported = seconds_of(contract_time(static_cast<std::int64_t>(row))),
                       .hash = row * 0x9e3779b97f4a7c15U,
                       .at = contract_time(static_cast<std::int64_t>(row)),
                       .key = {7},
                       .request = {1 + row / 10},
                       .remarks = remarks};
}

inline AcceptedRequest make_request(std::uint64_t number, OrgId org) {
  return AcceptedRequest{.number = {number},
                         .org = org,
                         .key = {7},
                         .accepted_at = contract_time(static_cast<std::int64_t>(number)),
                         .total_received = 100,
                         .total_changed = 42,
                         .position = {number * 10},
                         .subject = number % 2 == 0 ? "" : "ann “" + std::to_string(number)};
}

inline Group make_group(std::span<const OutcomeChange> changes,
                        std::span<const AcceptedRequest> requests = {},
                        std::span<const NewEntity> entities = {}, std::uint64_t reserved = 0) {
  return Group{.changes = changes,
               .requests = requests,
               .entities = entities,
               .requests_reserved = {reserved}};
}

// A change that owns its remarks, for comparing.
struct KeptChange {
  OutcomeChange change;  // without remarks
  std::string remarks;
};

// In what a fold reads.
inline bool folds_alike(const OutcomeChange& a, const OutcomeChange& b) {
  return a.id == b.id && a.org == b.org && a.rule == b.rule && a.entity == b.entity &&
         a.state == b.state && a.first_reported == b.first_reported && a.hash == b.hash &&
         a.at == b.at;
}

class StoreContract : public testing::TestWithParam<MakeStore> {
 protected:
  StoreContract() : store(GetParam()()) {}

  Ledger& ledger() { return store->ledger(); }
  Catalog& catalog() { return store->catalog(); }
  KeyStore& keys() { return store->keys(); }
  void reopen() { store->reopen(); }

  void append(const Group& group) {
    const auto done = ledger().append(group);
    ASSERT_TRUE(done) << done.error().detail;
  }
  std::vector<OutcomeChange> fold() {
    std::vector<OutcomeChange> rows;
    EXPECT_TRUE(ledger().fold([&](const OutcomeChange& row) { rows.push_back(row); }));
    return rows;
  }
  std::optional<AcceptedRequest> find_request(OrgId org, std::uint64_t number) {
    const auto found = ledger().find_request(org, {number});
    EXPECT_TRUE(found);
    return found ? *found : std::nullopt;
  }

  std::unique_ptr<StoreUnderTest> store;
};

TEST_P(StoreContract, IsEmptyAtFirst) {
  const auto head = ledger().head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->last, RowId{});
  EXPECT_EQ(head->requests_reserved, RequestNumber{});
  EXPECT_TRUE(fold().empty());
  EXPECT_TRUE(catalog().load_catalog()->empty());
  EXPECT_TRUE(catalog().load_keys()->keys.empty());
  EXPECT_TRUE(ledger().ping());
}

TEST_P(StoreContract, FoldsWhatWasAppendedInOrderAfterReopening) {
  std::vector<OutcomeChange> changes;
  for (std::uint64_t row = 1; row <= 1'047;
       ++row) {  // not a multiple of any number of rows a statement
    changes.push_back(make_change(row * 2, row % 2 == 0 ? org_a : org_b, 3,
                                  static_cast<std::uint32_t>(row), "remarks"));
    changes.back().previous = {row};
  }
  changes[0].hash = UINT64_MAX;
  changes[0].request = {std::uint64_t{1} << 62};
  changes[0].first_reported = UINT32_MAX;
  append(make_group(std::span(changes).first(500)));
  append(make_group(std::span(changes).subspan(500)));
  const auto by_org = [](const OutcomeChange& change) { return std::pair(change.org, change.id); };
  std::ranges::sort(changes, {}, by_org);
  for (int pass = 0; pass < 2; ++pass) {
    auto rows = fold();
    ASSERT_EQ(rows.size(), changes.size());
    std::ranges::sort(rows, {}, by_org);
    for (std::size_t n = 0; n < rows.size(); ++n) {
      ASSERT_TRUE(folds_alike(rows[n], changes[n])) << n;
    }
    reopen();
  }
}

TEST_P(StoreContract, TellsTheHeadAfterReopening) {
  const std::vector changes{make_change(5, org_a, 1, 1, "x")};
  const std::vector requests{make_request(9, org_a)};  // later than the change
  append(make_group(changes, requests, {}, 1'024));
  append(make_group({}, {}, {}, 12));  // never goes back
  reopen();
  const auto head = ledger().head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->last, RowId{5});
  EXPECT_EQ(head->last_at, contract_time(9));
  EXPECT_EQ(head->requests_reserved, RequestNumber{1'024});
  append(make_group({}, {}, {}, 2'048));
  EXPECT_EQ(ledger().head()->requests_reserved, RequestNumber{2'048});
}

TEST_P(StoreContract, ReadsRowsInTheOrderAsked) {
  const std::string long_remarks(16'384, 'r');
  auto first = make_change(1, org_a, 1, 1, "first");
  auto second = make_change(2, org_a, 1, 2, "");
  second.previous = {1};
  second.first_reported = seconds_of(contract_time(1));
  const auto third = make_change(3, org_a, 2, 1, long_remarks);
  append(make_group(std::vector{first, second, third}));
  const auto rows = ledger().rows(org_a, std::vector{RowId{3}, RowId{1}, RowId{2}, RowId{1}});
  ASSERT_TRUE(rows);
  const OutcomeRow row1{.id = {1},
                        .at = first.at,
                        .first_reported = time_of_seconds(first.first_reported),
                        .remarks = "first"};
  const OutcomeRow row2{.id = {2},
                        .at = second.at,
                        .first_reported = time_of_seconds(second.first_reported),
                        .remarks = ""};
  const OutcomeRow row3{.id = {3},
                        .at = third.at,
                        .first_reported = time_of_seconds(third.first_reported),
                        .remarks = long_remarks};
  EXPECT_EQ(*rows, (std::vector{row3, row1, row2, row1}));
  EXPECT_TRUE(ledger().rows(org_a, {})->empty());
}

TEST_P(StoreContract, RefusesRowsThatAreNotThereOrOfAnotherOrg) {
  append(
      make_group(std::vector{make_change(1, org_a, 1, 1, "a"), make_change(2, org_b, 1, 1, "b")}));
  for (const auto id : {RowId{2}, RowId{3}}) {
    const auto rows = ledger().rows(org_a, std::vector{RowId{1}, id});
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Code::internal);
  }
  EXPECT_EQ(ledger().rows(org_b, std::vector{RowId{2}})->at(0).remarks, "b");
}

TEST_P(StoreContract, KeepsAnyUtf8InRemarksAndReferences) {
  const std::string text = "' \" \\ \n \x01 \xc3\xa9 \xf0\x9f\x92\xa9 %s ?1";
  const std::string name = "service:default/:/" + text;
  const std::vector entities{
      NewEntity{.org = org_a, .number = {1}, .reference = name, .discovered_at = contract_time(0)}};
  append(make_group(std::vector{make_change(1, org_a, 1, 1, text)}, {}, entities));
  EXPECT_EQ(ledger().rows(org_a, std::vector{RowId{1}})->at(0).remarks, text);
  std::vector<std::string> references;
  EXPECT_TRUE(catalog().load_entities(
      [&](const FoldedEntity& entity) { references.emplace_back(entity.reference); }));
  EXPECT_EQ(references, std::vector{name});
}

TEST_P(StoreContract, FindsARequestOfTheSameOrgOnly) {
  const std::vector requests{make_request(3, org_a), make_request(4, org_b)};
  append(make_group({}, requests));
  EXPECT_EQ(find_request(org_a, 3), requests[0]);
  EXPECT_EQ(find_request(org_b, 4), requests[1]);
  EXPECT_EQ(find_request(org_b, 3), std::nullopt);
  EXPECT_EQ(find_request(org_a, 5), std::nullopt);
}

TEST_P(StoreContract, ForgetsOldRequestsSomeAtATime) {
  std::vector<AcceptedRequest> requests;
  for (std::uint64_t n = 1; n <= 10; ++n) requests.push_back(make_request(n, org_a));
  append(make_group({}, requests, {}, 11));
  const Time before = contract_time(7);
  EXPECT_EQ(*ledger().forget_requests(before, 4), 4U);
  EXPECT_EQ(find_request(org_a, 4), std::nullopt);
  EXPECT_EQ(find_request(org_a, 5), requests[4]);
  EXPECT_EQ(*ledger().forget_requests(before, 4), 2U);
  EXPECT_EQ(*ledger().forget_requests(before, 4), 0U);
  EXPECT_EQ(find_request(org_a, 7), requests[6]);
  EXPECT_EQ(*ledger().forget_requests(contract_time(1'000), 100), 4U);
  EXPECT_EQ(ledger().head()->requests_reserved, RequestNumber{11});
}

TEST_P(StoreContract, StoresAllOfAGroupOrNothing) {
  append(make_group(std::vector{make_change(1, org_a, 1, 1, "kept")}));
  std::vector<OutcomeChange> changes;
  for (std::uint64_t row = 2; row <= 50; ++row)
    changes.push_back(make_change(row, org_a, 1, 1, "x"));
  changes.back().id = {1};  // is there already
  const std::vector requests{make_request(1, org_a)};
  const std::vector entities{NewEntity{
      .org = org_a, .number = {1}, .reference = "service:default/x", .discovered_at = {}}};
  EXPECT_FALSE(ledger().append(make_group(changes, requests, entities, 77)));
  EXPECT_EQ(fold().size(), 1U);
  EXPECT_EQ(find_request(org_a, 1), std::nullopt);
  EXPECT_EQ(ledger().head()->requests_reserved, RequestNumber{});
  changes.pop_back();  // and the same numbers are good in the next group
  append(make_group(changes, requests, entities, 77));
  EXPECT_EQ(fold().size(), 49U);
}

TEST_P(StoreContract, KeepsLastReportsByBlock) {
  std::vector<std::uint32_t> times(reported_block_size);
  times[0] = 1'790'000'000;
  times[1'023] = 1'790'000'001;
  std::vector blocks{ReportedBlock{.org = org_a, .rule = {1}, .block = 0, .last_reported = times},
                     ReportedBlock{.org = org_b, .rule = {1}, .block = 9, .last_reported = times}};
  ASSERT_TRUE(ledger().save_reported(blocks));
  blocks[0].last_reported[5] = 1'790'000'099;
  ASSERT_TRUE(ledger().save_reported(std::span(blocks).first(1)));
  reopen();
  std::map<std::pair<OrgId, std::uint32_t>, std::vector<std::uint32_t>> loaded;
  EXPECT_TRUE(ledger().load_reported([&](const ReportedBlock& block) {
    EXPECT_EQ(block.rule, RuleNumber{1});
    loaded[{block.org, block.block}] = block.last_reported;
  }));
  EXPECT_EQ(loaded.size(), 2U);
  EXPECT_EQ((loaded[{org_a, 0}]), blocks[0].last_reported);
  EXPECT_EQ((loaded[{org_b, 9}]), times);
}

}  // namespace scorekeeper::store
