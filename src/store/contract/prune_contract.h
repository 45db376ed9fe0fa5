// The contract of every store for pruning a log: a suite that each store's test file instantiates.
// Included by test files only, after log_contract.h's suite.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "store/contract/audit_contract.h"
#include "store/contract/prune_history.h"

namespace scorekeeper::store {

class PruneContract : public StoreContract {
 protected:
  // Piece by piece; `between` is called after each one but the last.
  Pruned prune(PruneWork work, const std::function<void()>& between = {}) {
    Pruned all;
    for (std::optional<PruneWork> next = std::move(work); next;) {
      const auto piece = log().prune(*next);
      EXPECT_TRUE(piece) << piece.error().detail;
      if (!piece) break;
      all.outcomes += piece->outcomes;
      all.catalog += piece->catalog;
      all.records += piece->records;
      all.floors = piece->floors;
      next = piece->next;
      if (next && between) between();
    }
    return all;
  }
  std::function<Log&()> current() {
    return [this]() -> Log& { return log(); };
  }
  // All that says what holds now.
  std::vector<std::string> state() {
    std::vector<std::string> lines;
    for (const char* const sql :
         {"SELECT number, id, name, removed, position FROM scorecard ORDER BY 1",
          "SELECT number, id, name, removed, position FROM rule ORDER BY 1",
          "SELECT name, description, position FROM kind ORDER BY 1",
          "SELECT number, name, discovered_at, live, position FROM entity ORDER BY 1",
          "SELECT number, description, schema, position FROM entity_definition ORDER BY 1",
          "SELECT org, position, at, chain FROM log_head ORDER BY 1",
          "SELECT row, rule_id, entity, state, remarks, at, previous FROM outcome"
          " ORDER BY rule_id, entity"}) {
      for (std::string& line : store->query(sql)) lines.push_back(std::move(line));
    }
    std::ranges::sort(lines);
    return lines;
  }
  std::string number(const std::string& sql) { return store->query(sql).at(0); }

