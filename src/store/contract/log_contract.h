// The contract of every store: a suite that each store's test file instantiates with a factory.
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
#include <thread>
#include <utility>
#include <vector>

#include "store/catalog.h"
#include "store/contract/log_maker.h"
#include "store/log.h"

namespace scorekeeper::store {

// A store, its key store, and how to close and open it again.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Log& log() = 0;
  virtual Catalog& catalog() = 0;
  virtual KeyStore& keys() = 0;
  virtual void reopen() = 0;
  // The rows of a query, their columns joined by '|', NULL as nothing.
  virtual std::vector<std::string> query(const std::string& sql) = 0;
  // The faults that `scorekeeper verify` finds, where the store has it.
  virtual std::string faults() { return ""; }
};
using MakeStore = std::function<std::unique_ptr<StoreUnderTest>()>;

inline constexpr OrgId org_a{1};
inline constexpr OrgId org_b{2};

inline Time contract_time(std::int64_t seconds) {
  return time_of_microseconds((1'790'000'000 + seconds) * 1'000'000 + 123'456);
}

inline AcceptedRequest make_request(std::uint64_t number, OrgId org) {
  return AcceptedRequest{
      .number = {number},
      .org = org,
      .actor = {.type = number % 2 == 0 ? AuditActorType::key : AuditActorType::subject,
                .id = number % 2 == 0 ? "7" : "ann “" + std::to_string(number)},
      .accepted_at = contract_time(static_cast<std::int64_t>(number)),
      .total_received = 100,
      .total_changed = 42,
      .position = {number * 10}};
}

// The first report of an outcome.
inline ChangedOutcome make_outcome(std::uint32_t rule, std::uint32_t entity,
                                   std::string_view remarks) {
  return ChangedOutcome{.rule = {rule},
                        .entity = {entity},
                        .state = State::pass,
                        .before = std::nullopt,
                        .previous = {},
                        .first_reported = seconds_of(contract_time(entity)),
                        .reported_before = 0,
                        .remarks = remarks};
}

class StoreContract : public testing::TestWithParam<MakeStore> {
 protected:
  StoreContract() : store(GetParam()()) {}

  Log& log() { return store->log(); }
  Catalog& catalog() { return store->catalog(); }
  KeyStore& keys() { return store->keys(); }
  void reopen() { store->reopen(); }

  void append(const LogGroup& group, const std::vector<AcceptedRequest>& requests = {}) {
    const auto done = append_group(log(), group, requests);
    ASSERT_TRUE(done) << done.error().detail;
  }
  // Changes of the catalog, as one group.
  void change(OrgId org, std::vector<ResourceChange> changes) {
    append({.org = org, .changes = std::move(changes)});
  }
  std::vector<LogRecord> records(OrgId org, std::size_t page = 1'000) {
    const auto all = read_all(log(), org, page);
    EXPECT_TRUE(all) << all.error().detail;
    return all ? *all : std::vector<LogRecord>();
  }
  Head head(OrgId org) {
    const auto heads = log().heads();
    EXPECT_TRUE(heads) << heads.error().detail;
    EXPECT_TRUE(std::ranges::is_sorted(heads->heads, {}, &Head::org));
    const auto found = std::ranges::find(heads->heads, org, &Head::org);
    Head none;
    none.org = org;
    return found == heads->heads.end() ? none : *found;
  }
  std::vector<OutcomeRow> rows(OrgId org, const std::vector<RowId>& positions) {
    const auto read = log().rows(org, positions);
    EXPECT_TRUE(read) << read.error().detail;
    return read ? *read : std::vector<OutcomeRow>();
  }
  std::optional<AcceptedRequest> find_request(OrgId org, std::uint64_t number) {
    const auto found = log().find_request(org, {number});
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : std::nullopt;
  }
  using Reported =
      std::map<std::tuple<OrgId, RuleNumber, std::uint32_t>, std::vector<std::uint32_t>>;
  // The reports of whole rounds, until one is at its end.
  Reported new_reports() {
    Reported reported;
    for (bool more = true; more;) {
      const auto loaded = log().load_new_reports([&](const ReportedBlock& block) {
        reported[{block.org, block.rule, block.block}] = block.last_reported;
      });
      EXPECT_TRUE(loaded) << loaded.error().detail;
      more = loaded && *loaded;
    }
    return reported;
  }

  std::unique_ptr<StoreUnderTest> store;
};

TEST_P(StoreContract, IsEmptyAtFirst) {
  EXPECT_TRUE(log().heads()->heads.empty());
  EXPECT_TRUE(records(org_a).empty());
  EXPECT_TRUE(log().read(org_a, {}, 10)->end);
  EXPECT_TRUE(catalog().load_keys()->keys.empty());
  EXPECT_TRUE(catalog().list_audit(org_a, {})->empty());
  EXPECT_TRUE(new_reports().empty());
  EXPECT_TRUE(log().ping());
  EXPECT_GE(log().orgs_in_append_max(), 1U);
  EXPECT_GT(log().follow_interval().count(), 0);
  EXPECT_GT(log().heads_age_max(), log().follow_interval());
}

// The view that prepare() gets has the heads; afterwards the records stand behind them.
TEST_P(StoreContract, AppendsGroupsBehindTheHead) {
  std::vector<LogRecord> written;
  std::vector<Head> seen;
  const auto append_some = [&](std::uint32_t count) {
    const auto done =
        log().append(std::vector{org_b, org_a}, [&](AppendView& view) -> Result<Append> {
          seen.assign(view.heads().begin(), view.heads().end());
          LogMaker maker(view.heads()[1]);
          LogGroup group{.org = org_a, .at = contract_time(5), .request = {3}};
          for (std::uint32_t n = 1; n <= count; ++n) {
            group.outcomes.push_back(make_outcome(1, n, "it's \"so\"\n\x01 é €"));
          }
          maker.add(group);
          return maker.take();
        });
    ASSERT_TRUE(done) << done.error().detail;
    written.insert(written.end(), done->records.begin(), done->records.end());
  };
  append_some(1);
  ASSERT_EQ(seen.size(), 2U);
  Head none;
  none.org = org_b;
  EXPECT_EQ(seen[0], none);
  none.org = org_a;
  EXPECT_EQ(seen[1], none);
  append_some(300);  // three records
  ASSERT_EQ(written.size(), 4U);
  const Head expected{.org = org_a,
                      .last = {301},
                      .last_at = contract_time(5) + std::chrono::microseconds(1),
                      .chain = written.back().chain,
                      .floor = {}};
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(records(org_a), written);
    EXPECT_EQ(records(org_a, 1), written);
    EXPECT_TRUE(records(org_b).empty());
    EXPECT_EQ(head(org_a), expected);
    EXPECT_EQ(log().heads()->heads.size(), 1U);
    reopen();
  }
  append_some(1);
  EXPECT_EQ(seen[1], expected);
}

