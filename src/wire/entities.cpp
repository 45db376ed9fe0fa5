#include "wire/entities.h"

#include <map>

#include "domain/entity.h"
#include "json/tree.h"
#include "json/writer.h"
#include "wire/base64.h"
#include "wire/kept_name.h"
#include "wire/lists.h"
#include "wire/typed_form.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view unknown_origin = "unknown";  // as recorded
constexpr std::string_view discovered = "discovered";

std::string_view source_of(const EntityItem& item) {
  return item.defined ? std::string_view(item.entity.definition.ingestion_source) : discovered;
}

void write_attributes(json::Writer& json, const EntityDefinition& definition) {
  const auto parts = split_canonical(definition.reference);
  json.key("attributes").begin_object();
  json.optional_member("apiVersion", definition.api_version);
  json.optional_member("description", definition.description);
  json.optional_member("displayName", kept_display_name(definition));
  json.member("kind", parts.kind);
  json.member("name", parts.name);
  json.member("namespace", parts.name_space);
  json.optional_member("owner", definition.attributes.owner);
  if (!definition.attributes.tags.empty()) {
    json.key("tags").begin_array();
    for (const auto& tag : definition.attributes.tags) json.string(tag);
    json.end_array();
  }
  json.end_object();
}

void write_meta(json::Writer& json, const EntityItem& item) {
  json.key("meta").begin_object();
  json.member("createdAt", rfc3339(item.entity.created_at));
  json.member("modifiedAt", rfc3339(item.entity.modified_at));
  json.member("ingestionSource", source_of(item));
  json.member("origin", unknown_origin);
  json.end_object();
}

// The clients have no form for other kinds and could not read a page with one of these: whoever
// asks for such an entity or its kind gets it.
bool has_schema(const EntityItem& item, const EntityListQuery& query) {
  if (!query.include_schema || !item.defined) return false;
  const bool asked_for = query.id || query.reference || query.filter.kind;
  return asked_for ||
         form_of_kind(split_canonical(item.entity.definition.reference).kind) != nullptr;
}

void write_no_relationships(json::Writer& json, std::string_view name) {
  json.key(name).begin_object().key("data").begin_array().end_array().end_object();
}

void write_relationships(json::Writer& json, const EntityItem& item, const EntityListQuery& query) {
  const bool schema = has_schema(item, query);
  const bool raw_schema = query.include_raw_schema && item.defined;
  if (!schema && !raw_schema && !query.include_incident && !query.include_oncall &&
      !query.include_relation) {
    return;
  }
  json.key("relationships").begin_object();
  if (query.include_incident) write_no_relationships(json, "incidents");
  if (query.include_oncall) write_no_relationships(json, "oncall");
  if (raw_schema) write_relationship(json, "rawSchema", item.id, "rawSchema");
  if (query.include_relation) {
    json.key("relatedEntities").begin_object().key("data").begin_array();
    for (const auto& related : item.relations) {
      json.begin_object().member("id", relation_id(related.relation));
      json.member("type", "relatedEntity").end_object();
    }
    json.end_array().end_object();
  }
  if (schema) write_relationship(json, "schema", item.id, "schema");
  json.end_object();
}

void write_item(json::Writer& json, const EntityItem& item, const EntityListQuery& query) {
  json.begin_object().member("id", item.id).member("type", "entity");
  write_attributes(json, item.entity.definition);
  write_relationships(json, item, query);
  write_meta(json, item);
  json.end_object();
}

json::Tree managed(const EntityItem& item) {
  auto tree = json::Tree::empty_object();
  tree.put("origin", json::Tree::empty_object()).put_text("origin", unknown_origin);
  tree.put_text("ingestionSource", source_of(item));
  tree.put_text("createdAt", rfc3339(item.entity.created_at));
  tree.put_text("modifiedAt", rfc3339(item.entity.modified_at));
  return tree;
}

