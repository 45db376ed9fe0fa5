// A random history of one or two servers on a store (batches, rules, scopes, definitions,
// deletions, revivals, groups that fail, restarts, changes of the command line), and what must hold
// after it: the matrix shows what a plain model expects, what a replay of the log shows, and what
// the store's own tables and lists say; an undo walk down the log comes by every state that was
// recorded on the way. Any store: a Site has one, and its ways to fail. Included by test files
// only.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "domain/rule.h"
#include "intake/failing_log.h"
#include "intake/history_model.h"
#include "intake/intake_fixture.h"
#include "intake/kept_changes.h"

namespace scorekeeper::intake {

// What a Site has: `servers`; log(n) and catalog(n) of server n, reopen(n) as a new process does,
// and is_dead(n) where that must be; log() and catalog() of the test's own thread; remarks that it
// refuses, if any; `faults`, their names, fail(n, fault) and repair(n); make_key(now), as the
// command line does; and check(ViewCounts), which says what is wrong.
template <class Site>
class History {
 public:
  History(unsigned seed, Counts& counts) : random_(seed), counts_(counts) {
    for (std::size_t n = 0; n < halves_.size(); ++n) start(n);
  }

  void step() {
    advance_clocks(std::chrono::milliseconds(number(3'000)));
    read_log();
    const auto what = number(100);
    if (what < 8 || rules_.empty()) {
      create_rule();
    } else if (what < 11) {
      remove_rule();
    } else if (what < 16) {
      update_rule();
    } else if (what < 24) {
      define();
    } else if (what < 29) {
      remove_entity();
    } else if (what < 31) {
      change_kinds();
    } else if (what < 33) {
      restart(number(halves_.size()));
    } else if (what < 35) {
      make_key();
    } else if (what < 38) {
      submit_unknown();
    } else if (what < 46) {
      fail();
    } else if (what < 49) {
      fail_tail();
    } else {
      submit();
    }
    read_log();
    recorded_.emplace(last_, cells_);
  }

  void check() {
    read_log();
    for (auto& half : halves_) {
      wait_until_shown(*half, last_);
      ASSERT_EQ(known(*half), expected_);
      compare_cells(half->matrix());
    }
    const auto shown = shown_by(halves_.back()->server);
    restart(0);  // a replay from nothing
    for (auto& half : halves_) ASSERT_EQ(shown_by(half->server), shown);
    ASSERT_EQ(known(*halves_[0]), expected_);
    check_store();
  }

  // State at a position = state now minus the changes after it, the newest first.
  void undo() {
    Cells now = cells_;
    for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
      const auto place = recorded_.find(record->last());
      if (place != recorded_.end()) {
        ASSERT_EQ(now, place->second) << record->last().number;
        ++counts_["states that an undo walk came by"];
      }
      auto changes = changes_of(*record);
      for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        undo_change(*change, now);
      }
    }
    ASSERT_TRUE(now.empty());
  }

 private:
  // One server.
  struct Half {
    Half(Site& site, std::size_t n) : log(site.log(n)), server(log, site.catalog(n)) {}

    matrix::OrgMatrix& matrix() { return server.matrix->org(org); }

    FailingLog log;
    Server server;
  };
  static constexpr OrgId org{1};

  void start(std::size_t n) { halves_[n] = std::make_unique<Half>(site_, n); }
  // A new process.
  void restart(std::size_t n) {
    const Time now = halves_[n]->server.clock.now();
    halves_[n].reset();
    site_.reopen(n);
    start(n);
    halves_[n]->server.clock.advance(now - halves_[n]->server.clock.now());
    ++counts_["restarts"];
  }
  std::uint32_t number(std::size_t below) {
    return std::uniform_int_distribution<std::uint32_t>(
        0, static_cast<std::uint32_t>(below) - 1)(random_);
  }
  bool one_in(std::uint32_t n) { return number(n) == 0; }
  Server& any_server() {
    const std::size_t n = number(halves_.size());
    if (n > 0) ++counts_["calls of a second server"];
    return halves_[n]->server;
  }
  const std::string& any_rule() { return rules_[number(rules_.size())]; }
  std::string any_entity() { return fmt::format("service:default/{}", number(30)); }
  // Some are reported, some only defined.
  std::string any_definable() {
    return one_in(2) ? any_entity() : fmt::format("service:defined/{}", number(2));
  }
  TestResult any_result() {
    static const std::string remarks[] = {"", "fine", "see https://wiki", "ünïcode \n \"x\""};
    return {any_rule(), one_in(10) ? fmt::format("service:eu/{}", number(5'000)) : any_entity(),
            static_cast<State>(1 + number(3)), remarks[number(4)]};
  }
  RuleFields any_fields() {
    static constexpr const char* scopes[] = {"", "kind:service", "kind:service OR tier:gold",
                                             "NOT kind:queue"};
    return {.name = fmt::format("rule {}", number(9)),
            .scorecard_id = {},
            .scorecard_name = one_in(2) ? "Ops" : "Docs",
            .description = {},
            .owner = {},
            .scope_query = scopes[number(4)],
            .enabled = !one_in(5),
            .level = level_max};
  }
  void advance_clocks(std::chrono::microseconds by) {
    for (auto& half : halves_) half->server.clock.advance(by);
  }

  void create_rule() {
    const auto made = any_server().create_rule(any_fields());
    ASSERT_TRUE(made) << made.error().detail;
    rules_.push_back(made->rule.id);
    ++counts_["rules created"];
  }
  void update_rule() {
    const auto updated = any_server().update_rule(any_rule(), any_fields());
    // Another server may not show it yet: the change is decided on what all have written.
    ASSERT_TRUE(updated) << updated.error().detail;
    if (!updated->rule.scope_query.empty()) ++counts_["scopes"];
    ++counts_["rules updated"];
  }
  void remove_rule() {
    const auto removed = any_rule();
    ASSERT_TRUE(any_server().remove_rule(removed));
    std::erase(rules_, removed);
    std::erase_if(expected_, [&](const auto& one) { return one.first.first == removed; });
    ++counts_["rules deleted"];
  }
  void define() {
    std::vector<EntityDefinition> definitions(1 + number(3));
    std::set<std::string> references;
    for (auto& definition : definitions) {
      do {
        definition.reference = any_definable();
      } while (!references.insert(definition.reference).second);
      definition.api_version = "v3";
      definition.attributes.owner = one_in(2) ? "red" : "blue";
      definition.attributes.tier = one_in(2) ? "gold" : "";
      definition.schema = definition.raw = "{}";
      definition.ingestion_source = "api";
      if (deleted_.erase(definition.reference) > 0) ++counts_["revived by a definition"];
    }
    const auto made = any_server().define(definitions);
    ASSERT_TRUE(made) << made.error().detail;
    ++counts_["definitions"];
  }
  void remove_entity() {
    EntityTarget target{.number = {}, .reference = any_definable(), .given = "it"};
    target.definition_alone = one_in(2);
    const auto removed = any_server().change(bound(decide_remove_entity, target));
    if (!removed) {
      ASSERT_EQ(removed.error().code, Code::not_found);
      return;
    }
    const bool has_outcomes = std::ranges::any_of(
        expected_, [&](const auto& one) { return one.first.second == target.reference; });
    if (target.definition_alone) {
      ++counts_["definitions deleted"];
      if (has_outcomes) return;
    }
    const auto outcomes = std::erase_if(
        expected_, [&](const auto& one) { return one.first.second == target.reference; });
    deleted_.insert(target.reference);
    ++counts_[outcomes > 0 ? "entities deleted with outcomes" : "entities deleted"];
  }
  void change_kinds() {
    if (one_in(3)) {
      const auto removed = any_server().change(bound(decide_remove_kind, std::string("queue")));
      ASSERT_TRUE(removed || removed.error().code == Code::not_found);
      return;
    }
    const Kind kind{.name = one_in(2) ? "queue" : "topic",
                    .display_name = {},
                    .description = fmt::format("{}", number(5)),
                    .created_at = {},
                    .modified_at = {}};
    ASSERT_TRUE(any_server().change(bound(decide_upsert_kind, kind)));
    ++counts_["kinds put"];
  }
  void make_key() {
    site_.make_key(halves_[0]->server.clock.now());
    ++counts_["keys of the command line"];
  }
  void submit_unknown() {
    auto results = std::vector{any_result(), any_result()};
    results[1].rule_id = "unknown";
    EXPECT_FALSE(any_server().submit(results));
    ++counts_["unknown rules"];
  }
  // A group that the store does not take, or says that it did not, or takes in spite of it.
  void fail() {
    const std::size_t fault = number(site_.faults.size());
    const std::size_t n = number(halves_.size());
    std::vector<TestResult> results(1 + number(30));
    for (auto& result : results) result = any_result();
    results.push_back({any_rule(), fmt::format("service:new/{}", ++news_), State::pass, ""});
    const RowId before = last_;
    site_.fail(n, fault);
    const auto taken = halves_[n]->server.submit(results);
    site_.repair(n);
    if (site_.is_dead(n)) restart(n);
    read_log();
    const bool stored = last_ != before;
    ++counts_[fmt::format("{}: {}{}", site_.faults[fault], taken ? "answered, " : "",
                          stored ? "stored" : "not stored")];
    if (taken) {
      ASSERT_TRUE(stored);
      expect(results, *taken, last_at_);
    } else {
      ASSERT_EQ(taken.error().error.code, Code::unavailable);
    }
    // Until every server writes again. The next append begins with what it finds.
    for (auto& half : halves_) {
      const auto again = submit_until_taken(half->server, results);
      read_log();
      if (stored || half != halves_.front()) {
        EXPECT_EQ(again.request.total_changed, 0U);
      }
      expect(results, again, last_at_);
    }
  }
  Receipt submit_until_taken(Server& server, const std::vector<TestResult>& results) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      auto taken = server.submit(results);
      if (taken) return *std::move(taken);
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << taken.error().error.detail;
        return {};
      }
    }
  }
  // The other server is behind when it takes a batch, and cannot read all of the tail.
  void fail_tail() {
    if (halves_.size() < 2) return;
    const std::size_t behind = number(2);
    Half& half = *halves_[behind];
    half.log.held = true;
    Half& other = *halves_[1 - behind];
    std::vector<TestResult> results(1 + number(200));
    for (auto& result : results) result = any_result();
    const auto taken = other.server.submit(results);
    ASSERT_TRUE(taken);
    expect(results, *taken, taken->request.accepted_at);
    half.log.fail_tails(1, number(3));
    half.log.held = false;
    wait_until_shown(half, taken->request.position);
    counts_["tails failed"] += half.log.failures_left() == 0 ? 1 : 0;
    half.log.fail_tails(0, 0);
  }
  // Several batches at once, so that groups form; now and then one with what the store refuses,
  // which refuses others of its group too. Then one of them again, which must change nothing.
  void submit() {
    Server& server = any_server();
    std::vector<std::vector<TestResult>> batches(1 + number(4));
    std::vector<std::future<BatchResult>> futures;
    std::size_t refusals = 0;
    for (auto& batch : batches) {
      for (auto left = 1 + number(60); left > 0; --left) batch.push_back(any_result());
      const bool poisoned = !site_.refused_remarks.empty() && one_in(12);
      if (poisoned) batch[number(batch.size())].remarks = site_.refused_remarks;
      refusals += poisoned ? 1U : 0U;
      futures.push_back(server.send(batch));
    }
    bool accepted = false;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      const auto receipt = get(futures[b]);
      accepted = receipt.has_value();
      if (accepted) {
        expect(batches[b], *receipt, receipt->request.accepted_at);
        ++counts_["batches"];
      } else {
        ASSERT_GT(refusals, 0U) << receipt.error().error.detail;
        ++counts_["batches refused for their data"];
      }
    }
    if (!accepted) return;
    const auto again = any_server().submit(batches.back());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->request.total_changed, 0U);
  }
  // `at`: of the group that brought what is new.
  void expect(const std::vector<TestResult>& batch, const Receipt& receipt, Time at) {
    std::map<OutcomeKey, const TestResult*> last;
    for (const TestResult& result : batch) last[{result.rule_id, result.entity}] = &result;
    const bool is_new = receipt.request.total_changed > 0;
    std::uint32_t changed = 0;
    for (const auto& [key, result] : last) {
      const auto [place, added] =
          expected_.try_emplace(key, KnownOutcome{result->state, result->remarks, seconds_of(at)});
      KnownOutcome& known = place->second;
      const bool other = known.state != result->state || known.remarks != result->remarks;
      changed += added || other ? 1U : 0U;
      known.state = result->state;
      known.remarks = result->remarks;
      if (deleted_.erase(key.second) > 0) ++counts_["revived by outcomes"];
    }
    EXPECT_EQ(receipt.total_updated, last.size());
    EXPECT_EQ(receipt.request.total_received, batch.size());
    if (is_new) {
      EXPECT_EQ(receipt.request.total_changed, changed);
    }
  }

  // What a reader gets: cells from the matrix, remarks from the log.
  KnownOutcomes known(Half& half) {
    const auto page = half.server.outcomes();
    std::map<RuleNumber, std::string> ids;
    for (const auto& view : page.rules) ids[view.rule.number] = view.rule.id;
    std::vector<RowId> rows;
    for (const auto& outcome : page.outcomes) rows.push_back(outcome.cell.row);
    const auto found = site_.log().rows(org, rows);
    EXPECT_TRUE(found) << found.error().detail;
    KnownOutcomes outcomes;
    for (std::size_t i = 0; found && i < page.outcomes.size(); ++i) {
      const auto& outcome = page.outcomes[i];
      outcomes[{ids.at(outcome.rule), outcome.entity_reference}] = {
          outcome.cell.state, (*found)[i].remarks, outcome.cell.first_reported};
    }
    EXPECT_EQ(outcomes.size(), page.outcomes.size());
    return outcomes;
  }
  // What is new in the log, and the cells that it leads to.
  void read_log() {
    for (bool end = false; !end;) {
      const auto page = site_.log().read(org, last_, 1'000);
      ASSERT_TRUE(page) << page.error().detail;
      for (const store::LogRecord& record : page->records) {
        for (const KeptChange& change : changes_of(record)) {
          const std::pair key(change.rule, change.entity);
          if (change.state) {
            cells_[key] = {*change.state, change.position};
          } else {
            cells_.erase(key);
          }
        }
        records_.push_back(record);
        last_ = record.last();
        last_at_ = record.at;
      }
      end = page->end;
    }
  }
  // The store's own tables, views and lists.
  void check_store() {
    ViewCounts counts{.outcomes = expected_.size()};
    std::vector<AuditEvent> events;
    for (const store::LogRecord& record : records_) {
      counts.changes += changes_of(record).size();
      for (AuditEvent& event : events_of(record)) events.push_back(std::move(event));
    }
    counts.events = events.size();
    std::ranges::reverse(events);
    const auto listed = site_.catalog().list_audit(org, {.size = events.size() + 1});
    ASSERT_TRUE(listed) << listed.error().detail;
    ASSERT_EQ(listed->size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ((*listed)[i], events[i]) << i;
    ASSERT_EQ(site_.check(counts), "");
  }
  void compare_cells(matrix::OrgMatrix& matrix) {
    for (const auto& [place, cell] : cells_) {
      if (!matrix.is_live(place.first)) continue;
      const auto found = matrix.find_cell(place.first, place.second);
      ASSERT_TRUE(found);
      ASSERT_EQ(std::pair(found->state, found->row), cell);
    }
  }
  static void undo_change(const KeptChange& change, Cells& cells) {
    const std::pair key(change.rule, change.entity);
    const auto cell = cells.find(key);
    if (change.state) {
      ASSERT_NE(cell, cells.end());
      ASSERT_EQ(cell->second, std::pair(*change.state, change.position));
    } else {
      ASSERT_EQ(cell, cells.end());
    }
    if (change.before) {
      cells[key] = {*change.before, change.previous};
    } else {
      cells.erase(key);
    }
  }
  static void wait_until_shown(Half& half, RowId position) {
    std::promise<bool> shown;
    auto future = shown.get_future();
    half.server.intake->when_shown(org, position, nullptr, [&](bool is) { shown.set_value(is); });
    ASSERT_TRUE(get(future)) << position.number;
  }

  std::mt19937 random_;
  Counts& counts_;
  Site site_;
  std::array<std::unique_ptr<Half>, Site::servers> halves_;
  std::vector<std::string> rules_;
  std::set<std::string> deleted_;
  KnownOutcomes expected_;
  std::map<RowId, Cells> recorded_;
  // Of the log, as far as it was read.
  std::vector<store::LogRecord> records_;
  Cells cells_;
  RowId last_;
  Time last_at_{};
  int news_ = 0;
};

// Histories of that many steps; what must have happened in them, or there is a failure.
template <class Site>
void run_histories(unsigned seeds, int steps, std::span<const char* const> wanted) {
  Counts counts;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    History<Site> history(seed, counts);
    for (int i = 0; i < steps; ++i) {
      SCOPED_TRACE(i);
      ASSERT_NO_FATAL_FAILURE(history.step());
      if (i % 15 == 14) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
    ASSERT_NO_FATAL_FAILURE(history.undo());
  }
  for (const auto& [what, count] : counts) testing::Test::RecordProperty(what, count);
  static constexpr std::array everywhere{"rules created",
                                         "rules updated",
                                         "rules deleted",
                                         "scopes",
                                         "definitions",
                                         "definitions deleted",
                                         "entities deleted",
                                         "entities deleted with outcomes",
                                         "revived by a definition",
                                         "revived by outcomes",
                                         "kinds put",
                                         "restarts",
                                         "unknown rules",
                                         "batches",
                                         "keys of the command line",
                                         "states that an undo walk came by"};
  for (const char* what : everywhere) EXPECT_GT(counts[what], 0) << what;
  for (const char* what : wanted) EXPECT_GT(counts[what], 0) << what;
}

}  // namespace scorekeeper::intake
