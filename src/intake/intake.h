// Intake: the only way in for writes (docs/decisions/0004-one-writer.md). submit() puts work into a
// bounded queue; the committer, one thread, takes everything queued, compares it with the matrix,
// appends what changed to the logs in one transaction, publishes it to the matrix, and only then
// calls each submitter back. Work that is answered with success is durable and visible.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/siphash.h"
#include "domain/org.h"
#include "domain/outcome.h"
#include "intake/change.h"
#include "intake/receipt.h"
#include "intake/shown_waiters.h"
#include "intake/stores.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

template <class Value>
using OnChanged = std::function<void(Result<Value>)>;

class Committer;
class Queue;

class Intake {
 public:
  // Folds the logs into the matrix, which is empty, from the snapshot if it can be used, and starts
  // the committer thread.
  static Result<std::unique_ptr<Intake>> open(matrix::Matrix& matrix, Stores stores, Clock& clock,
                                              Metrics& metrics);
  ~Intake();  // closes
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // Any thread; never waits. Immediate Errors: unknown rules (conflict, one error for each distinct
  // id), a full queue (rate_limited, subject "intake_queue"), too many entities. On an Error
  // `on_batch` is never called.
  Result<void> submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                      OnBatch on_batch);
  // The same for a change of the catalog: `done` gets the value that was decided once the change
  // is durable and visible, or else why it is not.
  template <class Value>
  Result<void> change(const Caller& caller, Change<Value> change,
                      OnChanged<std::type_identity_t<Value>> done);

  // Whether the store was there at the last look at its logs, and, where other servers append, not
  // long ago. Any thread.
  bool is_following() const;
  // Called now and then, by one thread: answers callers that waited too long, also while the
  // committer waits for the store, and notes how old the last look at the store is.
  void tick();
  // Calls back when the org's answers show at least that position of its history, or after
  // position_wait. Never waits. A caller that is `gone` need not be called.
  // `scorekeeper-min-position`.
  void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown);

  // Finishes what is queued, saves reports, writes a snapshot, stops the committer; later submits
  // get `unavailable`.
  // Main thread.
  void close();

 private:
  Intake(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics);
  // As submit(); of work that is not taken `done` is never called.
  Result<void> push(CatalogWork work);
  Result<void> start();
  void run();

  matrix::Matrix& matrix_;
  store::Catalog& catalog_;
  SipKey change_key_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Committer> committer_;
  std::thread thread_;
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