// The stored schema in the form of its kind, with metadata.managed, which only the server knows.
void write_schema(json::Writer& json, const EntityItem& item) {
  const auto* known = form_of_kind(split_canonical(item.entity.definition.reference).kind);
  const auto& form = known == nullptr ? form_of_other_kinds() : *known;
  auto schema = fit(schema_with_kept_name(item.entity.definition), form);
  if (!schema) schema = json::Tree::empty_object();
  if (auto* metadata = schema->find("metadata")) metadata->put("managed", managed(item));
  json::write_tree(json, *schema);
}

void write_included_schema(json::Writer& json, const EntityItem& item) {
  json.begin_object().member("id", item.id).member("type", "schema");
  json.key("attributes").begin_object().key("schema");
  write_schema(json, item);
  json.end_object().end_object();
}

void write_included_raw_schema(json::Writer& json, const EntityItem& item) {
  json.begin_object().member("id", item.id).member("type", "rawSchema");
  json.key("attributes").begin_object();
  json.member("rawSchema", write_base64(item.entity.definition.raw));
  json.end_object().end_object();
}

void write_included_relation(json::Writer& json, const ListedRelation& item) {
  const auto other = split_canonical(item.relation.to);
  json.begin_object().member("id", relation_id(item.relation)).member("type", "relatedEntity");
  json.key("attributes").begin_object();
  json.member("kind", other.kind).member("name", other.name);
  json.member("namespace", other.name_space).member("type", item.relation.type);
  json.end_object().key("meta").begin_object();
  json.member("createdAt", rfc3339(item.created_at)).member("defined_by", item.defined_by);
  json.member("modifiedAt", rfc3339(item.modified_at)).member("source", "schema");
  json.end_object().end_object();
}

bool asks_to_include(const EntityListQuery& query) {
  return query.include_schema || query.include_raw_schema || query.include_relation ||
         query.include_oncall || query.include_incident;
}

// Counts the items that write_included writes.
std::int64_t count_included(std::span<const EntityItem> items, const EntityListQuery& query) {
  std::size_t count = 0;
  for (const auto& item : items) {
    if (has_schema(item, query)) ++count;
    if (query.include_raw_schema && item.defined) ++count;
    if (query.include_relation) count += item.relations.size();
  }
  return static_cast<std::int64_t>(count);
}

// false: the budget has stopped.
bool pay(WorkBudget* budget, const EntityItem& item, bool schema, bool raw) {
  if (budget == nullptr) return true;
  const auto& definition = item.entity.definition;
  return budget->spend((schema ? definition.schema.size() * schema_byte_steps : 0) +
                       (raw ? definition.raw.size() : 0));
}

void write_included(json::Writer& json, std::span<const EntityItem> items,
                    const EntityListQuery& query, WorkBudget* budget) {
  json.key("included").begin_array();
  for (const auto& item : items) {
    if (!pay(budget, item, has_schema(item, query), query.include_raw_schema)) break;
    if (has_schema(item, query)) write_included_schema(json, item);
    if (query.include_raw_schema && item.defined) write_included_raw_schema(json, item);
    if (!query.include_relation) continue;
    for (const auto& related : item.relations) write_included_relation(json, related);
  }
  json.end_array();
}

void write_list_meta(json::Writer& json, std::size_t count, std::int64_t include_count,
                     std::span<const std::string> warnings = {}) {
  json.key("meta").begin_object();
  json.key("count").number(static_cast<std::int64_t>(count));
  json.key("includeCount").number(include_count);
  if (!warnings.empty()) {
    json.key("warnings").begin_array();
    for (const auto& warning : warnings) json.string(warning);
    json.end_array();
  }
  json.end_object();
}

void write_catalog_links(json::Writer& json, const CatalogLinks& links) {
  json.key("links").begin_object();
  json.optional_member("next", links.next).optional_member("previous", links.previous);
  json.member("self", links.self).end_object();
}

std::string write_document(std::span<const EntityItem> items, const EntityListQuery& query,
                           const CatalogLinks* links, std::span<const std::string> warnings,
                           WorkBudget* budget) {
  const auto include_count = count_included(items, query);
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_item(json, item, query);
  json.end_array();
  write_list_meta(json, items.size(), include_count, warnings);
  if (links != nullptr) write_catalog_links(json, *links);
  if (include_count > 0 || (links != nullptr && asks_to_include(query))) {
    write_included(json, items, query, budget);
  }
  json.end_object();
  return json.take();
}

