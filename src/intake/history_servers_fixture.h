// The servers of a random history (history_fixture.h) on the store of a Site: how they start, end
// and are killed, what the history knows of the log, and what must hold of both. Included by test
// files only.
#pragma once

#include <filesystem>
#include <random>
#include <ranges>
#include <set>

#include "base/test_directory.h"
#include "intake/faulty_log_fixture.h"
#include "intake/history_state_fixture.h"
#include "intake/intake_fixture.h"
#include "store/contract/log_model_fixture.h"

namespace scorekeeper::intake {

// The model of a history; a copy of it belongs to a backup.
struct HistoryModel {
  std::vector<std::string> rules;
  std::set<std::string> deleted;
  KnownOutcomes expected;
  LogState state;
  std::map<RowId, LogState> recorded;
  std::vector<store::LogRecord> records;  // as they were appended
  RowId last;
  Time last_at{};
  RowId audit_floor;
};

template <class Site>
class HistoryServers {
 protected:
  // One server.
  struct Half {
    Half(Site& site, std::size_t n, Following following)
        : log(site.log(n)), server(log, site.catalog(n), Limits{}, std::move(following)) {}

    matrix::OrgMatrix& matrix() { return server.matrix->org(org); }
    double metric(const char* name) { return server.metrics.gauge(name, "").value(); }

    FaultyLog log;
    Server server;
  };
  static constexpr OrgId org{1};
  // The retention of the servers themselves, at their start: a history goes on for some minutes.
  static constexpr store::Keep keep{.history = std::chrono::seconds(40)};

  HistoryServers(unsigned seed, Counts& counts) : random_(seed), counts_(counts) {
    for (std::size_t n = 0; n < halves_.size(); ++n) start(n);
  }

  std::uint32_t number(std::size_t below) {
    return std::uniform_int_distribution<std::uint32_t>(
        0, static_cast<std::uint32_t>(below) - 1)(random_);
  }
  bool one_in(std::uint32_t n) { return number(n) == 0; }

  // --- servers
  std::string snapshot_of(std::size_t n) const {
    return directory_.path(fmt::format("snapshot-{}", n));
  }
  void start(std::size_t n) {
    SnapshotOptions snapshots{.place = store::SnapshotPlace{.path = snapshot_of(n), .schema = 7}};
    snapshots.changes = 150;
    const bool there = std::filesystem::exists(snapshot_of(n));
    halves_[n] = std::make_unique<Half>(
        site_, n,
        Following{.snapshots = snapshots, .keep = prunes_ ? keep : store::Keep(), .start = now_});
    snapshot_position_ = halves_[n]->metric("scorekeeper_snapshot_position");
    if (there) ++counts_[snapshot_position_ > 0 ? "starts from a snapshot" : "snapshots not used"];
  }
  void stop(std::size_t n) {
    auto& written = halves_[n]->server.metrics.counter("scorekeeper_snapshots_total", "");
    halves_[n]->server.stop();
    counts_["snapshots written"] += static_cast<int>(written.value());
    halves_[n].reset();
  }
  // A new process.
  void restart(std::size_t n) {
    stop(n);
    site_.reopen(n);
    start(n);
    ++counts_["restarts"];
  }
  // Without a clean stop: nothing that it would write is written, the snapshot neither.
  void kill(std::size_t n) {
    const std::string file = snapshot_of(n);
    const std::string kept = directory_.path("kept");
    site_.crash(n, [&] {
      std::filesystem::remove(kept);
      std::error_code none;  // a snapshot is replaced by another file, never written again
      std::filesystem::create_hard_link(file, kept, none);
      halves_[n]->log.dead = true;
      halves_[n].reset();
    });
    std::filesystem::remove(file);
    if (std::filesystem::exists(kept)) std::filesystem::rename(kept, file);
    start(n);
    ++counts_["kills"];
  }
  Server& any_server() {
    const std::size_t n = number(halves_.size());
    if (n > 0) ++counts_["calls of a second server"];
    return halves_[n]->server;
  }
  void advance_clocks(std::chrono::microseconds by) {
    now_ += by;
    for (auto& half : halves_) half->server.clock.advance(by);
  }
  static void wait_until_shown(Half& half, RowId position) {
    std::promise<bool> shown;
    auto future = shown.get_future();
    half.server.intake->when_shown(org, position, nullptr, [&](bool is) { shown.set_value(is); });
    ASSERT_TRUE(get(future)) << position.number;
  }

