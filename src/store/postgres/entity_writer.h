// Writing entities, their definitions and their relations: the part that appends and changes of the
// catalog share. Each function adds statements to the batch that is open on the connection, inside
// a turn of the org; whoever finishes the batch hears of their errors. Committer thread only.
#pragma once

#include <span>

#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// New, or removed and seen again: then it lives again. One that lives stays as it is, and so does
// its position. All of that org, each once.
void add_entities(Connection& connection, OrgId org, std::span<const NewEntity> entities,
                  RowId position);
// With its relations in place of those that the entity's definition had.
void add_definition(Connection& connection, OrgId org, const DefinedEntity& defined,
                    RowId position);
void add_removals(Connection& connection, OrgId org, std::span<const RemovedEntity> removed,
                  RowId position);
// Of definitions alone; the entities stay.
void add_removals(Connection& connection, OrgId org, std::span<const EntityNumber> definitions,
                  RowId position);

}  // namespace scorekeeper::store::postgres
