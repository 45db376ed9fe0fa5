#include "intake/snapshot_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace scorekeeper::intake {
namespace {

Error of_another_history(const std::string& why) {
  return make_error(Code::conflict, "it is of another history: " + why);
}

// The head of the log behind the record that ends at that position; nullopt: no record ends there.
Result<std::optional<store::Head>> head_at(const store::Head& head, RowId position,
                                           const ReadLog& read) {
  if (position == head.last) return head;
  store::Head found{
      .org = head.org, .last = position, .last_at = {}, .chain = {}, .floor = head.floor};
  if (!position) return found;
  constexpr std::uint64_t most = store::record_changes_max;  // of its positions
  const RowId before{position.number - std::min(position.number, most)};
  const store::LogPage page = TRY(read(head.org, before, most + 1));
  const auto record = std::ranges::find(page.records, position, &store::LogRecord::last);
  if (record == page.records.end()) return std::nullopt;
  found.last_at = record->at;
  found.chain = record->chain;
  return found;
}

}  // namespace

Result<void> check_origin(const store::SnapshotOrigin& origin, const store::Head& head,
                          const ReadLog& read) {
  if (origin.position > head.last) {
    return of_another_history(fmt::format("the log ends at position {}, before {}",
                                          head.last.number, origin.position.number));
  }
  const auto there = TRY(head_at(head, origin.position, read));
  if (there && there->chain == origin.chain) return {};
  if (!there && origin.position <= head.floor) {
    return make_error(Code::conflict,
                      fmt::format("retention took away the record that ended at position {}",
                                  origin.position.number));
  }
  return of_another_history(
      fmt::format("the log has another chain at position {}", origin.position.number));
}

Result<store::Head> read_snapshot(const store::SnapshotSection& section, matrix::OrgMatrix& matrix,
                                  const store::Head& head, const ReadLog& read) {
  const matrix::SnapshotRange range = TRY(matrix.read_snapshot(section.bytes));
  if (range.from > range.until || range.until > section.origin.position) {
    return make_error(Code::internal, "its positions do not belong together");
  }
  // Retention took away changes that the matrix may lack.
  if (range.from < head.floor) {
    return make_error(Code::conflict, fmt::format("it was begun at position {}, below the floor {}",
                                                  range.from.number, head.floor.number));
  }
  const auto start = TRY(head_at(head, range.from, read));
  if (start) return *start;
  return of_another_history(fmt::format("no record ends at position {}", range.from.number));
}

SnapshotStart::SnapshotStart(const std::optional<store::SnapshotPlace>& place,
                             const store::Secrets& secrets) {
  if (!place) return;
  auto file = store::SnapshotFile::open(place->path, identity_of(*place, secrets));
  if (file) {
    file_.emplace(*std::move(file));
  } else if (file.error().code == Code::not_found) {
    log::info("no snapshot", {{"file", place->path}});
  } else {
    log::warning("snapshot not used", {{"reason", file.error().detail}});
  }
}

const store::SnapshotSection* SnapshotStart::find(OrgId org) const {
  if (!file_) return nullptr;
  const auto sections = file_->sections();
  const auto by_org = [](const store::SnapshotSection& section) { return section.origin.org; };
  const auto found = std::ranges::lower_bound(sections, org, {}, by_org);
  return found != sections.end() && found->origin.org == org ? &*found : nullptr;
}

Result<void> SnapshotStart::begin(OrgFold& fold, const store::Head& head, store::Log& log) {
  refusal_.clear();
  const store::SnapshotSection* const section = find(head.org);
  if (section == nullptr) return {};
  const ReadLog read = [&log](OrgId org, RowId after, std::size_t records_max) {
    return log.read(org, after, records_max);
  };
  const auto start = [&]() -> Result<store::Head> {
    TRY(check_origin(section->origin, head, read));
    TRY(store::check(*section));
    return read_snapshot(*section, fold.matrix(), head, read);
  }();
  if (start) {
    fold.start_at(*start);
    positions_ += section->origin.position.number;
    return {};
  }
  // The store does not answer: so it would not to the fold.
  if (start.error().code == Code::unavailable) return start.error();
  refusal_ = start.error().detail;
  log::warning("snapshot not used", {{"org", head.org.number}, {"reason", refusal_}});
  fold.matrix().reset();
  fold.reset();
  return {};
}

}  // namespace scorekeeper::intake
