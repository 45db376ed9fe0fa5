// A shared store whose tails fail half way when told to, and which can be held before it tells the
// heads, so that whoever follows it falls behind. Included by test files only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "store/shared.h"

namespace scorekeeper::intake {

class FailingShared final : public store::Shared {
 public:
  explicit FailingShared(store::Shared& store) : store_(store) {}

  // --- for tests; any thread
  // Each of the next `count` tails of more than `rows` rows fails after those.
  void fail_tails(int count, std::uint64_t rows) {
    rows_before_failure_ = rows;
    failures_left_ = count;
  }
  int failures_left() const { return failures_left_; }
  std::atomic<bool> held = false;

  // --- Shared
  std::uint64_t generation() const override { return store_.generation(); }
  Result<std::vector<store::Head>> heads() override {
    while (held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return store_.heads();
  }
  Result<store::Head> read_tail(OrgId org, std::optional<RowId> since,
                                const store::TailReader& reader) override {
    const bool fails = failures_left_ > 0;
    std::uint64_t rows = 0;
    store::TailReader half = reader;
    half.row = [&](const store::OutcomeChange& row) {
      ++rows;
      if (!fails || rows <= rows_before_failure_) reader.row(row);
    };
    auto head = store_.read_tail(org, since, half);
    if (!fails || rows <= rows_before_failure_) return head;
    --failures_left_;
    return make_error(Code::unavailable, "the connection is cut");
  }
  Result<store::Head> begin_turn(OrgId org) override { return store_.begin_turn(org); }
  void end_turn() override { store_.end_turn(); }
  bool in_doubt() const override { return store_.in_doubt(); }
  Result<bool> find_out() override { return store_.find_out(); }
  Result<bool> load_new_reports(
      const std::function<void(const store::ReportedBlock&)>& block) override {
    return store_.load_new_reports(block);
  }
  void forget_reports_seen() override { store_.forget_reports_seen(); }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    return store_.reserve_requests(count);
  }

 private:
  store::Shared& store_;
  std::atomic<int> failures_left_ = 0;
  std::atomic<std::uint64_t> rows_before_failure_ = 0;
};

}  // namespace scorekeeper::intake