TEST_P(StoreContract, ReadsPagesBehindAPosition) {
  LogGroup group{.org = org_a};
  for (std::uint32_t n = 1; n <= 500; ++n) group.outcomes.push_back(make_outcome(1, n, ""));
  append(group);
  const auto all = records(org_a);
  ASSERT_EQ(all.size(), 4U);
  const auto read = [&](std::uint64_t after, std::size_t records_max) {
    auto page = log().read(org_a, {after}, records_max);
    EXPECT_TRUE(page);
    return std::pair(page->records, page->end);
  };
  using Records = std::vector<LogRecord>;
  EXPECT_EQ(read(0, 2), std::pair(Records(all.begin(), all.begin() + 2), false));
  EXPECT_EQ(read(all[1].last().number, 2), std::pair(Records(all.begin() + 2, all.end()), true));
  EXPECT_EQ(read(all[2].last().number, 2), std::pair(Records(all.begin() + 3, all.end()), true));
  EXPECT_EQ(read(500, 2), std::pair(Records(), true));
  EXPECT_EQ(read(std::uint64_t{1} << 62, 2), std::pair(Records(), true));
}

TEST_P(StoreContract, AppendsToSeveralOrgsAtOnce) {
  const std::vector orgs{org_a, org_b};
  const auto done = log().append(orgs, [&](AppendView& view) -> Result<Append> {
    Append all;
    for (const Head& head : view.heads()) {
      LogMaker maker(head);
      maker.add({.org = head.org, .outcomes = {make_outcome(1, head.org.number, "x")}});
      maker.add({.org = head.org, .outcomes = {make_outcome(2, head.org.number, "y")}});
      Append one = maker.take();
      std::ranges::move(one.records, std::back_inserter(all.records));
    }
    all.requests = {make_request(1, org_a), make_request(2, org_b)};
    return all;
  });
  ASSERT_TRUE(done) << done.error().detail;
  for (const OrgId org : orgs) {
    EXPECT_EQ(records(org).size(), 2U);
    EXPECT_EQ(head(org).last, RowId{2});
    EXPECT_EQ(rows(org, {{2}}).at(0).remarks, "y");
  }
}

