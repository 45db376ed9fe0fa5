#include "store/prune.h"

#include <algorithm>
#include <functional>
#include <map>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "store/catalog_body.h"
#include "store/log_time.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {
namespace {

// Records of 128 changes each: more than a piece looks at.
constexpr std::size_t records_in_piece = 256;

// One gap of the log counts for at most this part of the kept time.
constexpr int gaps_in_keep = 4;

// An outcome's change that goes.
struct Gone {
  RowId position;
  RuleNumber rule;
  EntityNumber entity;
};

// Creations and deletions stay: the records between them name the thing, and an entity is known
// from the change on that discovered it.
bool can_go(const ResourceChange& change) {
  return std::visit(
      [](const auto& typed) {
        if (!typed.before || !typed.after) return false;
        if constexpr (std::is_same_v<std::decay_t<decltype(typed)>, Changed<CatalogEntity>>) {
          return !typed.after->discovered_at;
        }
        return true;
      },
      change);
}

class Piece {
 public:
  Piece(PruneTables& tables, const PruneWork& work) : tables_(tables), work_(work) {}

  Result<Pruned> run() {
    const PruneTables::At at = TRY(tables_.at(work_.org));
    const Floors before = {.history = at.head.floor, .audit = at.audit_floor};
    pruned_.floors = work_.dry_from.value_or(before);
    const Floors begin = pruned_.floors;
    TRY(count_time(at));
    TRY(look_at_outcomes(at.head));
    if (!more_) TRY(look_at_catalog());
    if (pruned_.floors == begin) return pruned_;
    TRY(rewrite());
    if (more_) pruned_.next = work_;
    if (work_.dry_run) {
      if (more_) pruned_.next->dry_from = pruned_.floors;
      pruned_.records = 0;  // more of each may go with the next pieces
      return pruned_;
    }
    TRY(tables_.move_floors(work_.org, pruned_.floors));  // what is above it cannot be written
    TRY(write());
    return pruned_;
  }

 private:
  Result<void> count_time(const PruneTables::At& at);
  Result<Time> time_ago(const LogSpan& span, Time now, std::chrono::seconds kept);
  Result<void> look_at_outcomes(const Head& head);
  Result<void> look_at(const LogRecord& record);
  Result<void> look_at_catalog();
  Result<void> find_records(std::vector<RowId> gone);
  bool has_room() const { return to_rewrite_.size() < prune_records_max; }
  Result<void> rewrite();
  Result<void> rewrite_outcomes(LogRecord& record, std::span<const Gone> gone);
  Result<void> rewrite_catalog(LogRecord& record, std::span<const RowId> gone);
  Result<void> write();
  Error damaged(RowId position, const std::string& what) const {
    return make_error(Code::internal, "the log of org " + std::to_string(work_.org.number) +
                                          " is damaged at " + std::to_string(position.number) +
                                          ": " + what);
  }

