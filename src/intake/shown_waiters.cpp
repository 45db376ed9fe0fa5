#include "intake/shown_waiters.h"

#include <utility>

#include "base/limits.h"

namespace scorekeeper::intake {

void ShownWaiters::add(OrgId org, RowId position, OnShown on_shown) {
  const bool shown = matrix_.org(org).position() >= position;
  if (!shown) {
    Lock lock(mutex_);
    if (!closed_ && waiters_.size() < shown_waiters_max) {
      waiters_.push_back({.org = org,
                          .position = position,
                          .until = std::chrono::steady_clock::now() + position_wait,
                          .on_shown = std::move(on_shown)});
      return;
    }
  }
  on_shown(shown);
}

void ShownWaiters::answer() {
  std::vector<std::pair<Waiter, bool>> done;
  const auto now = std::chrono::steady_clock::now();
  {
    Lock lock(mutex_);
    std::vector<Waiter> waiting;
    for (Waiter& waiter : waiters_) {
      const bool shown = matrix_.org(waiter.org).position() >= waiter.position;
      if (shown || waiter.until <= now || closed_) {
        done.emplace_back(std::move(waiter), shown);
      } else {
        waiting.push_back(std::move(waiter));
      }
    }
    waiters_ = std::move(waiting);
  }
  for (const auto& [waiter, shown] : done) waiter.on_shown(shown);
}

void ShownWaiters::close() {
  {
    Lock lock(mutex_);
    closed_ = true;
  }
  answer();
}

}  // namespace scorekeeper::intake
