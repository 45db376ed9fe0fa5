#include "store/postgres/entity_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "domain/entity.h"
#include "store/items.h"
#include "store/postgres/snapshot.h"

namespace scorekeeper::store::postgres {
namespace {

// The text as it was sent, which is long, only where $3 says so.
constexpr Statement read_definitions_of{
    "read_definitions_of",
    "SELECT number, kind || ':' || namespace || '/' || name, owner, tier, lifecycle, type,"
    " languages, tags, created_at, modified_at, api_version, ingestion_source, display_name,"
    " description, schema, CASE WHEN $3::integer = 1 THEN raw ELSE '' END,"
    " position"
    " FROM entity_definition WHERE org = $1 AND number = ANY($2::integer[])"};
constexpr Statement read_relations_of{
    "read_relations_of",
    "SELECT defined_by, type, from_entity, to_entity FROM relation"
    " WHERE org = $1 AND defined_by = ANY($2::integer[]) ORDER BY defined_by, row"};
constexpr Statement read_entities_of{
    "read_entities_of",
    "SELECT number, kind || ':' || namespace || '/' || name, discovered_at FROM entity"
    " WHERE org = $1 AND number = ANY($2::integer[]) AND live = 1"};

std::vector<std::int32_t> stored(std::span<const EntityNumber> numbers) {
  std::vector<std::int32_t> list;
  list.reserve(numbers.size());
  for (const EntityNumber number : numbers) {
    list.push_back(static_cast<std::int32_t>(number.number));
  }
  return list;
}

std::vector<EntityNumber> numbers_in(const Rows& rows) {
  std::vector<EntityNumber> numbers;
  numbers.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) numbers.push_back({rows.u32(row, 0)});
  return numbers;
}

std::string text_in(const Rows& rows, int row, int column) {
  return std::string(rows.text(row, column));
}
Time time_in(const Rows& rows, int row, int column) {
  return time_of_microseconds(rows.integer(row, column));
}

DefinedEntity defined_entity_of(const Rows& rows, int row) {
  DefinedEntity defined{.number = {rows.u32(row, 0)},
                        .definition = {},
                        .created_at = time_in(rows, row, 8),
                        .modified_at = time_in(rows, row, 9),
                        .version = RowId{rows.u64(row, 16)}};
  EntityDefinition& definition = defined.definition;
  definition.reference = rows.text(row, 1);
  definition.attributes = {.owner = text_in(rows, row, 2),
                           .tier = text_in(rows, row, 3),
                           .lifecycle = text_in(rows, row, 4),
                           .type = text_in(rows, row, 5),
                           .languages = split_items(rows.text(row, 6)),
                           .tags = split_items(rows.text(row, 7))};
  definition.api_version = rows.text(row, 10);
  definition.ingestion_source = rows.text(row, 11);
  definition.display_name = rows.text(row, 12);
  definition.description = rows.text(row, 13);
  definition.schema = rows.text(row, 14);
  definition.raw = rows.text(row, 15);
  return defined;
}

// Of the names in `e`, an entity or a definition.
void add_conditions(Query& query, const EntityListFilter& filter) {
  if (filter.numbers) query.where_any("e.number", stored(*filter.numbers));
  query.where("e.kind =", filter.kind);
  query.where("e.namespace =", filter.name_space);
  query.where_hashed("e.owner", filter.owner);
  if (!filter.relation_type) return;
  const std::string folded =
      "CASE WHEN e.kind = 'service' AND e.namespace = 'default'"
      " THEN 'service:default/' || lower(e.name)"
      " ELSE e.kind || ':' || e.namespace || '/' || e.name END";
  query +=
      " AND EXISTS (SELECT 1 FROM relation AS r WHERE r.org = e.org AND md5(r.from_entity) = md5(";
  query += folded + ") AND r.from_entity = " + folded;
  query.where("r.type =", filter.relation_type);
  query += ")";
}

using Definitions = std::map<EntityNumber, DefinedEntity>;

Definitions definitions_of(const Rows& rows, const Rows& relations) {
  Definitions definitions;
  for (int row = 0; row < rows.size(); ++row) {
    DefinedEntity defined = defined_entity_of(rows, row);
    definitions.emplace(defined.number, std::move(defined));
  }
  for (int row = 0; row < relations.size(); ++row) {
    const auto defined = definitions.find({relations.u32(row, 0)});
    if (defined == definitions.end()) continue;
    defined->second.definition.relations.push_back({.type = text_in(relations, row, 1),
                                                    .from = text_in(relations, row, 2),
                                                    .to = text_in(relations, row, 3)});
  }
  for (auto& [number, defined] : definitions) {
    defined.definition.attributes.systems = systems_of(defined.definition);
  }
  return definitions;
}

// Entities that have no definition.
std::map<EntityNumber, ListedEntity> discovered_of(const Rows& rows) {
  std::map<EntityNumber, ListedEntity> discovered;
  for (int row = 0; row < rows.size(); ++row) {
    ListedEntity listed{.entity = {.number = {rows.u32(row, 0)},
                                   .definition = {},
                                   .created_at = time_in(rows, row, 2),
                                   .modified_at = time_in(rows, row, 2)},
                        .defined = false};
    listed.entity.definition.reference = rows.text(row, 1);
    discovered.emplace(listed.entity.number, std::move(listed));
  }
  return discovered;
}

Result<std::vector<Rows>> read(Connection& connection, OrgId org,
                               const EntitySelection& selection) {
  const Parameters these =
      Parameters().add(std::int64_t{org.number}).add_array(stored(selection.numbers));
  connection.begin_batch();
  connection.add(read_definitions_of, Parameters(these).add(std::int64_t{selection.raw ? 1 : 0}));
  connection.add(read_relations_of, these);
  connection.add(read_entities_of, these);
  return connection.finish_batch();
}

}  // namespace

