// The committer: the one thread that writes (decisions 3). Takes what is queued, makes a group of
// it, appends it to the ledger in one transaction, publishes it to the matrix, answers. Changes of
// the catalog and the upkeep run between groups, in queue order. A group that the store refuses as
// `unavailable` is answered so and leaves no trace; one that fails otherwise is tried again request
// by request, once (decisions 9).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "intake/group.h"
#include "intake/queue.h"
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

 private:
  static constexpr std::uint64_t step = 1'000'000;
  bool low() const { return next_ + step / 8 > reserved_; }

  std::uint64_t next_ = 1;
  std::uint64_t reserved_ = 1;
};

class Committer {
 public:
  Committer(matrix::Matrix& matrix, store::Ledger& ledger, store::Catalog& catalog, Clock& clock,
            Metrics& metrics);

  // Reads where the ledger ends and reserves request numbers. Before run().
  Result<void> open();
  // The body of the thread: until the queue is closed and empty.
  void run(Queue& queue);
  // How many rules have been deleted. Any thread.
  std::uint64_t removals() const { return removals_.load(std::memory_order_acquire); }

 private:
  void commit(std::span<BatchWork> batches);
  bool reserve_numbers(std::span<BatchWork> batches);
  void make_group(std::span<BatchWork> batches);
  Result<void> append_group();
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
  std::atomic<std::uint64_t> removals_ = 0;

  RowId head_;
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
