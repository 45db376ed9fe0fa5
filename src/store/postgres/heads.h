// The locks that order all that is written of an org: rows of log_head. Inside or around a turn, on
// its connection.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Begins a transaction and locks the heads in the order of the orgs, which ascend. nullopt: one of
// them is not there, and what there is is locked.
Result<std::optional<std::vector<Head>>> lock_heads(Connection& connection,
                                                    std::span<const OrgId> orgs);
// Makes the heads that are not there; in a transaction of its own.
Result<void> make_heads(Connection& connection, std::span<const OrgId> orgs);
// Begins a transaction and locks a head by a write, as the batch goes on: its COMMIT waits for a
// synchronous standby as every write's does.
void add_touch(Connection& connection, OrgId org);
// Ends what the batch has begun. A commit that waits for a standby is never cancelled: it would
// stay in doubt whether it is stored.
void add_commit(Connection& connection);

}  // namespace scorekeeper::store::postgres
