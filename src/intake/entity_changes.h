// What a write to the software catalog does: entities and kinds, decided on the committer's thread
// (contract §6).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "domain/entity_definition.h"
#include "intake/decision.h"
#include "intake/intake.h"

namespace scorekeeper::intake {

using DecidedEntities = Decided<std::vector<DefinedEntity>>;  // as they are afterwards
using DecidedKind = Decided<Kind>;

// Creates or replaces each. invalid: two are of one entity. too_large: entities_max.
Result<DecidedEntities> decide_upsert(const Decision& decision,
                                      const std::vector<EntityDefinition>& definitions);
// Its outcomes do not count until it is reported again (decisions 7). not_found.
Result<DecidedEntities> decide_remove(const Decision& decision, const EntityTarget& target);

Result<DecidedKind> decide_upsert(const Decision& decision, Kind kind);
Result<DecidedKind> decide_remove_kind(const Decision& decision, const std::string& name);

}  // namespace scorekeeper::intake
