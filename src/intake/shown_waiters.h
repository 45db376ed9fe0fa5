// Requests that wait until this server shows a position of their org's history
// (`scorekeeper-min-position`). Any thread adds; the committer answers after it has published, and
// those that waited too long.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/id.h"
#include "base/mutex.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

// Called once, on any thread: true = the position is shown; false = not in time.
using OnShown = std::function<void(bool shown)>;
// Becomes true when nobody waits for an answer any more; null: never.
using Gone = std::shared_ptr<const std::atomic<bool>>;

class ShownWaiters {
 public:
  explicit ShownWaiters(matrix::Matrix& matrix) : matrix_(matrix) {}

  // Answers at once where the position is shown, and where shown_waiters_max wait already or
  // shown_waiters_of_org_max of the org. Nobody answers those that are `gone`: they make room.
  void add(OrgId org, RowId position, Gone gone, OnShown on_shown) EXCLUDES(mutex_);
  void answer() EXCLUDES(mutex_);
  // Nobody answers any more: those that wait are told, and whoever comes is.
  void close() EXCLUDES(mutex_);

 private:
  struct Waiter {
    OrgId org;
    RowId position;
    Gone gone;
    std::chrono::steady_clock::time_point until;
    OnShown on_shown;
  };

  bool has_room(OrgId org) REQUIRES(mutex_);

  matrix::Matrix& matrix_;
  Mutex mutex_;
  std::vector<Waiter> waiters_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace scorekeeper::intake
