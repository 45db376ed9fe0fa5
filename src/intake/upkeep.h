// The committer's small jobs between groups: the times of last reports go to the store at least
// once a minute, rows of old requests are forgotten, and once a day the logs are pruned where that
// is configured (docs/formats/log.md, Retention). In short transactions, one of each at a time, so
// that no group waits for long. Committer thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "matrix/matrix.h"
#include "store/log.h"

namespace scorekeeper::intake {

// Retention goes by a clock that may be wrong. At a start the clock is believed at most
// clock_ahead_max beyond the newest change of all logs, and between two steps, which are seconds as
// a rule, at most clock_step_max.
inline constexpr auto clock_ahead_max = std::chrono::days(1);
inline constexpr auto clock_step_max = std::chrono::minutes(1);

class Upkeep {
 public:
  Upkeep(matrix::Matrix& matrix, store::Log& log, const store::Keep& keep, Counter& failures);

  // Begins a round when it is time, and does a little of the round that goes on. `requests`: that
  // were accepted since the last step; more than these are forgotten while there are old ones.
  void step(Time now, std::size_t requests);
  // There is more to do at once.
  bool busy() const { return !due_.empty() || forgetting_ || !to_prune_.empty(); }
  // All that is unsaved; gives up at the first failure.
  void finish();

 private:
  void begin_round(Time now);
  // Writes up to blocks_in_step blocks. Blocks that could not be written wait for the next round.
  Result<void> save(matrix::OrgMatrix& org, std::size_t& blocks);
  Result<void> write_unsaved();
  void begin_prune(Time now);
  // A piece of the log of one org.
  void prune();
  void forget_requests(std::size_t requests);
  // Retention goes by the time that is believed: a clock that jumps ahead is not followed. It
  // begins near the newest change of all logs, and goes on as the steps do.
  Result<void> compare_clock(Time now);
  void note_time(Time now);
  void failed(const char* event, const Error& error);

  matrix::Matrix& matrix_;
  store::Log& log_;
  Counter& failures_;
  Time next_round_{};
  // Orgs with the number of blocks that were unsaved when the round began.
  std::vector<std::pair<matrix::OrgMatrix*, std::size_t>> due_;
  std::vector<ReportedBlock> unsaved_;  // taken from the matrix, not yet in the store
  bool forgetting_ = false;
  std::optional<Time> believed_;
  Time seen_{};  // at the step before
  store::Keep keep_;
  Time next_prune_{};
  std::vector<store::PruneWork> to_prune_;  // the next piece of each org
  store::Pruned pruned_;                    // of all orgs, in the prune that goes on
};

}  // namespace scorekeeper::intake