Query entity_page_query(OrgId org, const EntityListFilter& filter) {
  // Only a definition has an owner.
  const bool discovered = filter.include_discovered && !filter.owner;
  Query query(discovered ? "SELECT e.number FROM entity AS e WHERE e.live = 1"
                         : "SELECT e.number FROM entity_definition AS e WHERE true");
  query.where("e.org =", org.number);
  add_conditions(query, filter);
  query += " ORDER BY e.name, e.kind, e.namespace";
  query.page(filter.offset, filter.size);
  return query;
}

Query relation_page_query(OrgId org, const RelationListFilter& filter) {
  Query query(
      "SELECT r.type, r.from_entity, r.to_entity, d.kind || ':' || d.namespace || '/' || d.name,"
      " d.created_at, d.modified_at"
      " FROM (SELECT org, id, min(defined_by) AS defined_by FROM relation WHERE true");
  query.where("org =", org.number);
  query.where("type =", filter.type);
  query.where_hashed("from_entity", filter.from);
  query.where_hashed("to_entity", filter.to);
  query += " GROUP BY org, left(id, 512), id ORDER BY left(id, 512), id";
  query.page(filter.offset, filter.size);
  query +=
      ") AS p JOIN relation AS r ON r.org = p.org AND r.defined_by = p.defined_by AND r.id = p.id"
      " JOIN entity_definition AS d ON d.org = r.org AND d.number = r.defined_by ORDER BY p.id";
  return query;
}

Result<std::vector<EntityNumber>> find_entities(Connection& connection, OrgId org,
                                                const EntityListFilter& filter) {
  return numbers_in(TRY(entity_page_query(org, filter).run(connection)));
}

Result<std::vector<ListedEntity>> read_entities(Connection& connection, OrgId org,
                                                const EntitySelection& selection) {
  std::vector<ListedEntity> entities;
  if (selection.numbers.empty()) return entities;
  std::vector<Rows> found;
  const auto read_all = [&]() -> Result<void> {
    found = TRY(read(connection, org, selection));
    return {};
  };
  TRY(read_at_once(connection, read_all));
  Definitions definitions = definitions_of(found[0], found[1]);
  auto discovered = discovered_of(found[2]);
  entities.reserve(selection.numbers.size());
  for (const EntityNumber number : selection.numbers) {
    if (const auto defined = definitions.find(number); defined != definitions.end()) {
      entities.push_back({.entity = defined->second, .defined = true});
    } else if (const auto entity = discovered.find(number); entity != discovered.end()) {
      entities.push_back(entity->second);
    }
  }
  return entities;
}

Result<RelationPage> list_relations(Connection& connection, OrgId org,
                                    const RelationListFilter& filter) {
  const Rows rows = TRY(relation_page_query(org, filter).run(connection));
  RelationPage page;
  for (int row = 0; row < rows.size(); ++row) {
    page.relations.push_back({.relation = {.type = text_in(rows, row, 0),
                                           .from = text_in(rows, row, 1),
                                           .to = text_in(rows, row, 2)},
                              .defined_by = text_in(rows, row, 3),
                              .created_at = time_in(rows, row, 4),
                              .modified_at = time_in(rows, row, 5)});
  }
  return page;
}

}  // namespace scorekeeper::store::postgres
