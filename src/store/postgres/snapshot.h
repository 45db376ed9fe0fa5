// Reads of one moment.
#pragma once

#include "base/result.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Calls `body` so that it reads one moment: in the caller's transaction when one is open, else in a
// transaction that begins and ends here. No batch is open.
template <class Body>
Result<void> read_at_once(PgConnection& connection, const Body& body) {
  if (connection.in_transaction()) return body();
  TRY(connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  Result<void> done = body();
  if (done) return connection.execute("COMMIT");
  if (!connection.is_broken()) TRY(connection.execute("ROLLBACK"));
  return done;
}

}  // namespace scorekeeper::store::postgres
