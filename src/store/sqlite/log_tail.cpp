#include "store/sqlite/log_tail.h"

#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {

Result<void> LogTail::prepare(Connection& connection) {
  placed_ = TRY(connection.prepare(select_log_placed));
  newer_ =
      TRY(connection.prepare("SELECT row, org, position FROM log WHERE row > ?1 ORDER BY row"));
  return {};
}

Result<void> LogTail::refresh() {
  if (!TRY(placed_.step())) {
    return make_error(Code::internal, "the store does not say which records have a place");
  }
  const std::int64_t begin = placed_.integer(0);
  placed_.reset();
  if (begin != begin_) {
    places_.clear();
    begin_ = seen_ = begin;
  }
  newer_.bind(1, seen_);
  while (TRY(newer_.step())) {
    seen_ = newer_.integer(0);
    places_[{newer_.u32(1)}].push_back({.position = {newer_.u64(2)}, .row = seen_});
  }
  return {};
}

std::span<const LogTail::Place> LogTail::of(OrgId org) const {
  const auto found = places_.find(org);
  if (found == places_.end()) return {};
  return found->second;
}

}  // namespace scorekeeper::store::sqlite
