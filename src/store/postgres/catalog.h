// The catalog's tables, as appends and changes of the catalog leave them. The rows have the
// positions of their changes in the org's log. Each function adds statements to the batch that is
// open on the connection, inside a turn of the org; whoever finishes the batch hears of their
// errors. Committer thread, or the command line.
#pragma once

#include <span>

#include "store/catalog.h"
#include "store/postgres/connection.h"
#include "store/seal.h"

namespace scorekeeper::store::postgres {

// New, or removed and seen again: then it lives again. One that lives stays as it is. Each once.
void add_entities(PgConnection& connection, std::span<const NewEntity> entities);
// `places`: one for each of the changes.
void add_change(PgConnection& connection, const CatalogChange& change,
                std::span<const ChangePlace> places);

}  // namespace scorekeeper::store::postgres
