#include "store/sqlite/old_requests.h"

#include <algorithm>

namespace scorekeeper::store::sqlite {
namespace {

// Rows of some 60 bytes: a millisecond.
constexpr std::uint64_t rows_in_sweep = 4'096;

}  // namespace

Result<std::unique_ptr<OldRequests>> OldRequests::open(SqliteConnection& connection) {
  auto requests = std::make_unique<OldRequests>();
  requests->connection_ = &connection;
  requests->forget_ = TRY(
      connection.prepare("DELETE FROM request WHERE id IN (SELECT id FROM"
                         " (SELECT id, accepted_at FROM request WHERE id > ?1 ORDER BY id LIMIT ?2)"
                         " WHERE accepted_at < ?3 LIMIT ?4)"));
  requests->end_ =
      TRY(connection.prepare("SELECT id FROM request WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2"));
  return requests;
}

// Requests are accepted in the order of their numbers, so that the old ones come first and an index
// of their times, which each commit would write a page of, is not needed. A clock that was ahead
// leaves rows in front of them that stay for long: a sweep, a piece at a time, passes these.
Result<std::uint64_t> OldRequests::forget(Time before, std::uint64_t limit) {
  limit = std::min<std::uint64_t>(limit, INT64_MAX);
  const std::uint64_t first = TRY(forget_behind({}, limit, before, limit));
  if (first == limit) return first;
  const std::uint64_t room = limit - first;
  const RequestNumber end = TRY(end_of_look(swept_to_, rows_in_sweep));
  const std::uint64_t swept = TRY(forget_behind(swept_to_, rows_in_sweep, before, room));
  if (swept < room) swept_to_ = end;
  return first + swept;
}

Result<std::uint64_t> OldRequests::forget_behind(RequestNumber number, std::uint64_t looked_at,
                                                 Time before, std::uint64_t limit) {
  forget_.bind(1, static_cast<std::int64_t>(number.number));
  forget_.bind(2, static_cast<std::int64_t>(looked_at));
  forget_.bind(3, microseconds_of(before));
  forget_.bind(4, static_cast<std::int64_t>(limit));
  TRY(forget_.run());
  return static_cast<std::uint64_t>(sqlite3_changes64(connection_->get()));
}

Result<RequestNumber> OldRequests::end_of_look(RequestNumber number, std::uint64_t looked_at) {
  end_.bind(1, static_cast<std::int64_t>(number.number));
  end_.bind(2, static_cast<std::int64_t>(looked_at - 1));
  if (!TRY(end_.step())) return RequestNumber();
  const RequestNumber end{end_.u64(0)};
  end_.reset();
  return end;
}

}  // namespace scorekeeper::store::sqlite
