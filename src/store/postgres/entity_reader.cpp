#include "store/postgres/entity_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "domain/entity.h"
#include "store/first_by_name.h"
#include "store/items.h"
#include "store/postgres/snapshot.h"

namespace scorekeeper::store::postgres {
namespace {

// Some 20 ms each.
constexpr std::int64_t entities_per_scan = 50'000;
constexpr std::size_t references_per_statement = 1'000;

constexpr Statement last_entity{"last_entity",
                                "SELECT coalesce(max(number), 0) FROM entity WHERE org = $1"};
// The text as it was sent, which is long, only where $3 says so.
constexpr Statement read_definitions_of{
    "read_definitions_of",
    "SELECT number, kind || ':' || namespace || '/' || name, owner, tier, lifecycle, type,"
    " languages, tags, created_at, modified_at, api_version, ingestion_source, display_name,"
    " description, schema, CASE WHEN $3::integer = 1 THEN raw ELSE '' END"
    " FROM entity_definition WHERE org = $1 AND number = ANY($2::integer[])"};
constexpr Statement read_relations_of{
    "read_relations_of",
    "SELECT defined_by, type, from_entity, to_entity FROM relation"
    " WHERE org = $1 AND defined_by = ANY($2::integer[]) ORDER BY defined_by, row"};
constexpr Statement read_entities_of{
    "read_entities_of",
    "SELECT number, kind || ':' || namespace || '/' || name, discovered_at FROM entity"
    " WHERE org = $1 AND number = ANY($2::integer[])"};
constexpr Statement find_numbers{
    "find_numbers",
    "SELECT d.number FROM unnest($2::text[], $3::text[], $4::text[]) AS w(name, kind, namespace)"
    " JOIN entity_definition AS d ON d.org = $1 AND d.name = w.name AND d.kind = w.kind"
    " AND d.namespace = w.namespace"};

Parameters which(OrgId org, std::span<const EntityNumber> numbers) {
  std::vector<std::int32_t> list;
  list.reserve(numbers.size());
  for (const EntityNumber number : numbers)
    list.push_back(static_cast<std::int32_t>(number.number));
  return Parameters().add(std::int64_t{org.number}).add_array(list);
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
                        .modified_at = time_in(rows, row, 9)};
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
  if (filter.reference) {
    const EntityReference parts = split_canonical(*filter.reference);
    query.where("e.name =", parts.name);
    query.where("e.kind =", parts.kind);
    query.where("e.namespace =", parts.name_space);
  }
  query.where("e.name =", filter.name);
  query.where("e.kind =", filter.kind);
  query.where("e.namespace =", filter.name_space);
  query.where_hashed("e.owner", filter.owner);
  if (!filter.relation_type) return;
  query +=
      " AND EXISTS (SELECT 1 FROM relation AS r WHERE r.org = e.org"
      " AND md5(r.from_entity) = md5(e.kind || ':' || e.namespace || '/' || e.name)"
      " AND r.from_entity = e.kind || ':' || e.namespace || '/' || e.name";
  query.where("r.type =", filter.relation_type);
  query += ")";
}

// Looks at every entity of the org, some at a time.
Result<std::vector<EntityNumber>> scan_entities(Connection& connection, OrgId org,
                                                const EntityListFilter& filter) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (filter.number) {
    begin = std::int64_t{filter.number->number} - 1;
    end = begin + 1;
  } else {
    end =
        TRY(connection.run(last_entity, Parameters().add(std::int64_t{org.number}))).integer(0, 0);
  }
  FirstByName first(filter.offset, filter.size);
  for (std::int64_t from = begin; from < end; from += entities_per_scan) {
    const ScanRange some{
        .from = from, .to = std::min(end, from + entities_per_scan), .count = first.count()};
    const Rows rows = TRY(entity_scan_query(org, filter, some).run(connection));
    for (int row = 0; row < rows.size(); ++row) {
      first.add({rows.u32(row, 0)}, rows.text(row, 1), rows.text(row, 2), rows.text(row, 3));
    }
  }
  return first.take();
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

Result<void> read_entities(Connection& connection, OrgId org, bool raw,
                           std::span<const EntityNumber> numbers, EntityPage& page) {
  if (numbers.empty()) return {};
  const Parameters these = which(org, numbers);
  connection.begin_batch();
  connection.add(read_definitions_of, Parameters(these).add(std::int64_t{raw ? 1 : 0}));
  connection.add(read_relations_of, these);
  connection.add(read_entities_of, these);
  const std::vector<Rows> found = TRY(connection.finish_batch());
  Definitions definitions = definitions_of(found[0], found[1]);
  auto discovered = discovered_of(found[2]);
  page.entities.reserve(numbers.size());
  for (const EntityNumber number : numbers) {
    if (const auto defined = definitions.find(number); defined != definitions.end()) {
      page.entities.push_back({.entity = std::move(defined->second), .defined = true});
    } else if (const auto entity = discovered.find(number); entity != discovered.end()) {
      page.entities.push_back(std::move(entity->second));
    } else {
      return make_error(Code::internal,
                        "the catalog has no entity " + std::to_string(number.number));
    }
  }
  return {};
}

// The definitions that some references have.
Result<void> read_definitions(Connection& connection, OrgId org,
                              std::span<const std::string> references,
                              std::vector<DefinedEntity>& found) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> name_spaces;
  for (const std::string& reference : references) {
    if (!is_storable(reference)) continue;
    const EntityReference parts = split_canonical(reference);
    names.push_back(parts.name);
    kinds.push_back(parts.kind);
    name_spaces.push_back(parts.name_space);
  }
  const Rows numbers = TRY(connection.run(find_numbers, Parameters()
                                                            .add(std::int64_t{org.number})
                                                            .add_array(names)
                                                            .add_array(kinds)
                                                            .add_array(name_spaces)));
  const Parameters these = which(org, numbers_in(numbers));
  connection.begin_batch();
  connection.add(read_definitions_of, Parameters(these).add(1));
  connection.add(read_relations_of, these);
  const std::vector<Rows> rows = TRY(connection.finish_batch());
  for (auto& [number, defined] : definitions_of(rows[0], rows[1])) {
    found.push_back(std::move(defined));
  }
  return {};
}

}  // namespace

