// The committer: the one thread that writes. Takes what is queued, makes a group of it, appends it
// to the ledger in one transaction, publishes it to the matrix, answers. Changes of the catalog and
// the upkeep run between groups, in queue order. A group that the store refuses leaves no trace:
// each of its requests is answered with the error. Nothing of it is tried again, since what a group
// decided (the numbers of new entities, the cells that change) holds for that group alone, and no
// store refuses anything that a request can say.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "intake/follower.h"
#include "intake/group.h"
#include "intake/queue.h"
#include "intake/shown_waiters.h"
#include "intake/unknown_rules.h"
#include "intake/upkeep.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/ledger.h"

namespace scorekeeper::intake {

// Numbers for requests. A number is given only below a mark that is already in the store, so that
// none is given twice, whatever a crash or a failed group leaves behind.
class RequestNumbers {
 public:
  void start(RequestNumber reserved) {
    next_ = reserved_ = std::max<std::uint64_t>(reserved.number, 1);
  }
  bool has(std::size_t count) const { return next_ + count <= reserved_; }
  RequestNumber peek() const { return RequestNumber{next_}; }
  void take() { ++next_; }
  // The mark to store with the next transaction.
  RequestNumber mark() const { return RequestNumber{low() ? next_ + step : reserved_}; }
  void stored(RequestNumber mark) { reserved_ = mark.number; }
  // Where several servers take them: numbers from `first` on, that are nobody else's.
  void start_range(RequestNumber first) {
    next_ = first.number;
    reserved_ = next_ + step;
  }

  static constexpr std::uint64_t step = 1'000'000;

 private:
  bool low() const { return next_ + step / 8 > reserved_; }

  std::uint64_t next_ = 1;
  std::uint64_t reserved_ = 1;
};

class Committer {
 public:
  Committer(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics);

  // Reads where the ledger ends and reserves request numbers; of a shared store it folds all.
  // Before run().
  Result<void> open();
  // The body of the thread: until the queue is closed and empty.
  void run(Queue& queue);
  // Where the ledger is shared, an unknown rule may be another server's news: is it worth a turn?
  bool may_be_news(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved,
                   OrgId org);
  bool is_following() const { return !follower_ || follower_->is_following(); }
  void tick();
  // As Intake::when_shown.
  void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown);
  // How many times rules or entities have been deleted. Any thread.
  std::uint64_t removals() const { return removals_.load(std::memory_order_acquire); }

 private:
  // Of a shared store: batches of one org in each turn.
  void commit_in_turns(std::span<BatchWork> batches);
  void commit(std::span<BatchWork> batches);
  Result<void> begin_turn(OrgId org);
  void follow();
  void note_removals();
  bool reserve_numbers(std::span<BatchWork> batches);
  Result<void> reserve_number_range();
  void make_group(std::span<BatchWork> batches);
  Result<void> append_group();
  // After a write that failed: true = it is stored all the same, and the matrix shows it.
  bool is_stored_after_all(OrgId org);
  void answer_group();
  void fail_group(std::span<BatchWork> batches, const Error& error);
  void change_catalog(CatalogWork& work);
  Result<void> write_catalog(CatalogWork& work);
  void update_gauges(Time now);

  matrix::Matrix& matrix_;
  store::Ledger& ledger_;
  store::Catalog& catalog_;
  Clock& clock_;
  Counter& received_;
  Counter& changed_;
  Counter& groups_;
  Histogram& group_outcomes_;
  Histogram& commit_seconds_;
  Gauge& position_;
  Counter& failures_;
  Gauge& cells_;
  Gauge& entities_;
  Gauge& bytes_;
  Counter& doubts_;
  std::atomic<std::uint64_t> removals_ = 0;
  store::Shared* shared_;               // null: this server writes alone
  std::unique_ptr<Follower> follower_;  // null: the same
  std::uint64_t followed_removals_ = 0;
  std::uint64_t numbers_generation_ = 0;  // of the history that the numbers were reserved in
  UnknownRules unknown_rules_;
  ShownWaiters waiters_;

  RowId head_;  // where the store is shared: of the org whose turn it is
  Time last_at_{};
  Time gauges_at_{};
  RequestNumbers numbers_;
  Group group_;
  Upkeep upkeep_;
  // A batch that is in the group, with what it does.
  struct Member {
    BatchWork* work = nullptr;
    Comparison comparison;
  };
  std::vector<Member> members_;
};

}  // namespace scorekeeper::intake
