// Decides a write to the software catalog on the committer's thread: entities that are deleted
// (entity_upsert.h has those that are put) and kinds.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "domain/entity_definition.h"
#include "intake/decision.h"

namespace scorekeeper::intake {

// An entity of the catalog, by its number or else by its canonical reference.
struct EntityTarget {
  EntityNumber number;
  std::string reference;
  std::string given;  // what the client wrote, for the error
  // Only the definition is deleted: an entity with outcomes stays.
  bool definition_alone = false;
};

// As they are afterwards; of deletions the definitions that there were.
using DecidedEntities = Decided<std::vector<DefinedEntity>>;
using DecidedKind = Decided<Kind>;

// Its outcomes are deleted with it. not_found.
Result<DecidedEntities> decide_remove_entity(const Decision& decision, const EntityTarget& target);

Result<DecidedKind> decide_upsert_kind(const Decision& decision, Kind kind);
Result<DecidedKind> decide_remove_kind(const Decision& decision, const std::string& name);

}  // namespace scorekeeper::intake
