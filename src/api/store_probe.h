// Whether the store answers, as /readyz tells it. A thread of its own asks the store again and
// again (probe), so that the event loop only reads a flag, however long the store takes. probe() by
// one thread; reached() by any.
#pragma once

#include <atomic>
#include <chrono>

#include "base/limits.h"
#include "store/log.h"

namespace scorekeeper::api {

class StoreProbe {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit StoreProbe(store::Log& log) : log_(log) {}

  void probe(Moment now = std::chrono::steady_clock::now()) {
    const bool answered = log_.ping().has_value();
    reached_at_ = answered ? now : Moment::min();
  }
  // The last question was answered, and not long ago: a question that hangs is no answer.
  bool reached(Moment now = std::chrono::steady_clock::now()) const {
    const Moment at = reached_at_.load();
    return at != Moment::min() && now - at <= store_probe_fresh;
  }

 private:
  store::Log& log_;
  std::atomic<Moment> reached_at_ = Moment::min();
};

}  // namespace scorekeeper::api
