#include "intake/follower.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "base/log.h"
#include "intake/snapshot_start.h"

namespace scorekeeper::intake {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds late{1};
constexpr std::size_t records_in_page = 256;

Error not_whole() {
  return make_error(Code::unavailable, "the server folds the history of the store again");
}

Error scopes_wait() {
  return make_error(Code::conflict, "a scope is evaluated before its rule is shown");
}

}  // namespace

Follower::Follower(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      log_(stores.log),
      catalog_(stores.catalog),
      clock_(clock),
      on_folding_(std::move(stores.on_folding)),
      tail_positions_max_(stores.tail_positions_max),
      interval_(stores.log.follow_interval()),
      age_(metrics.gauge("scorekeeper_store_follow_seconds",
                         "Since the heads of the store were last read.")),
      refolds_(metrics.counter("scorekeeper_store_refolds_total",
                               "Folds from the start after the history may have changed.")),
      failures_(metrics.counter("scorekeeper_store_follow_failures_total",
                                "Failed reads of the heads in the store.")),
      snapshot_(stores.snapshots.place) {}

// Asked some times for each request: the matrix, which others lock, only for a new org.
OrgFold& Follower::fold_of(OrgId org) {
  if (const auto known = folds_.find(org); known != folds_.end()) return known->second;
  return folds_.try_emplace(org, matrix_.org(org), secrets_.change_key).first->second;
}

std::vector<store::Head> Follower::shown() const {
  std::vector<store::Head> heads;
  for (const auto& [org, fold] : folds_) {
    if (fold.head().last) heads.push_back(fold.head());
  }
  return heads;
}

std::uint64_t Follower::positions() const {
  std::uint64_t positions = 0;
  for (const auto& [org, fold] : folds_) positions += fold.head().last.number;
  return positions;
}

bool Follower::is_long(const store::Head& head) {
  return head.last.number - fold_of(head.org).head().last.number > tail_positions_max_;
}

bool Follower::is_another_history(const store::Head& shown, const store::Head& head) {
  return head.last < shown.last || (head.last == shown.last && head.chain != shown.chain);
}

bool Follower::are_logs_missing(std::span<const store::Head> heads) const {
  return std::ranges::any_of(folds_, [heads](const auto& entry) {
    return entry.second.head().last &&
           !std::ranges::binary_search(heads, entry.first, {}, &store::Head::org);
  });
}

ReadPage Follower::reader_of(OrgId org) {
  return [this, org](RowId after) { return log_.read(org, after, records_in_page); };
}

// Reads to the end, which is not before the head: more may have come; or to a group that has to
// wait. When a page fails, the matrix shows whole groups.
Result<void> Follower::read_tail(const store::Head& head, const ReadPage& read) {
  OrgFold& fold = fold_of(head.org);
  fold.set_floor(head.floor);
  const std::uint64_t removals = fold.removals();
  const auto read_all = [&]() -> Result<void> {
    for (bool end = false; !end;) {
      const store::LogPage page = TRY(read(fold.added()));
      for (const store::LogRecord& record : page.records) {
        if (!TRY(fold.add(record))) {
          whole_ = false;
          return not_whole();
        }
        if (!fold.waits()) continue;
        waiting_.insert(head.org);
        return {};
      }
      end = page.end;
    }
    if (!fold.is_at_group_end() || fold.added() < head.last) {
      return make_error(Code::internal, "the log of org " + std::to_string(head.org.number) +
                                            " ends before its head");
    }
    fold.publish();
    return {};
  };
  auto result = read_all();
  if (!result) fold.drop_added();
  removals_ += fold.removals() - removals;
  return result;
}

// Where a record is missing, a prune of another process may have moved the floor since it was read.
// The changes that it took away were superseded by changes still to come; the outcomes of a deleted
// entity go with the entity.
Result<bool> Follower::add(const store::LogRecord& record, PieceWriter& writer) {
  OrgFold& fold = fold_of(record.org);
  if (TRY(fold.add(record, writer))) return true;
  const store::Heads heads = TRY(log_.heads());
  const auto head = std::ranges::find(heads.heads, record.org, &store::Head::org);
  if (heads.generation != generation_ || head == heads.heads.end()) return false;
  fold.set_floor(head->floor);
  return fold.add(record, writer);
}

Result<void> Follower::add(const store::LogPage& page, PieceWriter& writer) {
  for (const store::LogRecord& record : page.records) {
    if (TRY(add(record, writer))) continue;
    return make_error(Code::internal, "the log of org " + std::to_string(record.org.number) +
                                          " does not go on at position " +
                                          std::to_string(record.position.number));
  }
  return {};
}

Result<void> Follower::read_in_pieces(const store::Head& head, PieceWriter& writer) {
  OrgFold& fold = fold_of(head.org);
  fold.set_floor(head.floor);
  const store::LogPage first = TRY(reader_of(head.org)(fold.added()));
  TRY(add(first, writer));
  if (!first.end) {
    PageReader pages(reader_of(head.org), fold.added());
    for (bool end = false; !end;) {
      const store::LogPage page = TRY(pages.next());
      TRY(add(page, writer));
      end = page.end;
    }
  }
  fold.hand_over(writer);
  return {};
}

Result<void> Follower::follow(const store::Head& head) {
  return is_long(head) ? follow_unserved(head) : read_tail(head, reader_of(head.org));
}

// A fold that fails half way begins again from the start.
Result<void> Follower::follow_unserved(const store::Head& head) {
  whole_ = false;
  ++foldings_;
  on_folding_(true);
  PieceWriter writer;
  TRY(read_in_pieces(head, writer));
  writer.finish();
  ++removals_;
  whole_ = true;
  on_folding_(false);
  log::warning("read a long tail", {{"org", head.org.number}});
  return {};
}

Result<void> Follower::open() {
  secrets_ = TRY(catalog_.secrets());
  return fold_all();
}

Result<void> Follower::fold_all() {
  whole_ = false;
  const store::Heads heads = TRY(log_.heads());
  generation_ = heads.generation;
  PieceWriter writer;
  SnapshotStart snapshot(snapshot_, secrets_);
  for (const store::Head& head : heads.heads) {
    TRY(snapshot.begin(fold_of(head.org), head, log_));
    TRY(read_in_pieces(head, writer));
  }
  snapshot_positions_ = snapshot.positions();
  writer.finish();
  log_.forget_reports_seen();
  TRY(load_all_reports());
  whole_ = true;
  last_good_ = steady_clock::now();
  return {};
}

Result<void> Follower::fold_again() {
  whole_ = false;
  ++foldings_;
  ++removals_;
  on_folding_(true);
  for (matrix::OrgMatrix* org : matrix_.orgs()) org->reset();
  for (auto& [org, fold] : folds_) fold.reset();
  waiting_.clear();
  const Time begin = clock_.now();
  TRY(fold_all());
  on_folding_(false);
  refolds_.add();
  log::warning("folded again", {{"fold_ms", (clock_.now() - begin).count() / 1000}});
  return {};
}

Result<void> Follower::prepare() {
  if (whole_ && age() > late + 2 * interval_) TRY(follow_heads());
  return whole_ ? Result<void>() : not_whole();
}

Result<void> Follower::catch_up(store::AppendView& view) {
  long_tail_.reset();
  for (const store::Head& head : view.heads()) {
    const OrgFold& fold = fold_of(head.org);
    if (is_another_history(fold.head(), head)) {
      whole_ = false;
      return not_whole();
    }
    if (waiting_.contains(head.org)) return scopes_wait();
    if (head.last > fold.head().last) {
      if (is_long(head)) {
        long_tail_ = head;
        return make_error(Code::unavailable, "the server reads a long tail of the log");
      }
      TRY(read_tail(head, [&view, &head](RowId after) {
        return view.read(head.org, after, records_in_page);
      }));
      if (waiting_.contains(head.org)) return scopes_wait();
    }
    ASSERT(fold.head().last == head.last);
    // The last record of a group that was stored has the chain that the head has.
    if (fold.head().chain != head.chain) {
      whole_ = false;
      return not_whole();
    }
  }
  return {};
}

bool Follower::read_long_tail() {
  const auto head = std::exchange(long_tail_, std::nullopt);
  if (!head) return false;
  const auto followed = follow_unserved(*head);
  if (!followed) log::warning("a long tail was not read", {{"error", followed.error().detail}});
  return followed.has_value();
}

// Once an org's group is shown, its log is read on at once, and batches that were resolved before
// are resolved again.
void Follower::ask_scopes() {
  if (waiting_.empty()) return;
  auto next = waiting_.upper_bound(asked_);
  if (next == waiting_.end()) next = waiting_.begin();
  asked_ = *next;
  if (!fold_of(asked_).show_group()) return;
  waiting_.erase(next);
  ++removals_;
  next_poll_ = {};
}

void Follower::advance(const store::LogRecord& last) { fold_of(last.org).advance(last); }

void Follower::show(std::span<const store::LogRecord> records, const CatalogChange& change) {
  std::span<const ResourceChange> changes = change.changes;
  OrgFold& fold = fold_of(records.front().org);
  const std::uint64_t removals = fold.removals();
  for (const store::LogRecord& record : records) {
    if (record.kind == store::RecordKind::catalog) {
      fold.add_own(record, changes.first(record.count));
      changes = changes.subspan(record.count);
    } else {
      const auto added = fold.add(record);
      ASSERT(added && *added);
    }
    ASSERT(!fold.waits());
  }
  fold.publish();
  ASSERT(fold.head().last == records.back().last());
  removals_ += fold.removals() - removals;
}

Result<void> Follower::follow_heads() {
  if (!whole_) return fold_again();
  const store::Heads heads = TRY(log_.heads());
  if (heads.generation != generation_ || are_logs_missing(heads.heads)) return fold_again();
  for (const store::Head& head : heads.heads) {
    const store::Head& shown = fold_of(head.org).head();
    if (is_another_history(shown, head)) return fold_again();
    if (waiting_.contains(head.org)) continue;
    if (head.last > shown.last) TRY(follow(head));
  }
  return {};
}

std::chrono::duration<double> Follower::age() const {
  return steady_clock::now() - last_good_.load();
}

bool Follower::is_following() const { return following_ && age() <= log_.heads_age_max(); }

void Follower::tell_age() { age_.set(age().count()); }

void Follower::poll() {
  const auto now = steady_clock::now();
  if (now < next_poll_) return;
  const auto followed = follow_heads();
  const auto end = steady_clock::now();
  next_poll_ = end + interval_;
  if (followed) {
    last_good_ = end;
    if (!following_.exchange(true)) log::info("the store is followed again");
    return;
  }
  failures_.add();
  if (following_.exchange(false)) {
    log::warning("the store is not followed", {{"error", followed.error().detail}});
  }
}

Result<void> Follower::load_all_reports() {
  do {
    TRY(load_page());
  } while (loading_reports_);
  return {};
}

// Blocks of one org follow each other.
Result<void> Follower::load_page() {
  if (!loading_reports_) next_reports_ = clock_.now() + reported_save_interval;
  loading_reports_ = false;
  OrgId org;
  std::vector<ReportedBlock> blocks;
  const auto restore = [&] {
    if (!blocks.empty()) matrix_.org(org).restore_reported(blocks);
    blocks.clear();
  };
  loading_reports_ = TRY(log_.load_new_reports([&](const ReportedBlock& block) {
    if (block.org != org) restore();
    org = block.org;
    blocks.push_back(block);
  }));
  restore();
  return {};
}

void Follower::load_reports() {
  const bool due = is_due(clock_.now(), next_reports_, reported_save_interval);
  if (!whole_ || (!loading_reports_ && !due)) return;
  if (auto loaded = load_page(); !loaded) {
    failures_.add();
    log::warning("reports_not_loaded", {{"error", loaded.error().detail}});
  }
}

}  // namespace scorekeeper::intake