  PruneTables& tables_;
  PruneWork work_;
  Pruned pruned_;
  bool more_ = false;
  std::vector<Gone> gone_;
  std::vector<RowId> catalog_gone_;
  std::map<RowId, LogRecord> to_rewrite_;  // by position: those that the changes stand in
  std::vector<LogRecord> changed_;
  std::vector<LogRecord> removed_;
  std::vector<RowId> places_;
  OutcomeBody body_;
};

Result<Time> Piece::time_ago(const LogSpan& span, Time now, std::chrono::seconds kept) {
  const auto read = [this](RowId after) -> Result<std::optional<LogRecord>> {
    LogPage page = TRY(tables_.read(work_.org, after, 1));
    if (page.records.empty()) return std::nullopt;
    return std::move(page.records.front());
  };
  const std::chrono::microseconds passed = kept;
  const auto time = TRY(store::time_ago(read, span, now, passed, passed / gaps_in_keep));
  return time.value_or(Time::min());
}

// Once, in the first piece: the others go on with the moments that it found.
Result<void> Piece::count_time(const PruneTables::At& at) {
  if (!work_.counted) return {};
  const Keep keep = *std::exchange(work_.counted, std::nullopt);
  const Time now = work_.history_before + keep.history;
  const LogSpan history{.after = pruned_.floors.history, .last = at.head.last};
  work_.history_before = TRY(time_ago(history, now, keep.history));
  if (!work_.audit_before) return {};
  const LogSpan audit{.after = pruned_.floors.audit, .last = at.head.last};
  work_.audit_before = std::min(TRY(time_ago(audit, now, keep.audit)), work_.history_before);
  return {};
}

// The head's group stays as it is: the chain goes on from its record, and all the others end
// before it.
Result<void> Piece::look_at_outcomes(const Head& head) {
  const LogPage page = TRY(tables_.read(work_.org, pruned_.floors.history, records_in_piece));
  std::size_t changes = 0;
  for (const LogRecord& record : page.records) {
    if (record.at > work_.history_before || record.at >= head.last_at) return {};
    if (changes >= work_.changes_max || !has_room()) break;
    const std::size_t before = gone_.size();
    TRY(look_at(record));
    const auto positions =
        gone_ | std::views::drop(before) | std::views::transform(&Gone::position);
    TRY(find_records({positions.begin(), positions.end()}));
    changes += record.count;
    pruned_.floors.history = record.last();
  }
  more_ = !page.records.empty();
  return {};
}

// Each change names the one that it superseded. A deletion leaves nothing, not even itself.
Result<void> Piece::look_at(const LogRecord& record) {
  if (record.kind != RecordKind::outcomes) return {};
  if (const auto read = read_outcome_body(record, body_); !read) {
    return damaged(record.position, read.error().detail);
  }
  for (std::size_t n = 0; n < body_.changes.size(); ++n) {
    const auto& change = body_.changes[n];
    if (!change) continue;
    const RowId position{record.position.number + n};
    if (change->previous >= position) return damaged(position, "its previous one is behind it");
    if (change->previous) gone_.push_back({change->previous, change->rule, change->entity});
    if (!change->state) gone_.push_back({position, change->rule, change->entity});
  }
  return {};
}

Result<void> Piece::look_at_catalog() {
  if (!work_.audit_before) return {};
  more_ = !has_room();
  if (more_) return {};
  const auto most = std::min(work_.changes_max, prune_records_max - to_rewrite_.size());
  const auto steps = TRY(tables_.catalog_steps(work_.org, pruned_.floors, most));
  for (const PruneTables::CatalogStep& step : steps) {
    if (step.at > *work_.audit_before) return find_records(catalog_gone_);
    if (step.superseded) catalog_gone_.push_back(step.superseded);
    pruned_.floors.audit = step.position;
  }
  more_ = !steps.empty();
  return find_records(catalog_gone_);
}

// Many changes of one record are one rewritten record.
Result<void> Piece::find_records(std::vector<RowId> gone) {
  std::erase_if(gone, [this](RowId position) {
    const auto next = to_rewrite_.upper_bound(position);
    return next != to_rewrite_.begin() && std::prev(next)->second.last() >= position;
  });
  if (gone.empty()) return {};
  std::ranges::sort(gone);
  for (LogRecord& record : TRY(tables_.records_with(work_.org, gone))) {
    to_rewrite_.emplace(record.position, std::move(record));
  }
  return {};
}

Result<void> Piece::rewrite() {
  std::ranges::sort(gone_, {}, &Gone::position);
  std::ranges::sort(catalog_gone_);
  for (LogRecord& record : to_rewrite_ | std::views::values) {
    const auto of_record = [&](const auto& all, const auto& position) {
      const auto first = std::ranges::lower_bound(all, record.position, {}, position);
      const auto end = std::ranges::upper_bound(all, record.last(), {}, position);
      return std::span(first, end);
    };
    if (record.kind == RecordKind::outcomes) {
      TRY(rewrite_outcomes(record, of_record(gone_, &Gone::position)));
    } else {
      TRY(rewrite_catalog(record, of_record(catalog_gone_, std::identity())));
    }
  }
  return {};
}

Result<void> Piece::rewrite_outcomes(LogRecord& record, std::span<const Gone> gone) {
  if (const auto read = read_outcome_body(record, body_); !read) {
    return damaged(record.position, read.error().detail);
  }
  const std::uint64_t before = pruned_.outcomes;
  for (const Gone& one : gone) {
    const std::size_t index = one.position.number - record.position.number;
    if (index >= body_.changes.size()) return damaged(one.position, "there is no such change");
    auto& change = body_.changes[index];
    if (!change) continue;
    if (change->rule != one.rule || change->entity != one.entity) {
      return damaged(one.position, "a change of another outcome names it as the one before");
    }
    change.reset();
    ++pruned_.outcomes;
  }
  if (pruned_.outcomes == before) return {};
  OutcomeBodyWriter writer(record.at);
  bool empty = body_.entities.empty();
  for (const SeenEntity& entity : body_.entities) writer.add(entity);
  for (const auto& change : body_.changes) {
    if (change) {
      writer.add(*change);
      empty = false;
    } else {
      writer.add_gone();
    }
  }
  std::string body = writer.finish();
  record.body = std::move(body);  // what was read of it stood in the one before
  (empty ? removed_ : changed_).push_back(std::move(record));
  return {};
}

Result<void> Piece::rewrite_catalog(LogRecord& record, std::span<const RowId> gone) {
  auto changes = read_catalog_body(record.body);
  if (!changes) return damaged(record.position, changes.error().detail);
  const std::uint64_t before = pruned_.catalog;
  for (const RowId position : gone) {
    const std::size_t index = position.number - record.position.number;
    if (index >= changes->size()) return damaged(position, "there is no such change");
    auto& change = changes->at(index);
    if (!change || !can_go(*change)) continue;
    change.reset();
    places_.push_back(position);
    ++pruned_.catalog;
  }
  if (pruned_.catalog == before) return {};
  const bool empty =
      std::ranges::none_of(*changes, [](const auto& one) { return one.has_value(); });
  record.body = write_catalog_body(*changes);
  (empty ? removed_ : changed_).push_back(std::move(record));
  return {};
}

Result<void> Piece::write() {
  pruned_.records = removed_.size();
  for (const LogRecord& record : changed_) TRY(tables_.put_body(record));
  for (const LogRecord& record : removed_) TRY(tables_.remove(record));
  for (const LogRecord& record : removed_) {
    if (record.group_end) TRY(tables_.end_group_before(record));
  }
  if (places_.empty()) return {};
  return tables_.forget_places(work_.org, places_);
}

}  // namespace

Result<PruneWork> prune_work(OrgId org, const Keep& keep, Time now) {
  const std::chrono::seconds none{0};
  if (keep.history == none) {
    return make_error(Code::invalid, "history that is kept for ever is not pruned");
  }
  if (keep.audit != none && keep.audit < keep.history) {
    return make_error(Code::invalid,
                      "the audit log must be kept as long as the history, or longer");
  }
  PruneWork work{.org = org, .history_before = now - keep.history, .counted = keep};
  if (keep.audit != none) work.audit_before = now - keep.audit;
  return work;
}

Result<Pruned> prune_piece(PruneTables& tables, const PruneWork& work) {
  return Piece(tables, work).run();
}

}  // namespace scorekeeper::store
