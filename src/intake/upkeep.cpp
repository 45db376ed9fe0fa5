#include "intake/upkeep.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/limits.h"
#include "base/log.h"

namespace scorekeeper::intake {
namespace {

constexpr std::size_t blocks_in_step = 16;  // 64 KiB in one transaction
// A few pages in one transaction; more where more come.
constexpr std::uint64_t requests_in_step = 512;

}  // namespace

Upkeep::Upkeep(matrix::Matrix& matrix, store::Log& log, const store::Keep& keep, Counter& failures)
    : matrix_(matrix), log_(log), failures_(failures), keep_(keep) {}

void Upkeep::failed(const char* event, const Error& error) {
  failures_.add();
  log::warning(event, {{"error", error.detail}});
}

void Upkeep::begin_round(Time now) {
  next_round_ = now + reported_save_interval;
  due_.clear();
  for (matrix::OrgMatrix* org : matrix_.orgs()) {
    if (const auto blocks = org->count_unsaved(); blocks > 0) due_.emplace_back(org, blocks);
  }
  if (!unsaved_.empty()) {
    if (auto written = write_unsaved(); !written) {
      failed("reports_not_saved", written.error());
      due_.clear();
    }
  }
  if (!believed_) {
    if (const auto compared = compare_clock(now); !compared) {
      failed("clock_not_compared", compared.error());
    }
  }
  forgetting_ = believed_.has_value();
}

// Stores without a change have nothing that is old.
Result<void> Upkeep::compare_clock(Time now) {
  Time newest{};
  const store::Heads heads = TRY(log_.heads());
  for (const store::Head& head : heads.heads) newest = std::max(newest, head.last_at);
  believed_ = newest == Time() ? now : std::min(now, newest + clock_ahead_max);
  return {};
}

void Upkeep::note_time(Time now) {
  const auto passed = std::clamp<Time::duration>(now - seen_, {}, clock_step_max);
  if (believed_) believed_ = std::min(now, *believed_ + passed);
  seen_ = now;
}

// Servers that share a store all prune it: a change that another one has taken away is not there
// any more.
void Upkeep::begin_prune(Time now) {
  next_prune_ = now + prune_interval;
  pruned_ = {};
  for (const matrix::OrgMatrix* org : matrix_.orgs()) {
    auto work = store::prune_work(org->org(), keep_, *believed_);
    if (!work) return failed("log_not_pruned", work.error());
    to_prune_.push_back(*std::move(work));
  }
}

void Upkeep::prune() {
  auto piece = log_.prune(to_prune_.back());
  if (!piece) {
    failed("log_not_pruned", piece.error());
    if (piece.error().code == Code::unavailable) {
      to_prune_.clear();  // the rest tomorrow
    } else {
      to_prune_.pop_back();  // it is this log's; the others do not wait for it
    }
    return;
  }
  pruned_.outcomes += piece->outcomes;
  pruned_.catalog += piece->catalog;
  if (piece->next) {
    to_prune_.back() = *std::move(piece->next);
  } else {
    to_prune_.pop_back();
  }
  if (!to_prune_.empty() || pruned_.outcomes + pruned_.catalog == 0) return;
  log::info("logs_pruned",
            {{"outcome_changes", pruned_.outcomes}, {"catalog_changes", pruned_.catalog}});
}

void Upkeep::step(Time now, std::size_t requests) {
  note_time(now);
  if (is_due(now, next_round_, reported_save_interval)) {
    begin_round(now);
    return;
  }
  const bool prunes = keep_.history.count() > 0 && is_due(now, next_prune_, prune_interval);
  if (believed_ && to_prune_.empty() && prunes) begin_prune(now);
  if (!to_prune_.empty()) prune();
  if (!due_.empty()) {
    auto& [org, blocks] = due_.back();
    if (auto saved = save(*org, blocks); !saved) {
      failed("reports_not_saved", saved.error());
      due_.clear();
    } else if (blocks == 0) {
      due_.pop_back();
    }
  }
  if (forgetting_) forget_requests(requests);
}

void Upkeep::forget_requests(std::size_t requests) {
  const auto most = std::max<std::uint64_t>(requests_in_step, 2 * requests);
  const auto forgotten = log_.forget_requests(*believed_ - request_kept, most);
  forgetting_ = forgotten && *forgotten == most;
  if (!forgotten) failed("requests_not_forgotten", forgotten.error());
}

Result<void> Upkeep::save(matrix::OrgMatrix& org, std::size_t& blocks) {
  const auto wanted = std::min(blocks, blocks_in_step);
  auto taken = org.take_reported(wanted);
  blocks = taken.size() < wanted ? 0 : blocks - wanted;
  std::ranges::move(taken, std::back_inserter(unsaved_));
  return write_unsaved();
}

Result<void> Upkeep::write_unsaved() {
  if (unsaved_.empty()) return {};
  TRY(log_.save_reported(unsaved_));
  unsaved_.clear();
  return {};
}

void Upkeep::finish() {
  for (matrix::OrgMatrix* org : matrix_.orgs()) {
    std::size_t blocks = std::numeric_limits<std::size_t>::max();
    while (blocks > 0) {
      if (auto saved = save(*org, blocks); !saved)
        return failed("reports_not_saved", saved.error());
    }
  }
}

}  // namespace scorekeeper::intake
