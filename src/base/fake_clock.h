// A clock that stands still until a test moves it. Any thread.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace scorekeeper {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = time_of_microseconds(1'790'000'000'000'000))
      : now_(microseconds_of(start)) {}
  Time now() override { return time_of_microseconds(now_.load()); }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace scorekeeper
