// Rules that no server knows, for a second: a client that asks for one over and over is answered at
// once, without a turn for each. Bounded. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "domain/outcome.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

class UnknownRules {
 public:
  explicit UnknownRules(Clock& clock) : clock_(clock) {}

  // The rules of a batch that was refused in its turn.
  void add(OrgId org, const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved)
      EXCLUDES(mutex_);
  // All rules of the batch that are not resolved were unknown a moment ago.
  bool knows_all(OrgId org, const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved)
      EXCLUDES(mutex_);

 private:
  Clock& clock_;
  Mutex mutex_;
  std::unordered_map<std::string, Time> until_ GUARDED_BY(mutex_);  // by org and id
};

}  // namespace scorekeeper::intake
