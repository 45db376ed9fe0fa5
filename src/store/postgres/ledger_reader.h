// What readers ask of the ledger. Any thread, with a connection of its own.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/ledger.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Of all orgs together: the greatest of each.
Result<LedgerHead> read_ledger_head(Connection& connection);
// Of all orgs, ascending (org, id).
Result<void> fold_ledger(Connection& connection, const FoldRow& row);
Result<std::vector<OutcomeRow>> read_rows(Connection& connection, OrgId org,
                                          std::span<const RowId> ids);
Result<std::optional<AcceptedRequest>> find_request(Connection& connection, OrgId org,
                                                    RequestNumber number);

}  // namespace scorekeeper::store::postgres
