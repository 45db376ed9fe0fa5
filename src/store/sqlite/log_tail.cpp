#include "store/sqlite/log_tail.h"

#include <algorithm>
#include <ranges>

#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {

Chain chain_of(std::span<const std::byte> bytes) {
  Chain chain{};
  std::ranges::copy(bytes.first(std::min(bytes.size(), chain.size())), chain.begin());
  return chain;
}

Result<void> LogTail::prepare(SqliteConnection& connection) {
  placed_ = TRY(connection.prepare(select_log_placed));
  newer_ = TRY(connection.prepare(
      "SELECT row, org, position, count, at, chain FROM log WHERE row > ?1 ORDER BY row"));
  return {};
}

Result<void> LogTail::refresh() {
  if (!TRY(placed_.step())) {
    return make_error(Code::internal, "the store does not say which records have a place");
  }
  const std::int64_t begin = placed_.integer(0);
  placed_.reset();
  if (begin != begin_) {
    orgs_.clear();
    begin_ = seen_ = begin;
  }
  newer_.bind(1, seen_);
  while (TRY(newer_.step())) {
    seen_ = newer_.integer(0);
    const OrgId org{newer_.u32(1)};
    const RowId position{newer_.u64(2)};
    OrgTail& tail = orgs_[org];
    tail.places.push_back({.position = position, .row = seen_});
    tail.head = {.org = org,
                 .last = {position.number + newer_.u32(3) - 1},
                 .last_at = time_of_microseconds(newer_.integer(4)),
                 .chain = chain_of(newer_.blob(5)),
                 .floor = {}};
  }
  return {};
}

std::span<const LogTail::Place> LogTail::of(OrgId org) const {
  const auto found = orgs_.find(org);
  if (found == orgs_.end()) return {};
  return found->second.places;
}

void LogTail::advance(Head& head) const {
  const auto found = orgs_.find(head.org);
  if (found == orgs_.end()) return;
  const RowId floor = head.floor;
  head = found->second.head;
  head.floor = floor;
}

std::vector<OrgId> LogTail::orgs() const {
  const auto keys = std::views::keys(orgs_);
  return {keys.begin(), keys.end()};
}

}  // namespace scorekeeper::store::sqlite
