// Relations of a definition as the catalog keeps them.
#pragma once

#include <vector>

#include "domain/entity_definition.h"

namespace scorekeeper {

// The ends are as fold_reference() makes them, ordered by them, and each id (`from:type:to`) is
// there once: two spellings of a name make one relation.
std::vector<Relation> fold_relations(std::vector<Relation> relations);

}  // namespace scorekeeper
