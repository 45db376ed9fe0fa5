// A log on a disk or behind a network that fails or hangs when told to: all of a store's faults in
// tests. It may stand for one server's way to a log that several share. Included by test files
// only.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "intake/kept_changes.h"
#include "store/log.h"

namespace scorekeeper::intake {

// The point at which an append fails.
enum class Fault {
  before_prepare,
  at_commit,     // nothing is stored
  after_commit,  // all is stored, but the answer is lost
};

class FaultyLog : public store::Log {
 public:
  explicit FaultyLog(store::Log& log) : log_(log) {}

  // --- for tests; any thread
  // The next `count` appends that carry requests fail with that code.
  void fail_appends(Code code, int count, Fault fault = Fault::at_commit) {
    Lock lock(mutex_);
    fail_code_ = code;
    fail_count_ = count;
    fault_ = fault;
  }
  // Appends with that remark in a change fail with code invalid.
  void fail_on_remarks(std::string remarks) {
    Lock lock(mutex_);
    bad_remarks_ = std::move(remarks);
  }
  // Appends that change the catalog fail.
  std::atomic<bool> catalog_fails = false;
  // Appends that write something wait until release(), inside of their transaction.
  void hold() {
    Lock lock(mutex_);
    held_ = true;
  }
  void release() {
    Lock lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // Waits until an append is held back.
  void wait_until_held() {
    Lock lock(mutex_);
    while (waiting_ == 0) changed_.wait(mutex_);
  }
  // A server that asks for the heads waits, so that it falls behind others.
  void hold_heads() {
    Lock lock(mutex_);
    heads_held_ = true;
  }
  void release_heads() {
    Lock lock(mutex_);
    heads_held_ = false;
    changed_.notify_all();
  }
  // Each of the next `count` tails of more than `records` records fails after those, also in an
  // append.
  void fail_tails(int count, std::uint64_t records) {
    records_before_failure_ = records;
    failures_left_ = count;
  }
  int failures_left() const { return failures_left_; }
  std::atomic<bool> reads_fail = false;           // of outcomes and of requests
  std::atomic<bool> has_another_history = false;  // at its positions are other outcomes
  std::atomic<bool> reports_fail = false;         // to be saved
  std::atomic<bool> dead = false;  // as after a kill: whatever would be written is lost
  // Instead of the log's own, if not `own`.
  static constexpr auto own = std::chrono::milliseconds::min();
  std::atomic<std::chrono::milliseconds> interval = own;  // between looks at the heads
  std::atomic<std::chrono::milliseconds> age_max = own;   // of such a look

  // --- for tests; set before the server starts, called on the thread of the call
  std::function<void()> before_read;
  std::function<void()> before_append;
  std::function<void(const store::Append&)> after_append;  // that has written something
  std::function<void()> after_reserve;
  // Appends as another server, before the next append of this one.
  std::function<void(store::Log&)> other_server;
  bool counts_prunes_only = false;       // every third one is an org's last; none takes anything
  OrgId damaged;                         // its log cannot be pruned
  std::vector<store::PruneWork> prunes;  // what was asked for; read while no server runs

  // --- Log
  Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    if (before_read) before_read();
    return cut(log_.read(org, after, records_max), after);
  }
  Result<store::Heads> heads() override {
    wait_while_heads_held();
    return log_.heads();
  }
  Result<store::Append> append(std::span<const OrgId> orgs,
                               const store::PrepareAppend& prepare) override {
    if (before_append) before_append();
    if (dead) return killed();
    if (fails(Fault::before_prepare, true)) return refusal();
    if (const auto append_first = std::exchange(other_server, nullptr)) append_first(log_);
    bool lost = false;
    auto appended = log_.append(orgs, [&](store::AppendView& view) -> Result<store::Append> {
      View failing(*this, view);
      store::Append append = TRY(prepare(failing));
      if (append.empty()) return append;
      wait_while_held();
      TRY(refuse(append));
      lost = fails(Fault::after_commit, !append.requests.empty());
      return append;
    });
    if (lost && appended) return refusal();
    if (after_append && appended && !appended->empty()) after_append(*appended);
    return appended;
  }
  Result<std::vector<store::OutcomeRow>> rows(OrgId org,
                                              std::span<const RowId> positions) override {
    if (reads_fail) return busy();
    auto rows = log_.rows(org, positions);
    if (!rows || !has_another_history) return rows;
    for (store::OutcomeRow& row : *rows) ++row.entity.number;
    return rows;
  }
  Result<std::optional<store::AcceptedRequest>> find_request(OrgId org,
                                                             RequestNumber number) override {
    if (reads_fail) return busy();
    return log_.find_request(org, number);
  }
  Result<void> ping() override {
    if (reads_fail) return busy();
    return log_.ping();
  }
  std::size_t orgs_in_append_max() const override { return log_.orgs_in_append_max(); }
  std::chrono::milliseconds follow_interval() const override {
    const std::chrono::milliseconds given = interval;
    return given == own ? log_.follow_interval() : given;
  }
  std::chrono::milliseconds heads_age_max() const override {
    const std::chrono::milliseconds given = age_max;
    return given == own ? log_.heads_age_max() : given;
  }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    if (dead) return killed();
    auto first = log_.reserve_requests(count);
    if (after_reserve) after_reserve();
    return first;
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    if (dead) return killed();
    return log_.forget_requests(before, limit);
  }
  Result<store::Pruned> prune(const store::PruneWork& work) override {
    if (dead) return killed();
    const std::size_t asked = note(work);
    if (work.org == damaged) return make_error(Code::internal, "the log is damaged");
    if (!counts_prunes_only) return log_.prune(work);
    store::Pruned pruned{.outcomes = 1, .floors = {}};
    if (asked % 3 != 0) pruned.next = work;
    return pruned;
  }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    if (dead) return killed();
    if (reports_fail) return make_error(Code::unavailable, "the disk is full");
    return log_.save_reported(blocks);
  }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    return log_.load_new_reports(block);
  }
  void forget_reports_seen() override { log_.forget_reports_seen(); }

 private:
  class View final : public store::AppendView {
   public:
    View(FaultyLog& log, store::AppendView& view) : log_(log), view_(view) {}
    std::span<const store::Head> heads() const override { return view_.heads(); }
    Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
      return log_.cut(view_.read(org, after, records_max), after);
    }

   private:
    FaultyLog& log_;
    store::AppendView& view_;
  };

  // The committers of several servers prune at once.
  std::size_t note(const store::PruneWork& work) {
    const Lock lock(mutex_);
    prunes.push_back(work);
    return prunes.size();
  }
  static Error killed() { return make_error(Code::unavailable, "the server was killed"); }
  static Error busy() { return make_error(Code::unavailable, "the database is busy"); }
  Error refusal() const {
    Lock lock(mutex_);
    return make_error(fail_code_, "the disk is full");
  }
  bool fails(Fault fault, bool requests) {
    Lock lock(mutex_);
    if (fault != fault_ || !requests || fail_count_ == 0) return false;
    --fail_count_;
    return true;
  }
  Result<void> refuse(const store::Append& append) {
    if (catalog_fails && append.change != nullptr) {
      return make_error(Code::unavailable, "the disk is full");
    }
    if (fails(Fault::at_commit, !append.requests.empty())) return refusal();
    if (has_bad_remarks(append)) return make_error(Code::invalid, "bad remarks");
    return {};
  }
  bool has_bad_remarks(const store::Append& append) const {
    Lock lock(mutex_);
    if (bad_remarks_.empty()) return false;
    return std::ranges::any_of(append.records, [bad = bad_remarks_](const auto& record) {
      const auto changes = changes_of(record);
      return std::ranges::find(changes, bad, &KeptChange::remarks) != changes.end();
    });
  }
  void wait_while_held() {
    Lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (held_) changed_.wait(mutex_);
    --waiting_;
  }
  void wait_while_heads_held() {
    Lock lock(mutex_);
    while (heads_held_) changed_.wait(mutex_);
  }
  // A tail is read page by page: one that goes on where the last page ended is the same.
  Result<store::LogPage> cut(Result<store::LogPage> page, RowId after) {
    if (!page || failures_left_ == 0) return page;
    if (after != read_to_) read_ = 0;
    if (read_ + page->records.size() <= records_before_failure_) {
      read_ += page->records.size();
      if (!page->records.empty()) read_to_ = page->records.back().last();
      return page;
    }
    if (read_ < records_before_failure_) {
      page->records.resize(records_before_failure_ - read_);
      page->end = false;
      read_ = records_before_failure_;
      read_to_ = page->records.back().last();
      return page;
    }
    --failures_left_;
    read_ = 0;
    read_to_ = {};
    return make_error(Code::unavailable, "the connection is cut");
  }

  store::Log& log_;
  std::atomic<int> failures_left_ = 0;
  std::atomic<std::uint64_t> records_before_failure_ = 0;
  std::uint64_t read_ = 0;  // of the tail that is read; the committer's thread only
  RowId read_to_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ GUARDED_BY(mutex_) = false;
  bool heads_held_ GUARDED_BY(mutex_) = false;
  int waiting_ GUARDED_BY(mutex_) = 0;
  Code fail_code_ GUARDED_BY(mutex_) = Code::unavailable;
  int fail_count_ GUARDED_BY(mutex_) = 0;
  Fault fault_ GUARDED_BY(mutex_) = Fault::at_commit;
  std::string bad_remarks_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::intake
