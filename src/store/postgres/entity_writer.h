// Writing entities, their definitions and their relations: the part that appends and changes of the
// catalog share. Each function adds statements to the batch that is open on the connection, inside
// a turn of the org; whoever finishes the batch hears of their errors. Committer thread, or the
// command line.
#pragma once

#include <span>

#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// New, or removed and seen again: then it lives again. One that lives stays as it is. Each once.
void add_entities(Connection& connection, std::span<const NewEntity> entities);
// With its relations in place of those that the entity's definition had.
void add_definition(Connection& connection, OrgId org, const DefinedEntity& defined,
                    RowId position);
struct RemovedEntity {
  EntityNumber number;
  RowId position;  // of the change
};
// They live no more, and have no definitions. Unknown ones are ignored.
void add_entity_removals(Connection& connection, OrgId org, std::span<const RemovedEntity> removed);
// The entities stay.
void add_definition_removals(Connection& connection, OrgId org,
                             std::span<const EntityNumber> removed);

}  // namespace scorekeeper::store::postgres
