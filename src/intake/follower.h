// The follower: keeps the matrix up to date with what other servers write into the store that they
// share (docs/decisions/0006). Reads what is behind its own position: in each turn of the committer
// under the head's lock, and between turns every follow_interval. Where the history may have become
// another one it folds all of it again. Committer thread (at start: main).
//
// Readers see whole groups: a tail is published when all of it was read, at once, and it ends at a
// head, where a group ends. So nothing of a tail that fails half way is there. What is too long for
// that is read in pieces while nobody is served.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_set>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "intake/intake.h"
#include "intake/org_fold.h"
#include "matrix/matrix.h"
#include "store/shared.h"

namespace scorekeeper::intake {

// Polling is the truth; nothing else tells that there is news.
inline constexpr std::chrono::milliseconds follow_interval{50};

class Follower {
 public:
  // `on_folding` is told when answers would be of a matrix that is being built anew, or has parts
  // of groups: of a tail that is longer than tail_positions_max.
  Follower(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics);

  // Everything from the start. The first call is the fold at start.
  Result<void> fold_all();
  // Locks the org's head and brings its matrix up to it: what is decided now is decided on the
  // truth. `unavailable`: the database is not there, or all is to be folded again first.
  Result<store::Head> begin_turn(OrgId org);
  void end_turn() { store_.end_turn(); }
  // Brings one org up to date outside of a turn, after a write whose answer was lost.
  Result<void> catch_up(OrgId org);
  // Follows every org, when it is time.
  void poll();
  // The last poll reached the store, and not long ago: a COMMIT may wait for a standby. Any thread.
  bool is_following() const;
  // Sets the metric of the age of the last look. Any thread.
  void tell_age();
  // Last reports that other servers saved, a page of them; a round of pages begins at most once in
  // reported_save_interval.
  void load_reports();
  bool loads_reports() const { return whole_ && loading_reports_; }  // the round is not done
  // Moves when something of the matrix is not there any more: work that was resolved before must be
  // resolved again.
  std::uint64_t removals() const { return removals_; }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  bool is_long(const store::Head& head) const;
  bool is_another_history(const store::Head& head) const;
  Result<void> follow(const store::Head& head);
  Result<void> follow_unserved(OrgId org);
  Result<void> read_tail(OrgId org, FoldMode mode);
  Result<void> follow_heads();
  Result<void> fold_again();
  std::chrono::duration<double> age() const;
  Result<void> load_all_reports();
  Result<void> load_page();

  matrix::Matrix& matrix_;
  store::Shared& store_;
  Clock& clock_;
  std::function<void(bool)> on_folding_;
  std::uint64_t tail_positions_max_;
  Gauge& age_;
  Counter& refolds_;
  Counter& failures_;
  std::unordered_set<OrgId> followed_;  // folded from their start
  std::uint64_t generation_ = 0;        // of the history that was folded
  bool whole_ = false;                  // false: the fold is not done
  std::uint64_t removals_ = 0;
  std::atomic<bool> following_ = true;
  Moment next_poll_{};
  std::atomic<Moment> last_good_;
  Time next_reports_{};
  bool loading_reports_ = false;
};

}  // namespace scorekeeper::intake