TEST_P(StoreContract, ShowsPrepareWhatTheLogHas) {
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "a")}});
  const auto before = records(org_a);
  const auto done = log().append(std::span(&org_a, 1), [&](AppendView& view) -> Result<Append> {
    const LogPage page = TRY(view.read(org_a, {}, 10));
    EXPECT_EQ(page.records, before);
    EXPECT_TRUE(page.end);
    EXPECT_TRUE(TRY(view.read(org_a, {1}, 10)).records.empty());
    return Append();
  });
  EXPECT_TRUE(done);
}

TEST_P(StoreContract, StoresAllOrNothing) {
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "kept")}});
  const auto before = records(org_a);
  const Head head_before = head(org_a);
  // An Error of prepare() is append()'s; what is empty writes nothing.
  const auto refused = log().append(std::span(&org_a, 1), [&](AppendView&) -> Result<Append> {
    return make_error(Code::conflict, "not now");
  });
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_EQ(refused.error().detail, "not now");
  EXPECT_TRUE(log().append(std::vector{org_a, org_b},
                           [](AppendView&) -> Result<Append> { return Append(); }));
  // A campaign of a rule that is not there fails after all else was written.
  Campaign campaign;
  campaign.number = {1};
  campaign.id = "campaign";
  campaign.rules = {{9}};
  LogGroup group{
      .org = org_a,
      .entities = {{.number = {5}, .reference = "service:default/five"}},
      .outcomes = {make_outcome(1, 5, "lost")},
      .changes = {Changed<CatalogCampaign>{
          .before = {}, .after = CatalogCampaign{.campaign = campaign, .rule_ids = {}}}}};
  EXPECT_FALSE(append_group(log(), group, {make_request(1, org_a)}));
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(records(org_a), before);
    EXPECT_EQ(head(org_a), head_before);
    EXPECT_EQ(head(org_b).last, RowId{});
    EXPECT_EQ(find_request(org_a, 1), std::nullopt);
    EXPECT_TRUE(catalog().find_entities(org_a, {.include_discovered = true})->empty());
    EXPECT_TRUE(catalog().list_audit(org_a, {})->empty());
    reopen();
  }
  group.changes.clear();  // and the same positions and numbers are good in the next one
  append(group, {make_request(1, org_a)});
  EXPECT_EQ(head(org_a).last, RowId{2});
  EXPECT_EQ(rows(org_a, {{2}}).at(0).remarks, "lost");
}

