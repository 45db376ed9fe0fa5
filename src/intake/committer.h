// The committer: the one thread that writes. Takes what is queued, makes groups of it, appends them
// to the logs, publishes them to the matrix, answers. Changes of the catalog and the upkeep run
// between groups, in queue order. A rule whose scope is new goes back into the queue until it is
// evaluated for all entities, in pieces. A group that the store refuses leaves no trace: each of
// its requests is answered with the error. Nothing of it is tried again, since what a group decided
// (the numbers of new entities, the cells that change) holds for that group alone, and no store
// refuses anything that a request can say. When the store cannot say whether a group is stored, the
// follower shows it if it is there.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "intake/follower.h"
#include "intake/group.h"
#include "intake/queue.h"
#include "intake/shown_waiters.h"
#include "intake/snapshots.h"
#include "intake/unknown_rules.h"
#include "intake/upkeep.h"
#include "matrix/matrix.h"
#include "store/catalog.h"
#include "store/log.h"

namespace scorekeeper::intake {

// Numbers for requests, of ranges that the store gave to this server alone: none is given twice,
// whatever a crash or a failed group leaves behind.
class RequestNumbers {
 public:
  bool has(std::size_t count) const { return next_ + count <= end_; }
  RequestNumber take() { return RequestNumber{next_++}; }
  void start_range(RequestNumber first) {
    next_ = first.number;
    end_ = next_ + step;
  }
  void drop() { next_ = end_ = 0; }

  static constexpr std::uint64_t step = 1'000'000;

 private:
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
};

class Committer {
 public:
  Committer(matrix::Matrix& matrix, const Stores& stores, Clock& clock, Metrics& metrics);

  // Folds the logs. Before run().
  Result<void> open();
  // The body of the thread: until the queue is closed and empty.
  void run(Queue& queue);
  // An unknown rule may be another server's news: is it worth an append?
  bool may_be_news(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved,
                   OrgId org);
  bool is_following() const { return follower_.is_following(); }
  void tick();
  // As Intake::when_shown.
  void when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown);
  // The number of times that rules or entities have been deleted. Any thread.
  std::uint64_t removals() const { return removals_.load(std::memory_order_acquire); }

 private:
  // A batch that is in the group, with what it does.
  struct Member {
    BatchWork* work = nullptr;
    Comparison comparison;
  };
  // One that is refused whatever becomes of the group.
  struct Refused {
    BatchWork* work = nullptr;
    Error error;
  };

  // In appends of a few orgs each, as the store likes it.
  void commit_by_orgs(std::span<BatchWork> batches);
  void commit(std::span<BatchWork> batches);
  // Puts the batches of orgs that wait for the follower back into the queue; the others are
  // committed. false = there are none.
  bool put_back(std::span<BatchWork> batches);
  Result<void> give_numbers(std::span<BatchWork> batches);
  // Appends what `prepare` returns, once the matrix shows all that the orgs' logs have.
  Result<store::Append> append(std::span<const OrgId> orgs, const store::PrepareAppend& prepare);
  Result<store::Append> make_group(std::span<BatchWork> batches, store::AppendView& view);
  void show_group(std::span<const store::LogRecord> records);
  void answer_group();
  void refuse(std::span<BatchWork> batches, const Error& error);
  void change_catalog(CatalogWork& work);
  Result<void> write_catalog(CatalogWork& work);
  Result<store::Append> make_change(CatalogWork& work, store::AppendView& view);
  void follow();
  void note_removals();
  void update_gauges(Time now);

  matrix::Matrix& matrix_;
  store::Log& log_;
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
  SnapshotOptions snapshot_options_;
  Follower follower_;
  Snapshots snapshots_;
  bool store_fails_ = false;  // the last append was refused
  UnknownRules unknown_rules_;
  ShownWaiters waiters_;

  Time gauges_at_{};
  RequestNumbers numbers_;
  std::uint64_t numbers_generation_ = 0;  // of the history that the numbers were reserved in
  Group group_;
  Upkeep upkeep_;
  std::vector<Member> members_;
  std::vector<Refused> refused_;
  std::optional<Time> prepared_;  // when the store began to write
  Queue* queue_ = nullptr;        // that run() takes from
  // Of a change of the catalog: what is written.
  std::optional<CatalogChange> change_;
  bool scopes_wait_ = false;  // it has one that is not evaluated for all entities yet
};

}  // namespace scorekeeper::intake
