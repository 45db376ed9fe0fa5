// Reading the logs and the rows beside them, in short read transactions. Any thread,
// on a connection that is lent to it; inside the caller's transaction where one is open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/log.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/log_tail.h"

namespace scorekeeper::store::sqlite {

// The heads of all orgs that have a log, ascending; for tools, since it reads the end of the log.
Result<std::vector<Head>> read_heads(SqliteConnection& connection);

// Floors only grow: while the sum of all is the same, retention has changed and removed no record.
Result<std::int64_t> sum_of_floors(SqliteConnection& connection);

// The prepared statements of one connection, and of its thread.
class LogReader {
 public:
  Result<void> prepare(SqliteConnection& connection);

  // An org without a log has a head at 0.
  Result<Head> head(OrgId org);
  Result<std::vector<Head>> heads_of(std::span<const OrgId> orgs);  // one for one
  Result<std::vector<Head>> heads();  // of all orgs that have a log, ascending
  // The record that has that position.
  Result<std::optional<LogRecord>> record(OrgId org, RowId position);
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max);
  // The changes at those positions of one record or more, ascending; `rows` as many.
  Result<void> read_rows(OrgId org, std::span<const RowId> positions, std::span<OutcomeRow*> rows);
  Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number);

 private:
  Result<LogPage> read_now(OrgId org, RowId after, std::size_t records_max);
  Result<std::optional<LogRecord>> read_row(std::int64_t row);
  Result<Head> head_now(OrgId org);
  Result<std::optional<std::int64_t>> find_row(OrgId org, RowId position);

  SqliteConnection* connection_ = nullptr;
  LogTail tail_;
  Statement head_;
  Statement heads_;
  Statement page_;
  Statement row_;
  Statement place_;
  Statement outcomes_;
  Statement request_;
  std::string text_;  // of a change that had escapes
};

// In pieces, each a read transaction. The rows are in the order of the positions.
Result<std::vector<OutcomeRow>> read_rows(SqliteConnection& connection, LogReader& reader,
                                          OrgId org, std::span<const RowId> positions);

// The columns of a record, in the order of record_columns; `l` is the log.
inline constexpr const char* record_columns =
    "l.org, l.position, l.count, l.at, l.kind, l.actor_type, l.actor, l.request, l.request_id,"
    " l.group_end, l.chain, l.body";
Result<LogRecord> record_of(const Statement& row);

}  // namespace scorekeeper::store::sqlite
