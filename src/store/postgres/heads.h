// Locks the rows of log_head, which put all writes of an org in order. Inside or around a turn, on
// its connection.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Begins a transaction and locks the heads in the order of the orgs, which ascend. nullopt: at
// least one head does not exist; the others are locked.
Result<std::optional<std::vector<Head>>> lock_heads(PgConnection& connection,
                                                    std::span<const OrgId> orgs);
// Makes the heads that are not there; in a transaction of its own.
Result<void> make_heads(PgConnection& connection, std::span<const OrgId> orgs);
// Adds to the batch: begin a transaction and lock a head by writing it, so that the COMMIT waits
// for a synchronous standby.
void add_touch(PgConnection& connection, OrgId org);
// Adds the COMMIT. A commit that waits for a standby is never cancelled, because its result would
// then be unknown.
void add_commit(PgConnection& connection);

}  // namespace scorekeeper::store::postgres
