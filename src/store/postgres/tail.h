// Reading an org's history, in pages, inside a transaction of the caller's. Any thread whose
// connection it is.
#pragma once

#include <cstdint>
#include <optional>

#include "store/ledger.h"
#include "store/postgres/connection.h"
#include "store/shared.h"

namespace scorekeeper::store::postgres {

// Of an org that has none: zeros.
Result<Head> read_head(Connection& connection, OrgId org);
// As Shared::read_tail, up to `head`, of one snapshot or under the head's lock.
Result<void> read_tail(Connection& connection, const Head& head, std::optional<RowId> since,
                       const TailReader& reader);
// Rows with ids behind `from` up to `to`, ascending.
Result<void> read_row_range(Connection& connection, OrgId org, RowId from, RowId to,
                            const FoldRow& row);

}  // namespace scorekeeper::store::postgres
