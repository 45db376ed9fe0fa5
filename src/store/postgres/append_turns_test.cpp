#include "store/postgres/append_turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "store/postgres/proxy_fixture.h"
#include "store/postgres/store_fixture.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr OrgId org{1};
constexpr OrgId other{2};

std::vector<LogRecord> log_of(PgConnection& connection, OrgId of = org) {
  auto page = read_log(connection, of, {}, 10'000);
  EXPECT_TRUE(page) << page.error().detail;
  return page ? page->records : std::vector<LogRecord>();
}

AcceptedRequest request(std::uint64_t number, RowId position) {
  return {.number = {number},
          .org = org,
          .actor = {.type = AuditActorType::subject, .id = "ann"},
          .accepted_at = time_of_seconds(5),
          .total_received = 3,
          .total_changed = 0,
          .position = position};
}

TEST(AppendTurns, AppendWhereTheHeadEnds) {
  TestStore store;
  ASSERT_TRUE(append_outcome(store.turns, org, "one"));
  ASSERT_TRUE(append_outcome(store.turns, other, "elsewhere"));
  ASSERT_TRUE(append_outcome(store.turns, org, "two"));
  const auto records = log_of(store.connection);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].position, RowId{2});
  EXPECT_EQ(records[1].chain, chain_after(records[0].chain, records[1]));
  const auto heads = store.turns.heads();
  ASSERT_TRUE(heads) << heads.error().detail;
  ASSERT_EQ(heads->heads.size(), 2U);
  EXPECT_EQ(heads->heads[0], (Head{.org = org,
                                   .last = {2},
                                   .last_at = records[1].at,
                                   .chain = records[1].chain,
                                   .floor = {}}));
  EXPECT_EQ(heads->heads[1].org, other);
}

