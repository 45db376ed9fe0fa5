#include "intake/intake.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include "base/log.h"
#include "intake/committer.h"
#include "intake/group.h"
#include "intake/queue.h"

namespace scorekeeper::intake {

Intake::Intake(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      catalog_(stores.catalog),
      queue_(std::make_unique<Queue>(matrix.limits(), metrics)),
      committer_(std::make_unique<Committer>(matrix, std::move(stores), clock, metrics)) {}

Intake::~Intake() { close(); }

void Intake::close() {
  queue_->close();
  if (thread_.joinable()) thread_.join();
}

void Intake::tick() { committer_->tick(); }

bool Intake::is_following() const { return committer_->is_following(); }

void Intake::when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown) {
  committer_->when_shown(org, position, std::move(gone), std::move(on_shown));
}

Result<void> Intake::push(CatalogWork work) { return queue_->push(std::move(work)); }

Result<void> Intake::start() {
  change_key_ = TRY(catalog_.secrets()).change_key;
  TRY(committer_->open());
  thread_ = std::thread([this] { run(); });
  return {};
}

// An exception of a library leaves a group half done in memory: only a restart folds the truth
// again.
void Intake::run() {
  try {
    committer_->run(*queue_);
  } catch (const std::exception& exception) {
    log::error("committer_failed", {{"error", exception.what()}});
    log::flush();
    std::abort();
  }
}

Result<void> Intake::submit(const Caller& caller, OutcomeBatch batch, SubmitOptions options,
                            OnBatch on_batch) {
  if (queue_->looks_full()) return queue_->full();
  BatchWork work{
      .caller = caller,
      .batch = std::move(batch),
      .options = options,
      .on_batch = std::move(on_batch),
      .resolved = {},
      .hashes = {},
      // Before the look at the rules: one that is deleted in between is seen by the committer.
      .removals = committer_->removals(),
      .number = {}};
  work.resolved = matrix_.org(caller.org).resolve(work.batch);
  if (std::ranges::any_of(work.resolved, [](const auto& one) { return !one.rule; })) {
    if (!committer_->may_be_news(work.batch, work.resolved, caller.org)) {
      return unknown_rules(work.batch, work.resolved);
    }
    work.removals = resolve_again;  // in its turn
  }
  work.hashes.reserve(work.batch.results.size());
  for (const ReportedOutcome& result : work.batch.results) {
    work.hashes.push_back(siphash13(change_key_, work.batch.view(result.remarks)));
  }
  return queue_->push(std::move(work));
}

Result<std::unique_ptr<Intake>> Intake::open(matrix::Matrix& matrix, Stores stores, Clock& clock,
                                             Metrics& metrics) {
  std::unique_ptr<Intake> intake(new Intake(matrix, std::move(stores), clock, metrics));
  TRY(intake->start());
  return intake;
}

}  // namespace scorekeeper::intake
