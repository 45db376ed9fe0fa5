// Entity references: kind:name or kind:namespace/name. The canonical text `kind:namespace/name`,
// with kind and namespace in lower case, names an entity everywhere behind the wire. Clients fold
// the names of services to lower case, so that a service in namespace `default` is found by any
// spelling of its name; it keeps the spelling that came first. Names of other kinds and namespaces
// are exact. Folding is of ASCII letters alone: it must never change with a version of Unicode,
// because stores have unique keys of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper {

// The parts of a reference: views into the text it was parsed from.
struct EntityReference {
  std::string_view kind;        // as given; compare lower-cased
  std::string_view name_space;  // the same; "default" when the text names none
  std::string_view name;
};

// Grammar alone: the first ':' ends the kind (kebab-case once lower-cased); [a-z0-9][a-z0-9_.-]*
// (once lower-cased) before the first '/' is the namespace, else the whole remainder is the name in
// `default`.
// nullopt-like error text: `attribute "entity_reference" must be of the form "kind:name"`, without
// pointer.
Result<EntityReference> parse_entity_reference(std::string_view text);
// Appends `kind:namespace/name` with kind and namespace lower-cased.
void append_canonical(const EntityReference& reference, std::string& text);
// The parts of a canonical text; it must be one.
EntityReference split_canonical(std::string_view canonical);

// The names are compared without case: a service in namespace `default`.
bool has_folded_name(std::string_view canonical);
// Whether two canonical texts name one entity.
bool is_same_entity(std::string_view one, std::string_view other);
// The text that all spellings of one entity share: the canonical text with a folded name.
std::string fold_reference(std::string_view canonical);

// The public id of an outcome: `<rule_id>\<name>` for services in namespace default,
// `<rule_id>\<kind:namespace/name>` otherwise.
std::string outcome_id(std::string_view rule_id, std::string_view canonical);

}  // namespace scorekeeper
