#include "intake/shown_waiters.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace scorekeeper::intake {

namespace {

bool is_set(const Gone& gone) { return gone && gone->load(std::memory_order_relaxed); }

}  // namespace

bool ShownWaiters::has_room(OrgId org) {
  for (const bool looked_for_gone : {false, true}) {
    if (looked_for_gone) {
      std::erase_if(waiters_, [](const Waiter& waiter) { return is_set(waiter.gone); });
    }
    const auto of_org =
        static_cast<std::size_t>(std::ranges::count(std::as_const(waiters_), org, &Waiter::org));
    if (waiters_.size() < shown_waiters_max && of_org < shown_waiters_of_org_max) return true;
  }
  return false;
}

void ShownWaiters::add(OrgId org, RowId position, Gone gone, OnShown on_shown) {
  const bool shown = matrix_.org(org).position() >= position;
  if (!shown) {
    Lock lock(mutex_);
    if (!closed_ && has_room(org)) {
      waiters_.push_back({.org = org,
                          .position = position,
                          .gone = std::move(gone),
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
      if (is_set(waiter.gone)) continue;
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
