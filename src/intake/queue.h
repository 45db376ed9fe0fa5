// The bounded queue of work between submitters and the committer. Any thread pushes and never
// waits; the committer alone takes.
//
// Orgs are served in turn: work of one org keeps its order, and of several orgs that wait whoever
// has had less is served first (self-clocked fair queueing: each work has a time at which it ends,
// by the number of its outcomes, and the earliest is taken. The time that is now is the end of what
// was taken last, and who comes begins there: also an org that waits for each answer before it
// sends the next work goes behind those that wait already). An org may have a part of the queue
// only, so that there is room for the others.
#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "domain/org.h"
#include "domain/outcome.h"
#include "intake/change.h"
#include "intake/receipt.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

// BatchWork::removals of a batch whose rules are not known: it is resolved again in any case.
inline constexpr std::uint64_t resolve_again = UINT64_MAX;

// A batch on its way. The findings of the submitting thread stand beside the results, one for one.
struct BatchWork {
  Caller caller;
  OutcomeBatch batch;
  SubmitOptions options;
  OnBatch on_batch;                        // empty once it was called
  std::vector<matrix::Resolved> resolved;  // every rule is known; new entities are none
  std::vector<std::uint64_t> hashes;       // of the remarks
  std::uint64_t removals = 0;              // as Committer::removals then: with more, look again
  RequestNumber number;                    // given by the committer

  std::size_t bytes() const;
};

using Work = std::variant<BatchWork, CatalogWork>;

// The work that the committer takes at once: batches, or one change of the catalog. Work that comes
// during one of the two does not wait for the other.
struct Taken {
  std::vector<BatchWork> batches;
  std::optional<CatalogWork> catalog;
};

class Queue {
 public:
  Queue(const Limits& limits, Metrics& metrics);

  // rate_limited with subject "intake_queue" when it, or the org's part of it, is full; the work is
  // then gone, not called.
  Result<void> push(Work work) EXCLUDES(mutex_);
  // Fast and unlocked, for giving up before the work of resolving is done.
  bool looks_full() const;
  Error full();
  // Batches of together at most group_outcomes_max results, but at least one; or one change of the
  // catalog; of the orgs that do not have to wait. Waits until there is some, at most `wait`; then
  // gives nothing. false = closed and empty.
  bool take(Taken& taken, std::chrono::milliseconds wait, const std::set<OrgId>& waiting = {})
      EXCLUDES(mutex_);
  // Before the last take() is answered: the next one, where it may wait and finds something, waits
  // for as many works as wait now and as were taken, which is what clients send who wait for each
  // answer; until so long from now at most.
  void gather(std::chrono::microseconds time) EXCLUDES(mutex_);
  // Puts back work that was taken and cannot be done yet, also when the queue is full or closed.
  // Batches, in the order in which they were taken, are the next of their orgs again; a change of
  // the catalog is the next of the org's changes, behind batches of one group.
  void put_back(std::span<BatchWork> batches) EXCLUDES(mutex_);
  void put_back(CatalogWork change) EXCLUDES(mutex_);
  void close() EXCLUDES(mutex_);

 private:
  // The work of one org that waits; it is there while there is some.
  struct Waiting {
    std::deque<Work> works;
    std::size_t bytes = 0;
    std::uint64_t begin = 0;  // of the first work, in the time of fair queueing
  };
  using Waitings = std::map<OrgId, Waiting>;
  // The place of the first work of an org. If two end at one time, the one that has been in line
  // longer is first.
  struct Place {
    std::uint64_t end = 0;
    std::uint64_t arrival = 0;
    OrgId org;

    auto operator<=>(const Place&) const = default;
  };

  // `waiting`: of its org; nullptr = nothing.
  bool has_room(const Waiting* waiting, std::size_t bytes) const REQUIRES(mutex_);
  // In the org's line, before `place` of its works.
  void put(Work work, std::size_t bytes, std::size_t place) REQUIRES(mutex_);
  void tell_count() REQUIRES(mutex_);
  void line_up(OrgId org, const Waiting& waiting) REQUIRES(mutex_);
  void pop(Taken& taken, const std::set<OrgId>& waiting_orgs) REQUIRES(mutex_);
  // Until so many works wait.
  void wait_for(std::size_t wanted, std::chrono::steady_clock::time_point until) REQUIRES(mutex_);
  void remove_first(Waitings::iterator place, std::set<Place>::iterator in_line) REQUIRES(mutex_);

  std::size_t requests_max_;
  std::size_t bytes_max_;
  std::size_t outcomes_max_;
  Gauge& requests_gauge_;
  Counter& rejected_;
  std::atomic<std::size_t> requests_ = 0;  // written under the lock
  Mutex mutex_;
  CondVar filled_;
  Waitings waitings_ GUARDED_BY(mutex_);
  std::set<Place> line_ GUARDED_BY(mutex_);
  std::uint64_t arrivals_ GUARDED_BY(mutex_) = 0;
  std::uint64_t now_ GUARDED_BY(mutex_) = 0;  // the time of fair queueing
  std::size_t count_ GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::size_t wanted_ GUARDED_BY(mutex_) = SIZE_MAX;  // works: so many wake the committer
  std::size_t last_taken_ GUARDED_BY(mutex_) = 0;     // batches
  std::size_t gathered_ GUARDED_BY(mutex_) = 0;       // works: the next take() waits for them
  std::chrono::steady_clock::time_point gather_until_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace scorekeeper::intake
