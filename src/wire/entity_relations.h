// The relations that a definition states between its entity and others. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/entity_definition.h"
#include "wire/definition_members.h"

namespace scorekeeper::wire {

// The relations of a definition whose reference and owner are read: of the owner and
// metadata.additionalOwners to teams; spec.dependsOn, .dependencyOf, .componentOf, .components and
// .implementedBy to whatever they name. Both directions of each, sorted, without repeats. Malformed
// references are problems.
std::vector<Relation> read_relations(DefinitionMembers& members, const EntityDefinition& definition,
                                     json::Tree* metadata, json::Tree* spec);

// The canonical reference of an owner: a team's handle, or the reference of a team.
std::string team_reference(std::string_view owner);
// The handle of an owner that is written as a reference of a team in namespace default; else the
// owner as it is.
std::string team_handle(std::string_view owner);

// One of the ten that the API documents.
bool is_relation_type(std::string_view type);

}  // namespace scorekeeper::wire
