#include "store/postgres/entity_writer.h"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/entity.h"
#include "store/items.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement put_entities{
    "put_entities",
    "INSERT INTO entity (org, number, discovered_at, position, kind, namespace, name, live)"
    " SELECT *, 1 FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[],"
    " $5::text[], $6::text[], $7::text[])"
    " ON CONFLICT (org, number) DO UPDATE SET live = 1, discovered_at = excluded.discovered_at,"
    " position = excluded.position WHERE entity.live = 0"};
constexpr Statement remove_relations{
    "remove_relations", "DELETE FROM relation WHERE org = $1 AND defined_by = ANY($2::integer[])"};
constexpr Statement remove_definitions{
    "remove_definitions",
    "DELETE FROM entity_definition WHERE org = $1 AND number = ANY($2::integer[])"};
constexpr Statement remove_entities{
    "remove_entities",
    "UPDATE entity AS e SET live = 0, position = r.position"
    " FROM unnest($2::integer[], $3::bigint[]) AS r(number, position)"
    " WHERE e.org = $1 AND e.number = r.number"};
constexpr Statement put_definition{
    "put_definition",
    "INSERT INTO entity_definition (org, number, owner, tier, lifecycle, type, languages, tags,"
    " kind, namespace, name, created_at, modified_at, api_version, ingestion_source, display_name,"
    " description, schema, raw, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
    " $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    " ON CONFLICT (org, number) DO UPDATE SET owner = excluded.owner, tier = excluded.tier,"
    " lifecycle = excluded.lifecycle, type = excluded.type, languages = excluded.languages,"
    " tags = excluded.tags, kind = excluded.kind, namespace = excluded.namespace,"
    " name = excluded.name, created_at = excluded.created_at,"
    " modified_at = excluded.modified_at, api_version = excluded.api_version,"
    " ingestion_source = excluded.ingestion_source, display_name = excluded.display_name,"
    " description = excluded.description, schema = excluded.schema, raw = excluded.raw,"
    " position = excluded.position"};
constexpr Statement put_relations{
    "put_relations",
    "INSERT INTO relation (org, defined_by, row, id, type, from_entity, to_entity)"
    " SELECT $1::integer, $2::integer, r.row, r.from_entity || ':' || r.type || ':' || r.to_entity,"
    " r.type, r.from_entity, r.to_entity FROM unnest($3::text[], $4::text[], $5::text[])"
    " WITH ORDINALITY AS r(type, from_entity, to_entity, row)"};

std::int32_t stored(EntityNumber number) { return std::bit_cast<std::int32_t>(number.number); }

std::vector<std::int32_t> stored_of(std::span<const EntityNumber> numbers) {
  std::vector<std::int32_t> list;
  list.reserve(numbers.size());
  for (const EntityNumber number : numbers) list.push_back(stored(number));
  return list;
}

void add_relations(Connection& connection, OrgId org, const DefinedEntity& defined) {
  std::vector<std::string_view> types;
  std::vector<std::string_view> froms;
  std::vector<std::string_view> tos;
  for (const Relation& relation : defined.definition.relations) {
    types.push_back(relation.type);
    froms.push_back(relation.from);
    tos.push_back(relation.to);
  }
  if (types.empty()) return;
  connection.add(put_relations, Parameters()
                                    .add(std::int64_t{org.number})
                                    .add(std::int64_t{defined.number.number})
                                    .add_array(types)
                                    .add_array(froms)
                                    .add_array(tos));
}

}  // namespace

void add_entities(Connection& connection, std::span<const NewEntity> entities) {
  if (entities.empty()) return;
  std::vector<std::int32_t> orgs;
  std::vector<std::int32_t> numbers;
  std::vector<std::int64_t> times;
  std::vector<std::int64_t> positions;
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> name_spaces;
  std::vector<std::string_view> names;
  for (const NewEntity& entity : entities) {
    const EntityReference parts = split_canonical(entity.reference);
    orgs.push_back(std::bit_cast<std::int32_t>(entity.org.number));
    numbers.push_back(stored(entity.number));
    times.push_back(microseconds_of(entity.discovered_at));
    positions.push_back(std::bit_cast<std::int64_t>(entity.position.number));
    kinds.push_back(parts.kind);
    name_spaces.push_back(parts.name_space);
    names.push_back(parts.name);
  }
  connection.add(put_entities, Parameters()
                                   .add_array(orgs)
                                   .add_array(numbers)
                                   .add_array(times)
                                   .add_array(positions)
                                   .add_array(kinds)
                                   .add_array(name_spaces)
                                   .add_array(names));
}

void add_definition(Connection& connection, OrgId org, const DefinedEntity& defined,
                    RowId position) {
  const EntityDefinition& definition = defined.definition;
  const EntityAttributes& attributes = definition.attributes;
  const EntityReference parts = split_canonical(definition.reference);
  const std::int32_t number = stored(defined.number);
  connection.add(remove_relations,
                 Parameters().add(std::int64_t{org.number}).add_array(std::span(&number, 1)));
  connection.add(put_definition, Parameters()
                                     .add(std::int64_t{org.number})
                                     .add(std::int64_t{defined.number.number})
                                     .add(attributes.owner)
                                     .add(attributes.tier)
                                     .add(attributes.lifecycle)
                                     .add(attributes.type)
                                     .add(join_items(attributes.languages))
                                     .add(join_items(attributes.tags))
                                     .add(parts.kind)
                                     .add(parts.name_space)
                                     .add(parts.name)
                                     .add(microseconds_of(defined.created_at))
                                     .add(microseconds_of(defined.modified_at))
                                     .add(definition.api_version)
                                     .add(definition.ingestion_source)
                                     .add(definition.display_name)
                                     .add(definition.description)
                                     .add(definition.schema)
                                     .add(definition.raw)
                                     .add_bits(position.number));
  add_relations(connection, org, defined);
}

void add_definition_removals(Connection& connection, OrgId org,
                             std::span<const EntityNumber> removed) {
  if (removed.empty()) return;
  const Parameters which = Parameters().add(std::int64_t{org.number}).add_array(stored_of(removed));
  connection.add(remove_relations, which);
  connection.add(remove_definitions, which);
}

void add_entity_removals(Connection& connection, OrgId org,
                         std::span<const RemovedEntity> removed) {
  if (removed.empty()) return;
  std::vector<EntityNumber> numbers;
  std::vector<std::int64_t> positions;
  for (const RemovedEntity& entity : removed) {
    numbers.push_back(entity.number);
    positions.push_back(std::bit_cast<std::int64_t>(entity.position.number));
  }
  add_definition_removals(connection, org, numbers);
  connection.add(remove_entities, Parameters()
                                      .add(std::int64_t{org.number})
                                      .add_array(stored_of(numbers))
                                      .add_array(positions));
}

}  // namespace scorekeeper::store::postgres
