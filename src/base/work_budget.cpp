#include "base/work_budget.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace scorekeeper {

bool WorkBudget::look() {
  until_look_ = look_steps;
  if (bounds_.cancelled && bounds_.cancelled->load(std::memory_order_relaxed)) {
    return stop(Stop::cancelled);
  }
  if (bounds_.deadline != SteadyTime::max() &&
      std::chrono::steady_clock::now() >= bounds_.deadline) {
    return stop(Stop::deadline);
  }
  return true;
}

Error WorkBudget::error(std::string parameter) const {
  ASSERT(stop_);
  switch (*stop_) {
    case Stop::steps:
      return invalid(fmt::format("the request needs more than {} steps of work (query_work_max); "
                                 "use fewer terms, fewer wildcards or another filter",
                                 bounds_.steps),
                     std::move(parameter));
    case Stop::deadline:
      return make_error(Code::unavailable,
                        "the request was not answered within query_deadline_ms; repeat it later, "
                        "or ask for less");
    case Stop::cancelled:
      break;
  }
  return make_error(Code::unavailable, "the request was cancelled");
}

}  // namespace scorekeeper
