// The follower: keeps the matrix where the logs are. It folds them at start, reads what other
// processes have appended (in each append of the committer, before anything is compared, and
// between groups every Log::follow_interval), and folds all again where the history may have become
// another one. Committer thread (at start: main). docs/decisions/0006.
//
// Readers see whole groups. A tail that is too long to be read while others wait is read in pieces
// while nobody is served. A group whose rule has a scope that is new waits until it is evaluated
// for all entities, in pieces between the groups of other orgs; the records behind it wait, too.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "domain/catalog_change.h"
#include "intake/org_fold.h"
#include "intake/page_reader.h"
#include "intake/stores.h"
#include "matrix/matrix.h"
#include "store/log.h"

namespace scorekeeper::intake {

class Follower {
 public:
  // `on_folding` is told when answers would be of a matrix that is being built anew, or has parts
  // of groups: of a tail that is longer than tail_positions_max.
  Follower(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics);

  // The fold at start.
  Result<void> open();
  // Before an append. Much is read better without the locks that others wait for. `unavailable`:
  // all is to be folded again first.
  Result<void> prepare();
  // In an append: brings the orgs' matrices up to their heads, so that what is decided now is
  // decided on the truth. After an Error what was read stays read.
  Result<void> catch_up(store::AppendView& view);
  // After an append in which catch_up() met a tail that is too long: reads it. true = then the
  // append is worth another try.
  bool read_long_tail();
  // Orgs of which a group is not shown yet, as a rule in it has a scope that is evaluated for their
  // entities in pieces: nothing of them can be appended.
  const std::set<OrgId>& waiting() const { return waiting_; }
  // A piece of that, of one org in turn.
  void ask_scopes();
  // The server's own outcomes were appended and published, up to that record.
  void advance(const store::LogRecord& last);
  // The server's own records of that change were appended: shows them. The scopes of their rules
  // are prepared.
  void show(std::span<const store::LogRecord> records, const CatalogChange& change);

  // Follows every org, when it is time.
  void poll();
  // The last poll reached the store, and where other servers append not long ago: a COMMIT may
  // wait. Any thread.
  bool is_following() const;
  // Sets the metric of the age of the last look. Any thread.
  void tell_age();
  // Last reports that others saved, a page of them; a round of pages begins at most once in
  // reported_save_interval.
  void load_reports();
  bool loads_reports() const { return whole_ && loading_reports_; }  // the round is not done
  // Moves when something of the matrix is not there any more: work that was resolved before must be
  // resolved again.
  std::uint64_t removals() const { return removals_; }
  // All is folded, and each matrix has whole groups.
  bool is_whole() const { return whole_; }
  // Moves when a matrix is folded anew, or shows parts of groups for a while.
  std::uint64_t foldings() const { return foldings_; }
  // The ends of the logs that the matrix shows: of each org that has one, ascending.
  std::vector<store::Head> shown() const;
  // The sum of these positions.
  std::uint64_t positions() const;
  // The sum of the positions of the snapshots that the last fold used.
  std::uint64_t snapshot_positions() const { return snapshot_positions_; }
  // Another value: what was reserved in the store may be given to others.
  std::uint64_t generation() const { return generation_; }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  OrgFold& fold_of(OrgId org);
  bool is_long(const store::Head& head);
  static bool is_another_history(const store::Head& shown, const store::Head& head);
  bool are_logs_missing(std::span<const store::Head> heads) const;
  Result<void> follow(const store::Head& head);
  Result<void> follow_unserved(const store::Head& head);
  Result<void> read_tail(const store::Head& head, const ReadPage& read);
  Result<void> read_in_pieces(const store::Head& head, PieceWriter& writer);
  Result<void> add(const store::LogPage& page, PieceWriter& writer);
  Result<bool> add(const store::LogRecord& record, PieceWriter& writer);
  ReadPage reader_of(OrgId org);
  Result<void> fold_all();
  Result<void> follow_heads();
  Result<void> fold_again();
  std::chrono::duration<double> age() const;
  Result<void> load_all_reports();
  Result<void> load_page();

  matrix::Matrix& matrix_;
  store::Log& log_;
  store::Catalog& catalog_;
  Clock& clock_;
  std::function<void(bool)> on_folding_;
  std::uint64_t tail_positions_max_;
  std::chrono::milliseconds interval_;
  Gauge& age_;
  Counter& refolds_;
  Counter& failures_;
  store::Secrets secrets_{};
  std::map<OrgId, OrgFold> folds_;
  std::optional<store::SnapshotPlace> snapshot_;
  std::uint64_t snapshot_positions_ = 0;
  std::uint64_t foldings_ = 0;
  std::set<OrgId> waiting_;
  OrgId asked_;  // of them, last
  std::optional<store::Head> long_tail_;
  std::uint64_t generation_ = 0;  // of the history that was folded
  bool whole_ = false;            // false: the fold is not done
  std::uint64_t removals_ = 0;
  std::atomic<bool> following_ = true;
  Moment next_poll_{};
  std::atomic<Moment> last_good_;
  Time next_reports_{};
  bool loading_reports_ = false;
};

}  // namespace scorekeeper::intake