Query entity_page_query(OrgId org, const EntityListFilter& filter) {
  Query query("SELECT e.number FROM entity_definition AS e WHERE true");
  query.where("e.org =", org.number);
  if (filter.number) query.where("e.number =", filter.number->number);
  add_conditions(query, filter);
  query += " ORDER BY e.name, e.kind, e.namespace";
  query.page(filter.offset, filter.size);
  return query;
}

Query entity_scan_query(OrgId org, const EntityListFilter& filter, const ScanRange& range) {
  Query query("SELECT e.number, e.name, e.kind, e.namespace FROM entity AS e WHERE e.live = 1");
  query.where("e.org =", org.number);
  query.where("e.number >", range.from);
  query.where("e.number <=", range.to);
  add_conditions(query, filter);
  query += " ORDER BY e.name, e.kind, e.namespace";
  query.page(0, range.count);
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
  query += " GROUP BY org, id ORDER BY id";
  query.page(filter.offset, filter.size);
  query +=
      ") AS p JOIN relation AS r ON r.org = p.org AND r.defined_by = p.defined_by AND r.id = p.id"
      " JOIN entity_definition AS d ON d.org = r.org AND d.number = r.defined_by ORDER BY p.id";
  return query;
}

Result<EntityPage> list_entities(Connection& connection, OrgId org,
                                 const EntityListFilter& filter) {
  EntityPage page;
  std::vector<EntityNumber> numbers;
  // Only a definition has an owner.
  const bool discovered = filter.include_discovered && !filter.owner;
  if (discovered) numbers = TRY(scan_entities(connection, org, filter));
  const auto read = [&]() -> Result<void> {
    if (!discovered) numbers = numbers_in(TRY(entity_page_query(org, filter).run(connection)));
    return read_entities(connection, org, filter.raw, numbers, page);
  };
  TRY(read_at_once(connection, read));
  return page;
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

Result<std::vector<DefinedEntity>> find_definitions(Connection& connection, OrgId org,
                                                    std::span<const std::string> references) {
  std::vector<DefinedEntity> found;
  while (!references.empty()) {
    const auto some = references.first(std::min(references.size(), references_per_statement));
    references = references.subspan(some.size());
    TRY(read_at_once(connection, [&] { return read_definitions(connection, org, some, found); }));
  }
  return found;
}

}  // namespace scorekeeper::store::postgres
