// A random history of one or two servers on a store (batches, rules, scopes, scorecards, campaigns,
// definitions, deletions, revivals, groups that fail, restarts, kills, prunes, backups that are
// restored, changes of the command line), and what must hold after it: the matrix shows what a
// plain model expects, what a replay of the log and a start from a snapshot show, and what the
// store's own tables and lists say; of a log that was pruned the right changes are left; an undo
// walk (docs/formats/log.md#the-state-at-an-earlier-position) comes by every state that was
// recorded on the way. Any store: a Site has one, and its ways to fail. Included by test files
// only.
//
// All in one process: a kill leaves what it leaves without the clean stop, a failover is another
// history beside the servers. Processes that are killed are in tests/crash, databases that are
// failed over in tests/cluster.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "domain/rule.h"
#include "intake/history_servers_fixture.h"

namespace scorekeeper::intake {

// A Site has: `servers`; log(n) and catalog(n) of server n, reopen(n) as a new process does, and
// is_dead(n) where that must be; log() and catalog() of the test's own thread; remarks that it
// refuses, if any; `faults`, their names, fail(n, fault) and repair(n); make_key(now) and
// prune(work), as the command line does; crash(n, stop), which has what a kill of server n leaves,
// and calls stop; back_up() and restore(), beside the servers if `restores_beside_servers`; and
// check(ViewCounts), which finds faults.
template <class Site>
class History : private HistoryServers<Site> {
  using Base = HistoryServers<Site>;
  using typename Base::Half;

 public:
  // Some histories are never pruned, so that they can be undone to their beginning.
  History(unsigned seed, Counts& counts) : Base(seed, counts), is_pruned_(seed % 3 != 0) {}

