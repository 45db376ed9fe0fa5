// The work that one request may do: a number of steps, a time by which it must be done, and whether
// anybody still waits for the answer. Code that does long work for a request spends from its budget
// as it goes on, and stops when the budget refuses.
//
// Made by the request's handler, handed down by reference. One thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/cancelled.h"
#include "base/result.h"

namespace scorekeeper {

class WorkBudget {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  struct Bounds {
    std::uint64_t steps = no_end;
    SteadyTime deadline = SteadyTime::max();
    Cancelled cancelled;
  };

  WorkBudget() = default;  // without bounds: for work that no request waits for
  explicit WorkBudget(Bounds bounds) : bounds_(std::move(bounds)), left_(bounds_.steps) {}

  // Takes `steps` off; false = stop, now and at every later call. Looks at the clock and at the
  // cancellation every `look_steps` steps, so one call may be as small as a single step.
  bool spend(std::uint64_t steps) {
    if (stop_) return false;
    if (left_ != no_end) {
      if (steps > left_) return stop(Stop::steps);
      left_ -= steps;
    }
    until_look_ -= static_cast<std::int64_t>(std::min<std::uint64_t>(steps, look_steps));
    return until_look_ > 0 || look();
  }
  bool stopped() const { return stop_.has_value(); }
  // The reason why spend() refused. `parameter` is the one that asks for the work: a query
  // parameter ("filter[entity][query]") or a JSON pointer, as in Error::pointer.
  //   no steps left    invalid: the caller must ask for less
  //   past the deadline  unavailable: the server is too busy; the caller may repeat it
  //   cancelled        unavailable: nobody reads it
  Error error(std::string parameter) const;

  static constexpr std::int64_t look_steps = 4'096;  // some microseconds of work

 private:
  enum class Stop { steps, deadline, cancelled };

  bool stop(Stop why) {
    stop_ = why;
    return false;
  }
  bool look();

  Bounds bounds_;
  std::uint64_t left_ = no_end;
  std::int64_t until_look_ = 0;  // the first call looks
  std::optional<Stop> stop_;
};

}  // namespace scorekeeper
