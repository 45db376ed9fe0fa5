// The definition of an entity: its text as sent, and the attributes that scopes, groups, lists and
// relations use. Values; made by wire/, kept by store/, read by matrix/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace scorekeeper {

// One direction of a relation: both directions are kept, each as one of these.
struct Relation {
  std::string type;  // "RelationTypeOwns", …
  std::string from;  // canonical references; in the catalog as fold_reference() makes them
  std::string to;

  bool operator==(const Relation&) const = default;
};

// The attributes that queries and groups look at; empty = none.
struct EntityAttributes {
  std::string owner;  // a team's handle
  std::string tier;
  std::string lifecycle;
  std::string type;
  std::vector<std::string> languages;
  std::vector<std::string> tags;          // "key:value", or a bare word
  std::vector<std::string> systems = {};  // names of the systems that it is a component of

  bool operator==(const EntityAttributes&) const = default;
};

// Members of a log record that are computed from the long texts. This takes long:
// store::note_texts() does it before the committer gets the definition.
struct NotedTexts {
  bool known = false;
  bool schema_is_compact = false;  // it can stand between other JSON as it is
  std::uint64_t raw_bytes = 0;
  std::string raw_sha256;

  bool operator==(const NotedTexts& /*other*/) const { return true; }
};

struct EntityDefinition {
  std::string reference;            // canonical: kind:namespace/name
  std::string api_version;          // as sent: "v3", "v2.2", "backstage.io/v1alpha1"
  std::string display_name;         // empty = none
  std::string description;          // empty = none
  EntityAttributes attributes;      // no text in it has a control character
  std::vector<Relation> relations;  // both directions of each, without repeats
  // Compact JSON of the v3 definition: metadata.namespace filled in; metadata.id and
  // metadata.managed, which only the server writes, taken out.
  std::string schema;
  std::string raw;               // the text of this definition as it was sent
  std::string ingestion_source;  // "api", "backstage"
  NotedTexts noted = {};         // of schema and raw

  bool operator==(const EntityDefinition&) const = default;
};

// Error invalid: two definitions are of the same entity; the detail names both.
Result<void> check_distinct(std::span<const EntityDefinition> definitions);

// A definition as it is kept. The number stays with the reference, also over a deletion.
struct DefinedEntity {
  EntityNumber number;
  EntityDefinition definition;
  Time created_at{};
  Time modified_at{};
  RowId version{};  // the position of the last change; none: not known

  bool operator==(const DefinedEntity&) const = default;
};

// A kind of entities that an org has described; its name is its id.
struct Kind {
  std::string name;  // kebab-case
  std::string display_name;
  std::string description;
  Time created_at{};
  Time modified_at{};
  RowId version{};  // the position of its last change; none: not known

  bool operator==(const Kind&) const = default;
};

// The relation of a component to what it is a part of.
inline constexpr std::string_view part_of_relation = "RelationTypePartsOf";
// The names of the systems that a definition says its entity is a component of, by its relations;
// relations in the system's own definition do not count.
std::vector<std::string> systems_of(const EntityDefinition& definition);
// The name of a system's canonical reference; empty: it is not a system's reference.
std::string_view system_name(std::string_view reference);

}  // namespace scorekeeper
