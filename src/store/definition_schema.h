// Whether what a store has as the schema of a definition can be shown: the folders with SQL do not
// read JSON themselves. Pure; any thread.
#pragma once

#include "domain/entity_definition.h"

namespace scorekeeper::store {

bool has_readable_schema(const EntityDefinition& definition);

}  // namespace scorekeeper::store
