// The follower: keeps the matrix up to date with what other servers write into the store that they
// share (docs/decisions/0006). Reads what is behind its own position: in each turn of the committer
// under the head's lock, and between turns every follow_interval. Where the history may have become
// another one it folds all of it again. Committer thread (at start: main).
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
#include "matrix/matrix.h"
#include "store/shared.h"

namespace scorekeeper::intake {

// Polling is the truth (decisions 19); nothing else tells that there is news.
inline constexpr std::chrono::milliseconds follow_interval{50};

class Follower {
 public:
  // `on_folding` is told when answers would be of a matrix that is being built anew.
  Follower(matrix::Matrix& matrix, store::Shared& store, Clock& clock, Metrics& metrics,
           std::function<void(bool folding)> on_folding);

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
  // Last reports that other servers saved; at most once in reported_save_interval.
  void load_reports();
  // Moves when something of the matrix is not there any more: work that was resolved before must be
  // resolved again.
  std::uint64_t removals() const { return removals_; }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  Result<void> follow(OrgId org);
  Result<void> follow_heads();
  Result<void> fold_again();
  std::chrono::duration<double> age() const;
  Result<void> restore_reports();

  matrix::Matrix& matrix_;
  store::Shared& store_;
  Clock& clock_;
  std::function<void(bool)> on_folding_;
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
};

}  // namespace scorekeeper::intake
