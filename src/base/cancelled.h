// Cancellation of the work for one request.
#pragma once

#include <atomic>
#include <memory>

#include "base/result.h"

namespace scorekeeper {

// Becomes true when nobody waits for the answer any more: the connection is gone, or the server has
// drained for as long as it may. Long work looks at it and ends. Any thread; null: never.
using Cancelled = std::shared_ptr<const std::atomic<bool>>;

// Error unavailable: it is true.
inline Result<void> check_wanted(const Cancelled& cancelled) {
  if (!cancelled || !*cancelled) return {};
  return make_error(Code::unavailable, "the client is gone");
}

}  // namespace scorekeeper
