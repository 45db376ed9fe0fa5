// Definitions that are put: what of it is done before the change is queued, and what the committer
// decides. Definitions are long, and there are many in a request: whoever submits them reads on a
// thread of its own those that they replace, and notes what a record of the log says of the texts.
// The committer looks whether that is still so.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "intake/change.h"
#include "intake/entity_changes.h"

namespace scorekeeper::intake {

// One thread at a time: whoever submits it, then the committer.
struct EntityUpsert {
  std::vector<EntityDefinition> definitions;
  std::vector<DefinedEntity> before = {};  // that they replace
  // The committer reads what of `before` is missing, or is not so any more.
  bool committer_reads = false;
};

// Any thread but the event loop's, the committer's. invalid: two are of one entity. too_large:
// relations_of_request_max, relation_bytes_max, definition_texts_max.
Result<void> prepare_upsert(const matrix::OrgMatrix& matrix, store::Catalog& catalog,
                            EntityUpsert& upsert);

// Creates or replaces each. The value is empty where a definition that is replaced is another one
// than was prepared for: nothing is changed, and it is to be prepared again. invalid: two are of
// one entity. too_large: entities_max, kinds_max, owners_max, tag_texts_max.
Result<DecidedEntities> decide_upsert_entities(const Decision& decision,
                                               const EntityUpsert& upsert);
Change<std::vector<DefinedEntity>> change_of(std::shared_ptr<const EntityUpsert> upsert);

}  // namespace scorekeeper::intake
