// Intake: the only way in for writes (design §5, decisions 3). submit() puts work into a bounded
// queue; the committer, one thread, takes everything queued, compares it with the matrix, appends
// what changed to the ledger in one transaction, publishes it to the matrix, and only then calls
// each submitter back. What is answered with success is durable and visible.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "domain/org.h"
#include "domain/outcome.h"
#include "domain/rule.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/ledger.h"

namespace scorekeeper::intake {

// What became of a batch.
struct Receipt {
  store::AcceptedRequest request;
  std::uint32_t total_updated = 0;  // distinct (rule, entity) pairs in it (decisions 34)
  std::vector<RowId> rows;  // per result, the ledger row that now holds it; only when asked for
};

// A failed batch may carry the number that its request was given, so that a client can ask later
// what became of it (decisions 12); 0 = none was given.
struct Failure {
  Error error;
  RequestNumber request;
};

// Called on the committer thread, exactly once: must not block and must not throw.
using OnBatch = std::function<void(std::expected<Receipt, Failure>)>;
using OnRule = std::function<void(Result<matrix::RuleView>)>;
using OnDone = std::function<void(Result<void>)>;

struct SubmitOptions {
  bool want_rows = false;
};

class Intake {
 public:
  // Folds nothing: the matrix must be up to date with the ledger's head. Starts the committer
  // thread.
  static Result<std::unique_ptr<Intake>> open(matrix::Matrix& matrix, store::Ledger& ledger,
                                              store::Catalog& catalog, Clock& clock,
                                              Metrics& metrics);
  virtual ~Intake() = default;  // closes

  // Any thread; never waits. Immediate Errors: unknown rules (conflict, one error for each distinct
  // id), a full queue (rate_limited, subject "intake_queue"), too many entities. On an Error
  // `on_batch` is never called.
  virtual Result<void> submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                              OnBatch on_batch) = 0;
  virtual Result<void> create_rule(const Caller& caller, RuleFields fields, OnRule on_rule) = 0;
  virtual Result<void> update_rule(const Caller& caller, std::string rule_id, RuleFields fields,
                                   OnRule on_rule) = 0;
  virtual Result<void> remove_rule(const Caller& caller, std::string rule_id, OnDone on_done) = 0;

  // Finishes what is queued, saves reports, stops the committer; later submits get `unavailable`.
  // Main thread.
  virtual void close() = 0;
};

// Rebuilds the matrix from catalog and ledger, at start.
Result<void> fold(store::Catalog& catalog, store::Ledger& ledger, matrix::Matrix& matrix);

}  // namespace scorekeeper::intake
