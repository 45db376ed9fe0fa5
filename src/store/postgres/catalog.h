// The catalog's tables: changed in turns, read at start and behind a position. A change writes its
// position into every row that it touches, so that the other servers find what they have not seen.
#pragma once

#include <cstdint>
#include <vector>

#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Adds the statements of the change to the batch that is open on the connection, inside a turn of
// its org. Its events get the numbers behind `last_event`. Committer thread only.
void add_change(Connection& connection, const CatalogRows& change, RowId position,
                std::uint64_t last_event);

// What was changed behind `since` (-1: everything), inside the caller's transaction and with no
// batch open. Entities and definitions ascending by number, a page at a time.
Result<OrgCatalog> read_catalog_tail(Connection& connection, OrgId org, std::int64_t since);
Result<void> read_entity_tail(Connection& connection, OrgId org, std::int64_t since,
                              const FoldEntity& entity);
Result<void> read_definition_tail(Connection& connection, OrgId org, std::int64_t since,
                                  const FoldDefinition& definition);

// Of all orgs, as store/catalog.h says; of one moment.
Result<std::vector<OrgCatalog>> load_catalog(Connection& connection);
Result<void> load_entities(Connection& connection, const FoldEntity& entity);
Result<void> load_definitions(Connection& connection, const FoldDefinition& definition);

}  // namespace scorekeeper::store::postgres
