// Adds the statements of an append to the batch that is open on the connection, inside a turn of
// the orgs. Their errors go to the caller that finishes the batch. Committer thread, or the command
// line.
#pragma once

#include <span>

#include "store/log.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Adds all rows but the heads: one statement for each table, with arrays, so that all is sent in
// one round trip. COPY was not faster and needs one more round trip (docs/decisions/0007).
void add_append(PgConnection& connection, const Append& append);
void add_heads(PgConnection& connection, std::span<const Head> heads);

}  // namespace scorekeeper::store::postgres
