// Definitions of entities: the body of POST /api/v2/catalog/entity. Schema v3; the
// service definitions v2, v2.1 and v2.2 (service_definitions.h) and Backstage's catalog-info
// (backstage.h) are understood, too, and become v3. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/entity_definition.h"
#include "wire/backstage_references.h"
#include "wire/definition_members.h"
#include "wire/definition_source.h"

namespace scorekeeper::wire {

// In the order of the body. One bad definition refuses the body: the error of the first, with the
// others behind it (`attribute "metadata.name" is required`, pointer "/2/metadata/name" when the
// body holds several), or that of the body itself, as read_definitions tells it. Documents that the
// catalog has no place for are skipped, with a sentence for each in `skipped`
// (backstage_documents.h). References of Backstage are resolved against the body, then with
// `find_named`: at most backstage_references_max distinct ones (too_large).
Result<std::vector<EntityDefinition>> parse_entity_definitions(
    std::string& body, const Limits& limits, std::vector<std::string>* skipped = nullptr,
    FindNamed find_named = nullptr, const Cancelled& cancelled = nullptr);

// One definition of schema v3, whoever made it. `source.tree` gets the types that it should have
// and becomes the schema; metadata.id and metadata.managed, which only the server writes, go. With
// a problem the result is of no use.
EntityDefinition read_entity_definition(DefinitionSource& source, DefinitionMembers& members);

}  // namespace scorekeeper::wire
