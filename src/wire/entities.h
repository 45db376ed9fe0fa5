// Reads and writes the documents of entities, kinds and relations. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/work_budget.h"
#include "domain/entity_definition.h"
#include "domain/relations.h"
#include "wire/catalog_query.h"

namespace scorekeeper::wire {

struct EntityItem {
  std::string id;  // entity_id.h
  DefinedEntity entity;
  // false: only outcomes name the entity; then the definition has only its reference.
  bool defined = true;
  std::vector<ListedRelation> relations = {};  // from this entity; for include=relation
};

// Writes the 202 of POST: each entity, and its schema as included. `skipped`: warnings about
// documents of the body that are not in `items`.
std::string write_accepted_entities(std::span<const EntityItem> items,
                                    std::span<const std::string> skipped = {});
// Writes the 202 of the preview: the same for entities that are not stored. Their ids are their
// references.
std::string write_entity_preview(std::span<const EntityDefinition> definitions,
                                 std::span<const std::string> skipped, Time now);
// Writes a list. With include=schema it leaves out schemas of kinds for which the clients have no
// type, unless the query names the entity or the kind.
// `budget` pays for each definition, if it is not null. Once it has stopped, the text lacks the
// rest: do not use it. The same holds for write_relation_list().
std::string write_entity_list(std::span<const EntityItem> items, const EntityListQuery& query,
                              const CatalogLinks& links, WorkBudget* budget = nullptr);

// Parses the body of POST /catalog/kind, JSON or YAML; the result has no times. Attribute "kind" is
// required.
Result<Kind> parse_kind(std::string& body, const Limits& limits);
std::string write_kinds(std::span<const Kind> kinds);

// Writes a list of relations. `entities`: those at their ends, each once, for include=entity and
// include=schema; unknown ends are left out.
std::string write_relation_list(std::span<const ListedRelation> items,
                                std::span<const EntityItem> entities,
                                const RelationListQuery& query, const CatalogLinks& links,
                                WorkBudget* budget = nullptr);

// from:type:to
std::string relation_id(const Relation& relation);

}  // namespace scorekeeper::wire