TEST_P(StoreContract, ReadsRowsInTheOrderAsked) {
  const std::string long_remarks(16'384, 'r');
  LogGroup group{.org = org_a, .at = contract_time(1)};
  group.outcomes = {make_outcome(1, 1, "first"), make_outcome(1, 2, ""),
                    make_outcome(2, 1, long_remarks)};
  append(group);
  group = {.org = org_a, .at = contract_time(2)};
  const std::string text = "' \" \\ \n \x01 \xc3\xa9 \xf0\x9f\x92\xa9 %s ?1";
  for (std::uint32_t n = 1; n <= 200; ++n) {
    group.outcomes.push_back(make_outcome(3, n, n % 5 < 3 ? std::string_view(text) : ""));
  }
  append(group);
  const auto row = [&](std::uint64_t position, std::uint32_t rule, std::int64_t second,
                       std::uint32_t entity, const std::string& remarks) {
    return OutcomeRow{.id = {position},
                      .rule = {rule},
                      .entity = {entity},
                      .at = contract_time(second),
                      .first_reported = time_of_seconds(seconds_of(contract_time(entity))),
                      .remarks = remarks};
  };
  EXPECT_EQ(rows(org_a, {{3}, {1}, {2}, {1}}),
            (std::vector{row(3, 2, 1, 1, long_remarks), row(1, 1, 1, 1, "first"),
                         row(2, 1, 1, 2, ""), row(1, 1, 1, 1, "first")}));
  static_assert(record_changes_max == 128);  // the first record ends at 131
  EXPECT_EQ(rows(org_a, {{203}, {4}, {131}, {132}, {139}}),
            (std::vector{row(203, 3, 2, 200, text), row(4, 3, 2, 1, text), row(131, 3, 2, 128, ""),
                         row(132, 3, 2, 129, ""), row(139, 3, 2, 136, text)}));
  EXPECT_TRUE(rows(org_a, {}).empty());
  std::vector<RowId> many;
  for (std::uint64_t n = 0; n < 2'000; ++n) many.push_back({1 + n * 7 % 203});
  const auto read = rows(org_a, many);
  ASSERT_EQ(read.size(), many.size());
  for (std::size_t n = 0; n < many.size(); ++n) ASSERT_EQ(read[n].id, many[n]);
}

TEST_P(StoreContract, RefusesRowsThatAreNotThereOrOfAnotherOrg) {
  append({.org = org_a, .outcomes = {make_outcome(1, 1, "a")}});
  append({.org = org_b, .outcomes = {make_outcome(1, 1, "b"), make_outcome(1, 2, "c")}});
  change(org_a, {Changed<Kind>{.before = {}, .after = Kind()}});
  for (const std::uint64_t position : {std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{0}}) {
    const auto read = log().rows(org_a, std::vector{RowId{1}, RowId{position}});
    ASSERT_FALSE(read) << position;
    EXPECT_EQ(read.error().code, Code::internal);
  }
  EXPECT_EQ(rows(org_b, {{2}}).at(0).remarks, "c");
}

TEST_P(StoreContract, FindsARequestOfTheSameOrgOnly) {
  const std::vector requests{make_request(3, org_a), make_request(4, org_b)};
  const std::vector orgs{org_a, org_b};
  // Requests that change nothing move no head.
  ASSERT_TRUE(log().append(orgs, [&](AppendView&) -> Result<Append> {
    Append append;
    append.requests = requests;
    return append;
  }));
  EXPECT_EQ(find_request(org_a, 3), requests[0]);
  EXPECT_EQ(find_request(org_b, 4), requests[1]);
  EXPECT_EQ(find_request(org_b, 3), std::nullopt);
  EXPECT_EQ(find_request(org_a, 5), std::nullopt);
  EXPECT_EQ(head(org_a).last, RowId{});
}

TEST_P(StoreContract, ReservesRequestNumbersOnce) {
  const auto first = log().reserve_requests(100);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_GE(first->number, 1U);
  const auto second = log().reserve_requests(1);
  EXPECT_GE(second->number, first->number + 100);
  reopen();
  EXPECT_GE(log().reserve_requests(5)->number, second->number + 1);
}

TEST_P(StoreContract, ForgetsOldRequestsSomeAtATime) {
  ASSERT_TRUE(log().reserve_requests(20));
  std::vector<AcceptedRequest> requests;
  for (std::uint64_t n = 1; n <= 10; ++n) requests.push_back(make_request(n, org_a));
  ASSERT_TRUE(log().append(std::span(&org_a, 1), [&](AppendView&) -> Result<Append> {
    Append append;
    append.requests = requests;
    return append;
  }));
  const Time before = contract_time(7);
  EXPECT_EQ(*log().forget_requests(before, 4), 4U);
  EXPECT_EQ(find_request(org_a, 4), std::nullopt);
  EXPECT_EQ(find_request(org_a, 5), requests[4]);
  EXPECT_EQ(*log().forget_requests(before, 4), 2U);
  EXPECT_EQ(*log().forget_requests(before, 4), 0U);
  EXPECT_EQ(find_request(org_a, 7), requests[6]);
  EXPECT_EQ(*log().forget_requests(contract_time(1'000), 100), 4U);
}

// A clock that was ahead leaves rows that are not old for long.
TEST_P(StoreContract, ForgetsOldRequestsBehindOthersOfTheFuture) {
  constexpr std::uint64_t ahead = 5'000;
  ASSERT_TRUE(log().reserve_requests(ahead + 20));
  std::vector<AcceptedRequest> requests;
  for (std::uint64_t n = 1; n <= ahead + 10; ++n) {
    requests.push_back(make_request(n, org_a));
    if (n <= ahead) requests.back().accepted_at = contract_time(1'000'000);
  }
  ASSERT_TRUE(log().append(std::span(&org_a, 1), [&](AppendView&) -> Result<Append> {
    Append append;
    append.requests = requests;
    return append;
  }));
  const Time before = contract_time(ahead + 8);
  std::uint64_t forgotten = 0;
  for (int round = 0; round < 10; ++round) forgotten += *log().forget_requests(before, 4);
  EXPECT_EQ(forgotten, 7U);
  EXPECT_EQ(find_request(org_a, 1), requests[0]);
  EXPECT_EQ(find_request(org_a, ahead), requests[ahead - 1]);
  EXPECT_EQ(find_request(org_a, ahead + 7), std::nullopt);
  EXPECT_EQ(find_request(org_a, ahead + 8), requests[ahead + 7]);
  // Once more from the first on.
  for (int round = 0; round < 60 && forgotten < ahead + 10; ++round) {
    forgotten += *log().forget_requests(contract_time(2'000'000), 100);
  }
  EXPECT_EQ(forgotten, ahead + 10);
}

TEST_P(StoreContract, KeepsLastReportsByBlock) {
  std::vector<std::uint32_t> times(reported_block_size);
  times[0] = 1'790'000'000;
  times[1'023] = 1'790'000'001;
  std::vector blocks{ReportedBlock{.org = org_a, .rule = {1}, .block = 0, .last_reported = times},
                     ReportedBlock{.org = org_b, .rule = {1}, .block = 9, .last_reported = times}};
  ASSERT_TRUE(log().save_reported(blocks));
  blocks[0].last_reported[5] = 1'790'000'099;
  ASSERT_TRUE(log().save_reported(std::span(blocks).first(1)));
  reopen();
  const Reported expected{{{org_a, {1}, 0}, blocks[0].last_reported}, {{org_b, {1}, 9}, times}};
  EXPECT_EQ(new_reports(), expected);
  log().forget_reports_seen();
  EXPECT_EQ(new_reports(), expected);
}

TEST_P(StoreContract, LoadsManyReports) {
  std::vector<ReportedBlock> blocks;
  for (std::uint32_t n = 0; n < 2'500; ++n) {
    blocks.push_back({.org = {1 + n % 3},
                      .rule = {1 + n % 7},
                      .block = n,
                      .last_reported = std::vector<std::uint32_t>(reported_block_size, n)});
  }
  ASSERT_TRUE(log().save_reported(blocks));
  reopen();
  const auto loaded = new_reports();
  EXPECT_EQ(loaded.size(), blocks.size());
  for (const ReportedBlock& block : blocks) {
    ASSERT_EQ(loaded.at({block.org, block.rule, block.block}), block.last_reported);
  }
}

// Another process, the command line, writes into the same logs.
TEST_P(StoreContract, AppendsBesideTheCommandLine) {
  const auto org = keys().create_org("acme", contract_time(1));
  ASSERT_TRUE(org) << org.error().detail;
  std::thread commands([&] {
    for (std::uint8_t n = 1; n <= 30; ++n) {
      Key key;
      key.org = org->id;
      key.name = std::to_string(n);
      key.hash.fill(std::byte{n});
      const auto made = keys().create_key(key);
      EXPECT_TRUE(made) << made.error().detail;
    }
  });
  for (std::uint32_t n = 1; n <= 100; ++n) {
    append({.org = org->id, .outcomes = {make_outcome(1, n, "x"), make_outcome(2, n, "y")}});
  }
  commands.join();
  const auto all = records(org->id);
  EXPECT_EQ(all.size(), 131U);
  Head replayed;
  replayed.org = org->id;
  for (const LogRecord& record : all) {
    EXPECT_EQ(record.position.number, replayed.last.number + 1);
    EXPECT_GT(record.at, replayed.last_at);
    EXPECT_EQ(record.chain, chain_after(replayed.chain, record));
    replayed = {org->id, record.last(), record.at, record.chain, {}};
  }
  EXPECT_EQ(head(org->id), replayed);
  EXPECT_EQ(catalog().load_keys()->keys.size(), 30U);
}

}  // namespace scorekeeper::store
