// Intake: the only way in for writes (docs/decisions/0004-one-writer.md). submit() puts work into a
// bounded queue; the committer, one thread, takes everything queued, compares it with the matrix,
// appends what changed to the logs in one transaction, publishes it to the matrix, and only then
// calls each submitter back. Work that is answered with success is durable and visible.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/result.h"
#include "domain/org.h"
#include "domain/outcome.h"
#include "intake/change.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/log.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

// The result of a batch.
struct Receipt {
  store::AcceptedRequest request;
  std::uint32_t total_updated = 0;  // distinct (rule, entity) pairs in it
  std::vector<RowId> rows;  // per result, the position that now holds it; only when asked for
};

// A failed batch may carry the number that its request was given, so that a client can ask later
// what became of it; 0 = none was given.
struct Failure {
  Error error;
  RequestNumber request;
};

// Called on the committer thread, exactly once: must not block and must not throw.
using OnBatch = std::function<void(std::expected<Receipt, Failure>)>;
template <class Value>
using OnChanged = std::function<void(Result<Value>)>;

struct SubmitOptions {
  bool want_rows = false;
};

// The place of snapshots and the time to write them (intake/snapshots.h). No place: none are.
struct SnapshotOptions {
  std::optional<store::SnapshotPlace> place{};
  std::uint64_t changes = snapshot_changes;
  std::chrono::milliseconds interval = snapshot_interval;
  std::chrono::milliseconds stop_patience = snapshot_stop_patience;
};

// The store, which other processes may write to as well.
struct Stores {
  store::Log& log;
  store::Catalog& catalog;
  // Told when the matrix is built anew, or a long tail read, while the server runs, and when that
  // is done; returns when nobody looks at the matrix any more. Committer thread.
  std::function<void(bool folding)> on_folding = [](bool) {};
  std::uint64_t tail_positions_max = scorekeeper::tail_positions_max;  // less in tests
  store::Keep keep{};  // what the upkeep prunes, once a day
  SnapshotOptions snapshots{};
};

// Called once, on any thread: true = the position is shown; false = not in time.
using OnShown = std::function<void(bool shown)>;
// Becomes true when nobody waits for an answer any more; null: never.
using Gone = std::shared_ptr<const std::atomic<bool>>;

class Intake {
 public:
  // Folds the logs into the matrix, which is empty, from the snapshot if it can be used, and starts
  // the committer thread.
  static Result<std::unique_ptr<Intake>> open(matrix::Matrix& matrix, Stores stores, Clock& clock,
                                              Metrics& metrics);
  virtual ~Intake() = default;  // closes

  // Any thread; never waits. Immediate Errors: unknown rules (conflict, one error for each distinct
  // id), a full queue (rate_limited, subject "intake_queue"), too many entities. On an Error
  // `on_batch` is never called.
  virtual Result<void> submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                              OnBatch on_batch) = 0;
  // The same for a change of the catalog: `done` gets the value that was decided once the change
  // is durable and visible, or else why it is not.
  template <class Value>
  Result<void> change(const Caller& caller, Change<Value> change,
                      OnChanged<std::type_identity_t<Value>> done);

  // Whether the store was there at the last look at its logs, and, where other servers append, not
  // long ago. Any thread.
  virtual bool is_following() const = 0;
  // Called now and then, by one thread: answers callers that waited too long, also while the
  // committer waits for the store, and notes how old the last look at the store is.
  virtual void tick() = 0;
  // Calls back when the org's answers show at least that position of its history, or after
  // position_wait. Never waits. A caller that is `gone` need not be called.
  // `scorekeeper-min-position`.
  virtual void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown) = 0;

  // Finishes what is queued, saves reports, writes a snapshot, stops the committer; later submits
  // get `unavailable`.
  // Main thread.
  virtual void close() = 0;

 protected:
  // As submit(); of work that is not taken `done` is never called.
  virtual Result<void> push(CatalogWork work) = 0;
};

template <class Value>
Result<void> Intake::change(const Caller& caller, Change<Value> change,
                            OnChanged<std::type_identity_t<Value>> done) {
  const auto value = std::make_shared<Value>();
  return push({.caller = caller,
               .decide = [value, change](const Decision& decision) -> Result<CatalogChange> {
                 Decision asked = decision;
                 asked.precondition = &change.precondition;
                 Decided<Value> decided = TRY(change.decide(asked));
                 *value = std::move(decided.value);
                 return std::move(decided.change);
               },
               .done =
                   [value, done = std::move(done)](Result<void> written) {
                     if (!written) return done(std::move(written).error());
                     done(std::move(*value));
                   },
               .bytes = change.bytes});
}

}  // namespace scorekeeper::intake