void write_end(json::Writer& json, std::string_view name, std::string_view reference) {
  const auto parts = split_canonical(reference);
  json.key(name).begin_object();
  json.member("kind", parts.kind).member("name", parts.name);
  json.member("namespace", parts.name_space).end_object();
}

using EntitiesByReference = std::map<std::string_view, const EntityItem*>;

void write_relation_ends(json::Writer& json, const Relation& relation,
                         const EntitiesByReference& entities) {
  const auto from = entities.find(relation.from);
  const auto to = entities.find(relation.to);
  if (from == entities.end() && to == entities.end()) return;
  json.key("relationships").begin_object();
  if (from != entities.end()) write_relationship(json, "fromEntity", from->second->id, "entity");
  if (to != entities.end()) write_relationship(json, "toEntity", to->second->id, "entity");
  json.end_object();
}

void write_relation(json::Writer& json, const ListedRelation& item,
                    const EntitiesByReference& entities) {
  json.begin_object().member("id", relation_id(item.relation)).member("type", "relation");
  json.key("attributes").begin_object();
  write_end(json, "from", item.relation.from);
  write_end(json, "to", item.relation.to);
  json.member("type", item.relation.type).end_object();
  write_relation_ends(json, item.relation, entities);
  json.key("meta").begin_object();
  json.member("createdAt", rfc3339(item.created_at));
  json.member("modifiedAt", rfc3339(item.modified_at));
  json.member("source", "schema").member("definedBy", item.defined_by);
  json.end_object().end_object();
}

}  // namespace

std::string relation_id(const Relation& relation) {
  return relation.from + ":" + relation.type + ":" + relation.to;
}

std::string write_accepted_entities(std::span<const EntityItem> items,
                                    std::span<const std::string> skipped) {
  EntityListQuery query;
  query.include_schema = true;
  query.reference.emplace();  // whoever sends an entity asks for it
  return write_document(items, query, nullptr, skipped, nullptr);
}

std::string write_entity_preview(std::span<const EntityDefinition> definitions,
                                 std::span<const std::string> skipped, Time now) {
  std::vector<EntityItem> items;
  items.reserve(definitions.size());
  for (const auto& definition : definitions) {
    items.push_back(
        {.id = definition.reference,
         .entity = {
             .number = {}, .definition = definition, .created_at = now, .modified_at = now}});
  }
  return write_accepted_entities(items, skipped);
}

std::string write_entity_list(std::span<const EntityItem> items, const EntityListQuery& query,
                              const CatalogLinks& links, WorkBudget* budget) {
  return write_document(items, query, &links, {}, budget);
}

std::string write_relation_list(std::span<const ListedRelation> items,
                                std::span<const EntityItem> entities,
                                const RelationListQuery& query, const CatalogLinks& links,
                                WorkBudget* budget) {
  EntityListQuery inclusions;
  inclusions.include_schema = query.include_schema;
  inclusions.reference.emplace();  // of any kind: the clients read them as entities
  auto include_count = count_included(entities, inclusions);
  if (query.include_entity) include_count += static_cast<std::int64_t>(entities.size());
  EntitiesByReference ends;
  if (query.include_entity) {
    for (const auto& entity : entities) ends[entity.entity.definition.reference] = &entity;
  }
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_relation(json, item, ends);
  json.end_array();
  write_list_meta(json, items.size(), include_count);
  write_catalog_links(json, links);
  if (query.include_entity || query.include_schema) {
    json.key("included").begin_array();
    for (const auto& entity : entities) {
      if (!pay(budget, entity, query.include_schema, false)) break;
      if (query.include_entity) write_item(json, entity, inclusions);
      if (query.include_schema && entity.defined) write_included_schema(json, entity);
    }
    json.end_array();
  }
  json.end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