  void step() {
    advance_clocks(std::chrono::milliseconds(number(3'000)));
    read_log();
    act();
    read_log();
    record_state();
  }

  void check() {
    read_log();
    ASSERT_NO_FATAL_FAILURE(check_servers());
    ASSERT_NO_FATAL_FAILURE(check_store());
  }

 private:
  using Base::advance_clocks;
  using Base::any_server;
  using Base::check_servers;
  using Base::check_store;
  using Base::counts_;
  using Base::halves_;
  using Base::kill;
  using Base::model_;
  using Base::now_;
  using Base::number;
  using Base::one_in;
  using Base::prunes_;
  using Base::read_log;
  using Base::record_state;
  using Base::restart;
  using Base::site_;
  using Base::start;
  using Base::stop;
  using Base::wait_until_shown;

  void act() {
    const auto what = number(100);
    if (what < 8 || model_.rules.empty()) return create_rule();
    if (what < 11) return remove_rule();
    if (what < 16) return update_rule();
    if (what < 23) return define();
    if (what < 28) return remove_entity();
    if (what < 30) return change_kinds();
    if (what < 34) return change_campaigns();
    if (what < 37) return change_scorecards();
    if (what < 39) return restart_server();
    if (what < 41) return make_key();
    if (what < 43) return submit_unknown();
    if (what < 50) return fail();
    if (what < 53) return fail_tail();
    if (what < 56) return kill_server();
    if (what < 59) return back_up();
    if (what < 61) return restore();
    if (what < 64) return prune();
    submit();
  }

  const std::string& any_rule() { return model_.rules[number(model_.rules.size())]; }
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
            .scorecard_name = fmt::format("scorecard {}", number(6)),
            .description = {},
            .owner = {},
            .scope_query = scopes[number(4)],
            .enabled = !one_in(5),
            .level = level_max};
  }
  void create_rule() {
    const auto made = any_server().create_rule(any_fields());
    ASSERT_TRUE(made) << made.error().detail;
    model_.rules.push_back(made->rule.id);
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
    std::erase(model_.rules, removed);
    std::erase_if(model_.expected, [&](const auto& one) { return one.first.first == removed; });
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
      if (model_.deleted.erase(definition.reference) > 0) ++counts_["revived by a definition"];
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
        model_.expected, [&](const auto& one) { return one.first.second == target.reference; });
    if (target.definition_alone) {
      ++counts_["definitions deleted"];
      if (has_outcomes) return;
    }
    const auto outcomes = std::erase_if(
        model_.expected, [&](const auto& one) { return one.first.second == target.reference; });
    model_.deleted.insert(target.reference);
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
  void change_campaigns() {
    static constexpr const char* keys[] = {"q1", "q2"};
    const std::string key = keys[number(2)];
    CampaignFields fields;
    fields.key = key;
    fields.name = fmt::format("campaign {}", number(5));
    fields.owner_id = "550e8400-e29b-41d4-a716-446655440000";
    fields.entity_scope = one_in(2) ? "kind:service" : "";
    fields.rule_ids = {any_rule()};
    fields.status = one_in(2) ? CampaignStatus::completed : CampaignStatus::in_progress;
    fields.start_date = time_of_seconds(1'000);
    if (one_in(2)) fields.due_date = time_of_seconds(2'000 + number(9));
    auto& server = any_server();
    if (one_in(3)) {
      const auto removed = server.change(bound(decide_remove_campaign, key));
      if (removed) ++counts_["campaigns deleted"];
      ASSERT_TRUE(removed || removed.error().code == Code::not_found);
      return;
    }
    if (server.change(bound(decide_update_campaign, key, fields))) {
      ++counts_["campaigns updated"];
      return;
    }
    const auto made = server.change(bound(decide_create_campaign, fields));
    ASSERT_TRUE(made) << made.error().detail;
    ++counts_["campaigns created"];
  }
  // Scorecards with rules stay.
  void change_scorecards() {
    auto& server = any_server();
    const auto known = server.matrix->org(OrgId{1}).list_scorecards({}, {.offset = 0, .size = 100});
    if (known.empty()) return;
    const std::string id = known[number(known.size())].id;
    if (one_in(2)) {
      const auto removed = server.change(bound(decide_remove_scorecard, id));
      if (removed) ++counts_["scorecards deleted"];
      return;
    }
    const ScorecardFields fields{.description = fmt::format("{}", number(9))};
    if (server.change(bound(decide_update_scorecard, id, fields))) {
      ++counts_["scorecards updated"];
    }
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
    const RowId before = model_.last;
    site_.fail(n, fault);
    const auto taken = halves_[n]->server.submit(results);
    site_.repair(n);
    if (site_.is_dead(n)) restart(n);
    read_log();
    const bool stored = model_.last != before;
    ++counts_[fmt::format("{}: {}{}", site_.faults[fault], taken ? "answered, " : "",
                          stored ? "stored" : "not stored")];
    if (taken) {
      ASSERT_TRUE(stored);
      expect(results, *taken, model_.last_at);
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
      expect(results, again, model_.last_at);
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
    half.log.hold_heads();
    Half& other = *halves_[1 - behind];
    std::vector<TestResult> results(1 + number(200));
    for (auto& result : results) result = any_result();
    const auto taken = other.server.submit(results);
    ASSERT_TRUE(taken);
    expect(results, *taken, taken->request.accepted_at);
    half.log.fail_tails(1, number(3));
    half.log.release_heads();
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
      const auto [place, added] = model_.expected.try_emplace(
          key, KnownOutcome{result->state, result->remarks, seconds_of(at)});
      KnownOutcome& known = place->second;
      const bool other = known.state != result->state || known.remarks != result->remarks;
      changed += added || other ? 1U : 0U;
      known.state = result->state;
      known.remarks = result->remarks;
      if (model_.deleted.erase(key.second) > 0) ++counts_["revived by outcomes"];
    }
    EXPECT_EQ(receipt.total_updated, last.size());
    EXPECT_EQ(receipt.request.total_received, batch.size());
    if (is_new) {
      EXPECT_EQ(receipt.request.total_changed, changed);
    }
  }

  // --- servers and the store as a whole
  void restart_server() {
    prunes_ = is_pruned_ && !one_in(3);
    restart(number(halves_.size()));
  }
  void prune() {
    if (is_pruned_) Base::prune([this] { submit(); });
  }
  // Perhaps while it takes a batch, which is then stored or not.
  void kill_server() {
    const std::size_t n = number(halves_.size());
    if (one_in(2)) return kill(n);
    const auto results = any_results(30);
    auto answer = halves_[n]->server.send(results);
    kill(n);
    submit_again(results);
    ++counts_["kills with a batch"];
  }
  std::vector<TestResult> any_results(std::size_t most) {
    std::vector<TestResult> results(1 + number(most));
    for (auto& result : results) result = any_result();
    return results;
  }
  // To each server, until all of them write again.
  void submit_again(const std::vector<TestResult>& results) {
    for (auto& half : halves_) {
      const auto again = submit_until_taken(half->server, results);
      read_log();
      expect(results, again, model_.last_at);
    }
  }
  void back_up() {
    read_log();
    record_state();
    site_.back_up();
    backup_ = model_;
    submit_again(any_results(5));
    ++counts_["backups"];
  }
  // The store is what it was then, and the servers are told or must find out.
  void restore() {
    if (!backup_) return;
    for (std::size_t n = 0; n < halves_.size() && !Site::restores_beside_servers; ++n) stop(n);
    site_.restore();
    for (std::size_t n = 0; n < halves_.size() && !Site::restores_beside_servers; ++n) start(n);
    model_ = *backup_;
    submit_again(any_results(5));
    ++counts_[Site::restores_beside_servers ? "failovers" : "restores"];
  }

  bool is_pruned_;
  int news_ = 0;
  std::optional<HistoryModel> backup_;
};

// Histories of that many steps; what must have happened in them, or there is a failure. Threads of
// the servers have their own time, so that a seed does not give the same history again: where
// something did not happen yet, there are more of them.
template <class Site>
void run_histories(unsigned seeds, int steps, std::span<const char* const> wanted) {
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
                                         "campaigns created",
                                         "campaigns updated",
                                         "campaigns deleted",
                                         "scorecards updated",
                                         "scorecards deleted",
                                         "restarts",
                                         "kills",
                                         "kills with a batch",
                                         "snapshots written",
                                         "starts from a snapshot",
                                         "replays from nothing",
                                         "replays from a snapshot",
                                         "prunes",
                                         "outcomes pruned",
                                         "changes of the catalog pruned",
                                         "records pruned",
                                         "backups",
                                         "states of the catalog below the floor",
                                         "undo walks to the beginning",
                                         "unknown rules",
                                         "batches",
                                         "keys of the command line",
                                         "states that an undo walk came by"};
  Counts counts;
  const auto misses = [&](const char* what) { return counts[what] == 0; };
  const auto is_missing = [&] {
    return std::ranges::any_of(everywhere, misses) || std::ranges::any_of(wanted, misses);
  };
  for (unsigned seed = 1; seed <= seeds || (seed <= 4 * seeds && is_missing()); ++seed) {
    SCOPED_TRACE(seed);
    History<Site> history(seed, counts);
    for (int i = 0; i < steps; ++i) {
      SCOPED_TRACE(i);
      ASSERT_NO_FATAL_FAILURE(history.step());
      if (i % 15 == 14) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
  }
  for (const auto& [what, count] : counts) testing::Test::RecordProperty(what, count);
  for (const char* what : everywhere) EXPECT_GT(counts[what], 0) << what;
  for (const char* what : wanted) EXPECT_GT(counts[what], 0) << what;
}

}  // namespace scorekeeper::intake
