// The catalog's tables, as a change of the catalog leaves them. The rows have the positions of
// their changes in the org's log.
#pragma once

#include <span>

#include "store/catalog.h"
#include "store/postgres/connection.h"
#include "store/seal.h"

namespace scorekeeper::store::postgres {

// Adds the statements of the change to the batch that is open on the connection, inside a turn of
// its org. `places`: one for each of its changes. Committer thread only.
void add_change(Connection& connection, const CatalogChange& change,
                std::span<const ChangePlace> places);

}  // namespace scorekeeper::store::postgres