  // --- the log
  // What is new in it, and the state that it leads to.
  void read_log() {
    for (bool end = false; !end;) {
      const auto page = site_.log().read(org, model_.last, 1'000);
      ASSERT_TRUE(page) << page.error().detail;
      for (const store::LogRecord& record : page->records) {
        model_.state.take(record);
        model_.records.push_back(record);
        model_.last = record.last();
        model_.last_at = record.at;
      }
      end = page->end;
    }
  }
  void record_state() { model_.recorded.emplace(model_.last, model_.state); }
  std::vector<store::LogRecord> read_again() {
    std::vector<store::LogRecord> records;
    for (bool end = false; !end;) {
      const RowId after = records.empty() ? RowId() : records.back().last();
      auto page = site_.log().read(org, after, 1'000);
      EXPECT_TRUE(page) << page.error().detail;
      if (!page) break;
      std::ranges::move(page->records, std::back_inserter(records));
      end = page->end;
    }
    return records;
  }
  RowId floor() {
    const auto heads = site_.log().heads();
    EXPECT_TRUE(heads) << heads.error().detail;
    for (const auto& head : heads->heads) {
      if (head.org == org) return head.floor;
    }
    return {};
  }
  // As the command line does it, up to any moment, beside the servers.
  template <class Between>
  void prune(const Between& between) {
    if (model_.records.empty()) return;
    const auto moment = [this] { return model_.records[number(model_.records.size())].at; };
    store::PruneWork work{.org = org, .history_before = moment()};
    if (one_in(2)) work.audit_before = std::min(work.history_before, moment());
    work.changes_max = 1 + number(100);
    for (std::optional<store::PruneWork> next = work; next;) {
      const auto piece = site_.prune(*next);
      ASSERT_TRUE(piece) << piece.error().detail;
      counts_["outcomes pruned"] += static_cast<int>(piece->outcomes);
      counts_["changes of the catalog pruned"] += static_cast<int>(piece->catalog);
      counts_["records pruned"] += static_cast<int>(piece->records);
      model_.audit_floor = piece->floors.audit;
      next = piece->next;
      if (next && one_in(6)) between();
    }
    ++counts_["prunes"];
  }

  // --- what must hold
  // What a reader gets: cells from the matrix, remarks from the log.
  KnownOutcomes known(Half& half) {
    const auto page = half.server.outcomes();
    std::map<RuleNumber, std::string> ids;
    for (const auto& view : page.rules) ids[view.rule.number] = view.rule.id;
    std::vector<RowId> rows;
    rows.reserve(page.outcomes.size());
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
  void compare_cells(matrix::OrgMatrix& matrix) {
    for (const auto& [place, cell] : model_.state.cells) {
      if (!matrix.is_live(place.first)) continue;
      const auto found = matrix.find_cell(place.first, place.second);
      ASSERT_TRUE(found);
      ASSERT_EQ(std::pair(found->state, found->row), cell);
    }
  }
  void check_servers() {
    for (auto& half : halves_) {
      wait_until_shown(*half, model_.last);
      ASSERT_EQ(known(*half), model_.expected);
      compare_cells(half->matrix());
    }
    const auto shown = shown_by(halves_.back()->server);
    const auto compare = [&] {
      for (auto& half : halves_) ASSERT_EQ(shown_by(half->server), shown);
      ASSERT_EQ(known(*halves_[0]), model_.expected);
    };
    // A replay from nothing.
    stop(0);
    std::filesystem::remove(snapshot_of(0));
    site_.reopen(0);
    start(0);
    ASSERT_NO_FATAL_FAILURE(compare());
    ++counts_["replays from nothing"];
    // And from the snapshot that it leaves.
    restart(0);
    ASSERT_EQ(snapshot_position_, static_cast<double>(model_.last.number));
    ASSERT_NO_FATAL_FAILURE(compare());
    ++counts_["replays from a snapshot"];
  }
  // The log, and the store's own tables, views and lists. The servers prune at their start.
  void check_store() {
    for (auto& half : halves_) half->server.stop();
    const RowId pruned_to = floor();
    const auto left = read_again();
    const auto places = store::places_left(model_.records, pruned_to, model_.audit_floor);
    ASSERT_EQ(store::places_in(left), places);
    ASSERT_NO_FATAL_FAILURE(store::check_survivors(left, model_.records, pruned_to));
    store::check_groups(left);
    ViewCounts counts{.outcomes = model_.expected.size()};
    std::vector<AuditEvent> events;
    for (const store::LogRecord& record : model_.records) {
      for (const KeptChange& change : changes_of(record)) {
        counts.changes += places.contains(change.position.number) ? 1U : 0U;
      }
      for (AuditEvent& event : events_of(record)) {
        if (places.contains(event.number.number)) events.push_back(std::move(event));
      }
    }
    counts.events = events.size();
    std::ranges::reverse(events);
    const auto listed = site_.catalog().list_audit(org, {.page = {.size = events.size() + 1}});
    ASSERT_TRUE(listed) << listed.error().detail;
    ASSERT_EQ(listed->size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ((*listed)[i], events[i]) << i;
    ASSERT_EQ(site_.check(counts), "");
    ASSERT_NO_FATAL_FAILURE(undo(left, pruned_to));
    for (std::size_t n = 0; n < halves_.size(); ++n) restart(n);
  }
  // State at a position = state now minus the changes after it, the newest first: all of it down to
  // the floor of the history, the catalog's down to that of the audit log.
  void undo(const std::vector<store::LogRecord>& left, RowId pruned_to) {
    LogState now = model_.state;
    for (const store::LogRecord& record : left | std::views::reverse) {
      if (record.last() < model_.audit_floor) break;
      const bool whole = record.last() >= pruned_to;
      const auto place = model_.recorded.find(record.last());
      if (place != model_.recorded.end()) {
        ASSERT_EQ(now.things, place->second.things) << record.last().number;
        if (whole) {
          ASSERT_EQ(now.cells, place->second.cells) << record.last().number;
          ASSERT_EQ(now.entities, place->second.entities) << record.last().number;
        }
        ++counts_["states that an undo walk came by"];
        if (!whole) ++counts_["states of the catalog below the floor"];
      }
      if (record.last() == model_.audit_floor) break;
      if (record.last() > pruned_to) {
        now.undo(record);
      } else {
        now.undo_things(record);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    if (!pruned_to) {
      ASSERT_EQ(now, LogState());
      ++counts_["undo walks to the beginning"];
    }
  }

  std::mt19937 random_;
  Counts& counts_;
  TestDirectory directory_;
  Site site_;
  std::array<std::unique_ptr<Half>, Site::servers> halves_;
  Time now_ = FakeClock().now();
  bool prunes_ = false;  // the servers do
  double snapshot_position_ = 0;
  HistoryModel model_;
};

}  // namespace scorekeeper::intake
