// The result of a batch of outcomes, and how its submitter gets it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "domain/outcome.h"
#include "store/log.h"

namespace scorekeeper::intake {

// The result of a batch that is durable and visible.
struct Receipt {
  store::AcceptedRequest request;
  std::uint32_t total_updated = 0;  // distinct (rule, entity) pairs in it
  // Only when asked for: the batch as it was submitted, and per result the position that now holds
  // it.
  OutcomeBatch batch;
  std::vector<RowId> rows;
};

// A failed batch may carry the number that its request was given, so that a client can ask for its
// result later; 0 = it has no number.
struct Failure {
  Error error;
  RequestNumber request;
};

// Called on the committer thread, exactly once: must not block and must not throw.
using OnBatch = std::function<void(std::expected<Receipt, Failure>)>;

struct SubmitOptions {
  bool want_rows = false;
};

}  // namespace scorekeeper::intake
