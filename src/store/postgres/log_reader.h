// Reading the logs, and the requests beside them. Any thread, with a connection of its own; in the
// caller's transaction where one is open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// The heads of all orgs that have a log, ascending, and the epoch (schema.h).
struct StoredHeads {
  std::int64_t epoch = 0;
  std::vector<Head> heads;
};
Result<StoredHeads> read_heads(PgConnection& connection);
// The head in a row that has position, at, chain and floor first.
Head head_of(OrgId org, const Rows& rows, int row);

Result<LogPage> read_log(PgConnection& connection, OrgId org, RowId after, std::size_t records_max);
// The records that begin at these positions, in any order.
Result<std::vector<LogRecord>> read_records(PgConnection& connection, OrgId org,
                                            std::span<const RowId> positions);
// The records that have these positions, ascending, each once; a position without a record is left
// out.
Result<std::vector<LogRecord>> read_records_with(PgConnection& connection, OrgId org,
                                                 std::span<const RowId> positions);
Result<std::vector<OutcomeRow>> read_rows(PgConnection& connection, OrgId org,
                                          std::span<const RowId> positions);
Result<std::optional<AcceptedRequest>> find_request(PgConnection& connection, OrgId org,
                                                    RequestNumber number);

}  // namespace scorekeeper::store::postgres