TEST(AppendTurns, GoOnBehindADamagedBlockOfReports) {
  TestStore store;
  std::vector<ReportedBlock> blocks{{.org = org, .rule = {1}, .block = 0, .last_reported = {}},
                                    {.org = org, .rule = {1}, .block = 1, .last_reported = {}}};
  for (auto& block : blocks) block.last_reported.assign(reported_block_size, 1'790'000'000);
  ASSERT_TRUE(store.turns.save_reported(blocks));
  ASSERT_TRUE(store.connection.execute("UPDATE last_reported SET times = '\\x00' WHERE block = 1"));
  const auto backend = [&] {
    return (*store.turns.connection())->query("SELECT pg_backend_pid()")->integer(0, 0);
  };
  const auto before = backend();
  EXPECT_EQ(store.turns.save_reported(blocks).error().code, Code::internal);
  EXPECT_EQ(backend(), before);
  blocks.pop_back();
  const auto saved = store.turns.save_reported(blocks);
  EXPECT_TRUE(saved) << saved.error().detail;
}

TEST(AppendTurns, GiveTheHeadsInTheOrderOfTheCaller) {
  TestStore store;
  ASSERT_TRUE(append_outcome(store.turns, other, "x"));
  const std::vector orgs{other, org};
  std::vector<Head> seen;
  ASSERT_TRUE(store.turns.append(orgs, [&](AppendView& view) -> Result<Append> {
    seen.assign(view.heads().begin(), view.heads().end());
    Append append;
    for (Head& head : seen) {
      append.records.push_back(next_record(head, RecordKind::outcomes, outcomes_body("x")));
    }
    return append;
  }));
  EXPECT_EQ(seen[0].last, RowId{2});
  EXPECT_EQ(seen[1].last, RowId{1});
  EXPECT_EQ(log_of(store.connection, other).size(), 2U);
  EXPECT_EQ(log_of(store.connection, org).size(), 1U);
}

TEST(AppendTurns, WriteNothingWhenThereIsNothingOrAnError) {
  TestStore store;
  ASSERT_TRUE(store.turns.append(std::span(&org, 1),
                                 [](AppendView&) -> Result<Append> { return Append(); }));
  const auto refused = store.turns.append(
      std::span(&org, 1), [](AppendView&) -> Result<Append> { return invalid("no"); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_TRUE(store.turns.heads()->heads.empty());
  EXPECT_TRUE(append_outcome(store.turns, org, "x"));
}

TEST(AppendTurns, KeepNothingOfAnAppendThatFails) {
  TestStore store;
  Append both;
  both.requests = {request(1, {}), request(1, {})};
  const auto append = [&](AppendView& view) -> Result<Append> {
    Head head = view.heads().front();
    both.records = {next_record(head, RecordKind::outcomes, outcomes_body("x"))};
    return both;
  };
  EXPECT_FALSE(store.turns.append(std::span(&org, 1), append));
  EXPECT_TRUE(log_of(store.connection).empty());
  EXPECT_TRUE(store.turns.heads()->heads.empty());
  both.requests.pop_back();
  EXPECT_TRUE(store.turns.append(std::span(&org, 1), append));
  EXPECT_EQ(*find_request(store.connection, org, {1}), request(1, {}));
}

TEST(AppendTurns, SeeInsideWhatOthersHaveWritten) {
  TestStore store;
  AppendTurns server({.address = store.database.address()});
  ASSERT_TRUE(append_outcome(server, org, "first"));
  std::string seen;
  ASSERT_TRUE(store.turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    const LogPage page = *view.read(org, {}, 10);
    for (const LogRecord& record : page.records) seen += record.body;
    Head head = view.heads().front();
    Append append;
    append.records.push_back(next_record(head, RecordKind::outcomes, outcomes_body("second")));
    return append;
  }));
  EXPECT_EQ(seen, outcomes_body("first"));
}

// Each reads what the other has written before it writes: nothing is lost, nothing is written
// twice.
TEST(AppendTurns, OfTwoServersFollowEachOther) {
  TestStore store;
  constexpr int each = 60;
  std::vector<std::thread> servers;
  servers.reserve(2);
  std::vector<int> done(2);
  for (std::size_t server = 0; server < 2; ++server) {
    servers.emplace_back([&, server] {
      AppendTurns turns({.address = store.database.address()});
      RowId folded;
      for (int n = 0; n < each; ++n) {
        const auto appended =
            turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
              Head head = view.heads().front();
              const LogPage tail = TRY(view.read(org, folded, 1'000));
              if (!tail.records.empty()) folded = tail.records.back().last();
              if (folded != head.last) return make_error(Code::internal, "not at the head");
              Append append;
              append.records.push_back(
                  next_record(head, RecordKind::outcomes, outcomes_body(std::to_string(server))));
              folded = head.last;
              return append;
            });
        done[server] += appended ? 1 : 0;
      }
    });
  }
  for (auto& server : servers) server.join();
  EXPECT_EQ(done, std::vector(2, each));
  const auto records = log_of(store.connection);
  ASSERT_EQ(records.size(), 2U * each);
  Chain chain{};
  for (const LogRecord& record : records) {
    EXPECT_EQ(record.chain, chain_after(chain, record));
    chain = record.chain;
  }
}

TEST(AppendTurns, BeginAgainOnAConnectionThatBrokeBefore) {
  TestStore store;
  ASSERT_TRUE(append_outcome(store.turns, org, "one"));
  ASSERT_TRUE(
      store.connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                               " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  EXPECT_TRUE(append_outcome(store.turns, org, "two"));
  EXPECT_EQ(log_of(store.connection).size(), 2U);
}

TEST(AppendTurns, EndWhenTheirConnectionBreaks) {
  TestStore store;
  const auto appended =
      store.turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
        EXPECT_TRUE(store.connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
        Head head = view.heads().front();
        Append append;
        append.records.push_back(next_record(head, RecordKind::outcomes, outcomes_body("x")));
        return append;
      });
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::unavailable);
  EXPECT_TRUE(log_of(store.connection).empty());
  EXPECT_TRUE(append_outcome(store.turns, org, "x"));
}

