// Runs a query (store/query.h). It has no name, so that PostgreSQL plans it for the values it gets.
#pragma once

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/query.h"

namespace scorekeeper::store::postgres {

Result<Rows> run(PgConnection& connection, const Query& query);
// PostgreSQL's plan, one line a row.
Result<Rows> explain(PgConnection& connection, const Query& query);

}  // namespace scorekeeper::store::postgres
