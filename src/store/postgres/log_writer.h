// The statements of an append. They go into the batch that is open on the connection, inside a turn
// of the orgs; whoever finishes the batch hears of their errors. Committer thread, or the command
// line.
#pragma once

#include <span>

#include "store/log.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// All that it writes but the heads: one statement for each table, with arrays, which can be
// prepared and sent with the rest of the transaction in one round trip. COPY is no faster and is a
// round trip more (docs/decisions/0007).
void add_append(Connection& connection, const Append& append);
void add_heads(Connection& connection, std::span<const Head> heads);

}  // namespace scorekeeper::store::postgres