TEST(AppendTurns, EndBeforeTheyCompareWhenTheHistoryMayBeAnotherOne) {
  TestStore store;
  ASSERT_TRUE(append_outcome(store.turns, org, "one"));
  const std::uint64_t before = store.turns.heads()->generation;
  ASSERT_TRUE(store.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'"));
  ASSERT_TRUE(
      store.connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                               " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  bool compared = false;
  const auto appended = store.turns.append(std::span(&org, 1), [&](AppendView&) -> Result<Append> {
    compared = true;
    return Append();
  });
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::unavailable);
  EXPECT_FALSE(compared);
  EXPECT_NE(store.turns.heads()->generation, before);
  EXPECT_TRUE(append_outcome(store.turns, org, "two"));
}

// --- a COMMIT in doubt

class TurnsInDoubt : public testing::Test {
 protected:
  Result<void> append() { return append_outcome(turns, org, "x"); }
  Result<Append> append_request(std::uint64_t number) {
    return turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
      Append append;
      append.requests.push_back(request(number, view.heads().front().last));
      return append;
    });
  }

  TestStore store;
  CuttingProxy proxy{postgres_server().folder()};
  int doubts = 0;
  AppendTurns turns{{.address = store.database.address_through(proxy.folder())},
                    [this] { ++doubts; }};
};

TEST_F(TurnsInDoubt, AreFoundWhereTheAnswerIsLost) {
  ASSERT_TRUE(append());
  proxy.cut(Cut::before_the_answer);
  const auto appended = append();
  EXPECT_TRUE(appended) << appended.error().detail;
  EXPECT_TRUE(proxy.has_cut());
  EXPECT_EQ(doubts, 1);
  EXPECT_EQ(log_of(store.connection).size(), 2U);
  EXPECT_TRUE(append());
}

TEST_F(TurnsInDoubt, AreNotFoundWhereTheCommitIsLost) {
  ASSERT_TRUE(append());
  proxy.cut(Cut::before_it_arrives);
  const auto appended = append();
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::unavailable);
  EXPECT_EQ(doubts, 1);
  EXPECT_EQ(log_of(store.connection).size(), 1U);
  EXPECT_TRUE(append());
}

// A record that another server has put at that position meanwhile has another chain.
TEST_F(TurnsInDoubt, AreNotTakenForAnotherServers) {
  ASSERT_TRUE(append());
  proxy.cut(Cut::before_it_arrives, [&] {
    // The server sees the end of the connection, and its lock goes with it, once this returns; the
    // record is there before the look all the same, since the log's rows need no lock.
    PgConnection connection = store.database.connect();
    ASSERT_TRUE(connection.execute(
        "INSERT INTO log SELECT 2, at, request, org, count, kind, group_end, actor_type, actor,"
        " request_id, decode(repeat('ab', 16), 'hex'), body FROM log"));
  });
  EXPECT_FALSE(append());
  EXPECT_EQ(log_of(store.connection).size(), 2U);
}

TEST_F(TurnsInDoubt, OfRequestsAloneAreFoundByTheirRow) {
  ASSERT_TRUE(append());
  proxy.cut(Cut::before_the_answer);
  EXPECT_TRUE(append_request(4));
  proxy.cut(Cut::before_it_arrives);
  EXPECT_FALSE(append_request(5));
  EXPECT_EQ(doubts, 2);
  EXPECT_TRUE(*find_request(store.connection, org, {4}));
  EXPECT_FALSE(*find_request(store.connection, org, {5}));
}

// The number was given again by a database that had lost the reservation.
TEST_F(TurnsInDoubt, OfRequestsAreNotTakenForSomebodyElses) {
  ASSERT_TRUE(append());
  proxy.cut(Cut::before_it_arrives, [&] {
    PgConnection connection = store.database.connect();
    ASSERT_TRUE(connection.execute(
        "INSERT INTO request VALUES (1, 4, 'subject', 'ann', 5000001, 3, 0, 1)"));
  });
  EXPECT_FALSE(append_request(4));
}

// Where the chain is found the history is the one that was compared with, up to the record.
TEST_F(TurnsInDoubt, AreFoundInAnotherHistoryThatGoesOnFromThisOne) {
  ASSERT_TRUE(append());
  ASSERT_TRUE(turns.heads());
  proxy.cut(Cut::before_the_answer, [&] {
    PgConnection connection = store.database.connect();
    ASSERT_TRUE(connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'"));
  });
  EXPECT_TRUE(append());
  EXPECT_FALSE(append());  // until the heads have told of the other generation
  EXPECT_TRUE(turns.heads());
  EXPECT_TRUE(append());
}

}  // namespace
}  // namespace scorekeeper::store::postgres
