// One server's way to a log that it shares: tails fail half way when told to, also those that are
// read in an append, and it can be held before it tells the heads, so that the server falls behind.
// Included by test files only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "store/log.h"

namespace scorekeeper::intake {

class FailingLog final : public store::Log {
 public:
  explicit FailingLog(store::Log& log) : log_(log) {}

  // --- for tests; any thread
  // Each of the next `count` tails of more than `records` records fails after those.
  void fail_tails(int count, std::uint64_t records) {
    records_before_failure_ = records;
    failures_left_ = count;
  }
  int failures_left() const { return failures_left_; }
  std::atomic<bool> held = false;
  std::atomic<bool> dead = false;  // as after a kill: whatever would be written is lost
  // Set before the server starts.
  std::function<void()> before_read;
  std::function<void()> before_append;
  std::function<void()> after_reserve;
  std::optional<std::chrono::milliseconds> interval;  // between looks at the heads, not the log's
  bool prunes_for_real = false;
  OrgId damaged;                         // its log cannot be pruned
  std::vector<store::PruneWork> prunes;  // what was asked for; the committer's thread only

  // --- Log
  Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    if (before_read) before_read();
    return cut(log_.read(org, after, records_max), after);
  }
  Result<store::Heads> heads() override {
    while (held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return log_.heads();
  }
  Result<store::Append> append(std::span<const OrgId> orgs,
                               const store::PrepareAppend& prepare) override {
    if (before_append) before_append();
    if (dead) return killed();
    return log_.append(orgs, [&](store::AppendView& view) {
      View failing(*this, view);
      return prepare(failing);
    });
  }
  Result<std::vector<store::OutcomeRow>> rows(OrgId org,
                                              std::span<const RowId> positions) override {
    return log_.rows(org, positions);
  }
  Result<std::optional<store::AcceptedRequest>> find_request(OrgId org,
                                                             RequestNumber number) override {
    return log_.find_request(org, number);
  }
  Result<void> ping() override { return log_.ping(); }
  std::size_t orgs_in_append_max() const override { return log_.orgs_in_append_max(); }
  std::chrono::milliseconds follow_interval() const override {
    return interval.value_or(log_.follow_interval());
  }
  std::chrono::milliseconds heads_age_max() const override { return log_.heads_age_max(); }
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
  // Every third piece of work is an org's last one. Takes nothing away, unless told to.
  Result<store::Pruned> prune(const store::PruneWork& work) override {
    if (dead) return killed();
    prunes.push_back(work);
    if (work.org == damaged) return make_error(Code::internal, "the log is damaged");
    if (prunes_for_real) return log_.prune(work);
    store::Pruned pruned{.outcomes = 1, .floors = {}};
    if (prunes.size() % 3 != 0) pruned.next = work;
    return pruned;
  }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    if (dead) return killed();
    return log_.save_reported(blocks);
  }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    return log_.load_new_reports(block);
  }
  void forget_reports_seen() override { log_.forget_reports_seen(); }

 private:
  class View final : public store::AppendView {
   public:
    View(FailingLog& log, store::AppendView& view) : log_(log), view_(view) {}
    std::span<const store::Head> heads() const override { return view_.heads(); }
    Result<store::LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
      return log_.cut(view_.read(org, after, records_max), after);
    }

   private:
    FailingLog& log_;
    store::AppendView& view_;
  };

  static Error killed() { return make_error(Code::unavailable, "the server was killed"); }
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
};

}  // namespace scorekeeper::intake
