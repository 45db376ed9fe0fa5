// Relations of a definition as the catalog keeps them.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/entity_definition.h"

namespace scorekeeper {

// The ends are as fold_reference() makes them, ordered by them, and each id (`from:type:to`) is
// there once: two spellings of a name make one relation.
std::vector<Relation> fold_relations(std::vector<Relation> relations);

struct ListedRelation {
  Relation relation;
  std::string defined_by;  // reference of the entity whose definition says so; the first by number
  Time created_at{};       // of that definition
  Time modified_at{};

  bool operator==(const ListedRelation&) const = default;
};

}  // namespace scorekeeper
