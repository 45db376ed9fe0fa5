// Documents of entities, kinds and relations. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/entity_definition.h"
#include "wire/catalog_query.h"

namespace scorekeeper::wire {

struct RelationItem {
  Relation relation;
  std::string defined_by;  // the reference of the entity whose definition says so
  Time created_at{};
  Time modified_at{};
};

struct EntityItem {
  std::string id;  // entity_id.h
  DefinedEntity entity;
  // false: known from outcomes alone; of the definition there is the reference.
  bool defined = true;
  std::vector<RelationItem> relations;  // from this entity; for include=relation
};

// 202 of POST: each entity with its schema, included. `skipped`: warnings about documents of the
// body that are not among them.
std::string write_accepted_entities(std::span<const EntityItem> items,
                                    std::span<const std::string> skipped = {});
// 202 of the preview: the same of entities that are not stored, whose ids are their references.
std::string write_entity_preview(std::span<const EntityDefinition> definitions,
                                 std::span<const std::string> skipped, Time now);
// include=schema leaves out the schemas of kinds that the clients know no form for, unless the
// query names the entity or the kind.
std::string write_entity_list(std::span<const EntityItem> items, const EntityListQuery& query,
                              const CatalogLinks& links);

// The body of POST /catalog/kind, JSON or YAML, without times: attribute "kind" is required.
Result<Kind> parse_kind(std::string& body, const Limits& limits);
std::string write_kinds(std::span<const Kind> kinds);

// The entities at the ends of relations, each once, for include=entity and include=schema; ends
// that nobody knows are left out.
std::string write_relation_list(std::span<const RelationItem> items,
                                std::span<const EntityItem> entities,
                                const RelationListQuery& query, const CatalogLinks& links);

// from:type:to
std::string relation_id(const Relation& relation);

}  // namespace scorekeeper::wire
