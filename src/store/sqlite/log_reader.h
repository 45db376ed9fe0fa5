// Reading the logs and the rows beside them, in short read transactions. Any thread,
// on a connection that is lent to it; inside the caller's transaction where one is open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// The heads of all orgs that have a log, ascending.
Result<std::vector<Head>> read_heads(Connection& connection);

// Floors only grow: while the sum of all is the same, retention has changed and removed no record.
Result<std::int64_t> sum_of_floors(Connection& connection);

// The prepared statements of one connection, and of its thread.
class LogReader {
 public:
  Result<void> prepare(Connection& connection);

  // An org without a log has a head at 0.
  Result<Head> head(OrgId org);
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max);
  // The changes at those positions of one record or more, ascending; `rows` as many.
  Result<void> read_rows(OrgId org, std::span<const RowId> positions, std::span<OutcomeRow*> rows);
  Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number);

 private:
  Statement head_;
  Statement page_;
  Statement record_;
  Statement request_;
  std::string text_;  // of a change that had escapes
};

// In pieces, each a read transaction. The rows are in the order of the positions.
Result<std::vector<OutcomeRow>> read_rows(Connection& connection, LogReader& reader, OrgId org,
                                          std::span<const RowId> positions);

// The columns of a record, in the order of record_columns.
inline constexpr const char* record_columns =
    "org, position, count, at, kind, actor_type, actor, request, request_id, group_end, chain, "
    "body";
Result<LogRecord> record_of(const Statement& row);
Chain chain_of(std::span<const std::byte> bytes);

}  // namespace scorekeeper::store::sqlite
