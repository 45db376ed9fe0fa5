// Entity references: kind:name or kind:namespace/name (contract §6.6, decisions 22). The canonical
// text `kind:namespace/name` is the identity of an entity everywhere behind the wire.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper {

// The parts of a reference: views into the text it was parsed from.
struct EntityReference {
  std::string_view kind;        // as given; compare lower-cased
  std::string_view name_space;  // "default" when the text names none
  std::string_view name;
};

// Grammar alone: the first ':' ends the kind (kebab-case once lower-cased); [a-z0-9][a-z0-9_.-]*
// before the first '/' is the namespace, else the whole remainder is the name in `default`.
// nullopt-like error text: `attribute "entity_reference" must be of the form "kind:name"`, without
// pointer.
Result<EntityReference> parse_entity_reference(std::string_view text);
// Appends `kind:namespace/name` with the kind lower-cased.
void append_canonical(const EntityReference& reference, std::string& text);
// The parts of a canonical text; it must be one.
EntityReference split_canonical(std::string_view canonical);

// The public id of an outcome: `<rule_id>\<name>` for services in namespace default,
// `<rule_id>\<kind:namespace/name>` otherwise (contract §3.2, question 31).
std::string outcome_id(std::string_view rule_id, std::string_view canonical);

}  // namespace scorekeeper