  Time highest{};
};

TEST_P(PruneContract, TakesAwayWhatWasSuperseded) {
  PruneHistory history(current());
  history.begin();  // 1 to 6
  const auto report = [&](State state, std::optional<State> before, std::uint64_t previous) {
    ChangedOutcome outcome = make_outcome(1, 1, "so");
    outcome.state = state;
    outcome.before = before;
    outcome.previous = {previous};
    LogGroup group{.org = {}, .outcomes = {outcome}};
    if (!before) group.entities = {{.number = {1}, .reference = "service:default/e1"}};
    history.append(group);
  };
  report(State::pass, std::nullopt, 0);  // 7: names the entity
  report(State::fail, State::pass, 7);   // 8
  report(State::pass, State::fail, 8);   // 9
  report(State::skip, State::pass, 9);   // 10
  // The changes that were superseded by then go; the one that held then stays.
  Pruned pruned = prune(history.work(4));
  EXPECT_EQ(pruned.outcomes, 2U);
  EXPECT_EQ(pruned.records, 1U);  // the other one names the entity
  EXPECT_EQ(head(org_a).floor, RowId{9});
  EXPECT_EQ(places_in(records(org_a)), (std::set<std::uint64_t>{1, 2, 3, 4, 5, 6, 9, 10}));
  EXPECT_EQ(records(org_a).at(1).body,
            R"({"entities":[[1,"service:default/e1",0]],"remarks":[],"changes":[null]})");
  EXPECT_FALSE(log().rows(org_a, std::vector{RowId{7}}));
  EXPECT_FALSE(log().rows(org_a, std::vector{RowId{8}}));
  EXPECT_EQ(rows(org_a, {{9}}).at(0).remarks, "so");
  // The last group of all is the head's.
  pruned = prune(history.work(1'000));
  EXPECT_EQ(pruned.outcomes, 0U);
  EXPECT_EQ(head(org_a).floor, RowId{9});
  report(State::fail, State::skip, 10);  // 11
  reopen();
  EXPECT_EQ(prune({.org = org_a, .history_before = contract_time(1'000)}).outcomes, 1U);
  EXPECT_EQ(head(org_a).floor, RowId{10});
  EXPECT_EQ(store->faults(), "");
}

TEST_P(PruneContract, TakesAwayDeletedOutcomesAltogether) {
  PruneHistory history(current());
  history.begin();
  history.report(1);
  history.remove_entity();
  history.report(1);
  const auto before = state();
  prune(history.work(history.seconds()));
  EXPECT_EQ(state(), before);
  history.check(history.work(history.seconds()));
  EXPECT_EQ(number("SELECT count(*) FROM outcome_history WHERE state IS NULL"), "0");
  EXPECT_EQ(store->faults(), "");
}

TEST_P(PruneContract, DoesNothingWhereThereIsNothing) {
  EXPECT_EQ(prune({.org = org_a, .history_before = contract_time(1'000)}).floors, Floors());
  PruneHistory history(current());
  history.begin();
  for (int n = 0; n < 20; ++n) history.act();
  EXPECT_EQ(prune(history.work(0)).floors, Floors());
  EXPECT_EQ(records(org_a), history.full());
}

// Each piece of work is bounded where what goes is all over the log, too.
TEST_P(PruneContract, RewritesFewRecordsAtOnce) {
  constexpr std::uint32_t entities = 700;
  constexpr std::uint32_t together = 100;
  PruneHistory history(current());
  history.begin();  // 1 to 6
  std::vector<LogGroup> groups;
  for (std::uint32_t n = 1; n <= entities; ++n) {
    groups.push_back({.org = org_a, .outcomes = {make_outcome(1, n, "one record each")}});
  }
  for (std::uint32_t n = 1; n <= entities; ++n) {
    if (n % together == 1) groups.push_back({.org = org_a});
    ChangedOutcome outcome = make_outcome(1, n, "together");
    outcome.before = State::pass;
    outcome.previous = {6 + n};
    groups.back().outcomes.push_back(outcome);
  }
  ASSERT_TRUE(append_groups(log(), groups));
  history.append({.org = {}, .changes = {created(make_kind("api"))}});
  PruneWork work = history.work(100'000, {}, 10'000);
  std::vector<std::uint64_t> removed;
  for (std::optional<PruneWork> next = work; next;) {
    const auto piece = log().prune(*next);
    ASSERT_TRUE(piece) << piece.error().detail;
    if (piece->records > 0) removed.push_back(piece->records);
    next = piece->next;
  }
  EXPECT_EQ(removed, (std::vector<std::uint64_t>{300, 300, 100}));
  EXPECT_EQ(head(org_a).floor, RowId{6 + 2 * entities});
}

// Updates go; what creates or deletes a thing stays, and so does the newest change of each.
TEST_P(PruneContract, TakesAwayChangesOfTheCatalogWhenToldTo) {
  PruneHistory history(current());
  history.begin();  // 1 to 6: rule n is change 2 + n
  CatalogRule rule = make_rule(1, "first");
  for (const char* const name : {"second", "third", "fourth"}) {  // 7, 8, 9
    CatalogRule after = rule;
    after.rule.name = name;
    history.append({.org = {}, .changes = {updated(rule, after)}});
    rule = after;
  }
  history.append({.org = {}, .changes = {deleted(make_kind("service"))}});  // 10
  history.append({.org = {}, .changes = {created(make_kind("api"))}});      // 11
  const auto before = state();
  EXPECT_EQ(prune(history.work(100)).catalog, 0U);
  EXPECT_EQ(numbers_of(catalog().list_audit(org_a, {})),
            (Numbers{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}));
  const Pruned pruned = prune(history.work(100, 100));
  EXPECT_EQ(pruned.catalog, 2U);
  EXPECT_EQ(pruned.records, 2U);
  EXPECT_EQ(pruned.floors.audit, RowId{10});
  EXPECT_EQ(numbers_of(catalog().list_audit(org_a, {})), (Numbers{11, 10, 9, 6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(number("SELECT count(*) FROM audit"), "9");
  EXPECT_EQ(number("SELECT count(*) FROM log_catalog"), "9");
  EXPECT_EQ(state(), before);
  EXPECT_EQ(store->faults(), "");
}

// After any history, up to any moment, in pieces, with appends between them.
TEST_P(PruneContract, LeavesTheStateOfEveryMomentBehindTheFloor) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    PruneHistory history(current(), {static_cast<std::uint32_t>(seed)}, seed);
    history.begin();
    std::optional<Time> audit_before;
    for (int round = 0; round < 3; ++round) {
      for (int n = 0; n < 20; ++n) history.act();
      const auto second = static_cast<std::int64_t>(
          1 + history.below(static_cast<std::uint64_t>(history.seconds() + 2)));
      std::optional<std::int64_t> audit_second;
      if (seed % 2 == 0) audit_second = std::max<std::int64_t>(0, second - 5);
      const PruneWork work = history.work(second, audit_second, 1 + history.below(200));
      PruneWork dry = work;
      dry.dry_run = true;
      const auto untouched = records(history.org());
      const Pruned counted = prune(dry);
      ASSERT_EQ(records(history.org()), untouched);
      const auto before = state();
      const Pruned pruned = prune(work);
      ASSERT_EQ(state(), before);
      EXPECT_EQ(std::pair(pruned.outcomes, pruned.catalog),
                std::pair(counted.outcomes, counted.catalog));
      highest = std::max(highest, work.history_before);
      if (work.audit_before)
        audit_before = std::max(audit_before.value_or(Time()), *work.audit_before);
      PruneWork done = work;
      done.history_before = highest;
      if (audit_before) done.audit_before = audit_before;
      history.check(done);
      const auto once = records(history.org());
      EXPECT_EQ(prune(work).outcomes, 0U);  // again
      EXPECT_EQ(records(history.org()), once);
      EXPECT_EQ(store->faults(), "");
      reopen();
    }
    highest = {};
  }
}

// A clock that is wrong, at once or for long, takes away a quarter of what is kept at most.
TEST_P(PruneContract, KeepsWhatAWrongClockCallsOld) {
  using std::chrono::seconds;
  constexpr seconds year = std::chrono::days(365);
  const Keep keep{.history = seconds(40), .audit = seconds(60)};
  PruneHistory history(current());
  history.begin();
  for (int n = 0; n < 100; ++n) history.act();
  const auto prune_at = [&](Time now) {
    PruneWork work = *prune_work(org_a, keep, now);
    work.changes_max = 50;
    return prune(work);
  };
  const std::int64_t last = history.seconds();
  const auto check = [&](std::int64_t ago, std::int64_t audit_ago) {
    history.check(history.work(last - ago, last - audit_ago));
  };
  EXPECT_EQ(prune_at(contract_time(last) - year).outcomes, 0U);
  EXPECT_EQ(head(org_a).floor, RowId{});
  EXPECT_GT(prune_at(contract_time(last)).outcomes, 0U);
  check(40, 60);
  prune_at(contract_time(last) + year);
  check(30, 45);
  prune_at(contract_time(last) + 2 * year);
  check(30, 45);
  // Records that were written by that clock do not help it.
  history.wait(year);
  for (int n = 0; n < 5; ++n) history.report(20);
  prune_at(contract_time(history.seconds()));
  check(26, 41);
  EXPECT_EQ(store->faults(), "");
  // One that is believed.
  const Time now = contract_time(history.seconds());
  prune({.org = org_a, .history_before = now - keep.history});
  history.check(history.work(history.seconds() - 40, last - 41));
}

// Retention below does not hinder what is appended meanwhile.
TEST_P(PruneContract, GoesOnBetweenAppends) {
  PruneHistory history(current());
  history.begin();
  for (int n = 0; n < 40; ++n) history.report(60);
  const PruneWork work = history.work(history.seconds() - 10, 5, 50);
  int pieces = 0;
  prune(work, [&] {
    if (++pieces % 4 == 0) history.act();
  });
  EXPECT_GT(pieces, 10);
  history.check(work);
  EXPECT_EQ(store->faults(), "");
}

TEST(PruneWork, FollowsFromWhatIsKept) {
  using std::chrono::hours;
  const Time now = contract_time(100'000'000);
  const auto work = prune_work(org_a, {.history = hours(48), .audit = hours(72)}, now);
  ASSERT_TRUE(work);
  EXPECT_EQ(work->history_before, now - hours(48));
  EXPECT_EQ(work->audit_before, now - hours(72));
  EXPECT_EQ(prune_work(org_a, {.history = hours(48)}, now)->audit_before, std::nullopt);
  EXPECT_EQ(prune_work(org_a, {.audit = hours(48)}, now).error().code, Code::invalid);
  EXPECT_EQ(prune_work(org_a, {.history = hours(48), .audit = hours(47)}, now).error().code,
            Code::invalid);
}

}  // namespace scorekeeper::store
