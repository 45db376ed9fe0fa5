#include "store/postgres/catalog.h"

#include <bit>
#include <cstdint>
#include <vector>

#include "store/catalog_rows.h"
#include "store/postgres/row_arrays.h"

namespace scorekeeper::store::postgres {
namespace {

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
constexpr Statement remove_kinds{"remove_kinds",
                                 "DELETE FROM kind WHERE org = $1 AND name = ANY($2::text[])"};
constexpr Statement remove_campaign_rules{
    "remove_campaign_rules",
    "DELETE FROM campaign_rule WHERE org = $1 AND campaign = ANY($2::integer[])"};

Parameters of_org(OrgId org) { return Parameters().add(std::int64_t{org.number}); }

template <class Number>
std::vector<std::int32_t> stored_of(std::span<const Number> numbers) {
  std::vector<std::int32_t> list;
  list.reserve(numbers.size());
  for (const Number number : numbers) list.push_back(std::bit_cast<std::int32_t>(number.number));
  return list;
}

// An unknown one is ignored.
void add_entity_removals(PgConnection& connection, OrgId org,
                         std::span<const RemovedEntity> removed) {
  if (removed.empty()) return;
  std::vector<EntityNumber> numbers;
  std::vector<std::int64_t> positions;
  for (const RemovedEntity& entity : removed) {
    numbers.push_back(entity.number);
    positions.push_back(std::bit_cast<std::int64_t>(entity.position.number));
  }
  connection.add(remove_entities, of_org(org)
                                      .add_array(stored_of(std::span<const EntityNumber>(numbers)))
                                      .add_array(positions));
}

void add_removals(PgConnection& connection, OrgId org, const CatalogRows& rows) {
  std::vector<EntityNumber> replaced = rows.removed_definitions;
  for (const auto& definition : rows.definitions) replaced.push_back(definition.thing.number);
  if (!replaced.empty()) {
    connection.add(remove_relations,
                   of_org(org).add_array(stored_of(std::span<const EntityNumber>(replaced))));
  }
  if (const std::span<const EntityNumber> removed = rows.removed_definitions; !removed.empty()) {
    connection.add(remove_definitions, of_org(org).add_array(stored_of(removed)));
  }
  add_entity_removals(connection, org, rows.removed_entities);
  if (!rows.removed_kinds.empty()) {
    connection.add(remove_kinds, of_org(org).add_array(rows.removed_kinds));
  }
  if (const std::span<const CampaignNumber> campaigns = rows.campaigns; !campaigns.empty()) {
    connection.add(remove_campaign_rules, of_org(org).add_array(stored_of(campaigns)));
  }
}

std::vector<RelationRow> relations_of(const CatalogRows& rows) {
  std::vector<RelationRow> relations;
  for (const auto& [org, defined, removed, position] : rows.definitions) {
    std::size_t place = 0;
    for (const Relation& relation : defined.definition.relations) {
      relations.push_back(
          {.org = org, .defined_by = defined.number, .row = ++place, .relation = relation});
    }
  }
  return relations;
}

}  // namespace

void add_entities(PgConnection& connection, std::span<const NewEntity> entities) {
  static const RowStatement statement(table_of<NewEntity>(), revive_on_conflict);
  add_rows(connection, statement.get(), entities);
}

void add_change(PgConnection& connection, const CatalogChange& change,
                std::span<const ChangePlace> places) {
  const CatalogRows rows(change, places);
  insert_rows<PlaceRow>(connection, rows.places);
  add_removals(connection, change.org, rows);
  std::apply(
      [&]<class... Row>(const std::vector<Row>&... of_thing) {
        (put_rows<Row>(connection, of_thing), ...);
      },
      rows.things);
  insert_rows<CampaignRuleRow>(connection, rows.campaign_rules);
  add_entities(connection, rows.entities);
  put_rows<StateRow<const DefinedEntity>>(connection, rows.definitions);
  insert_rows<RelationRow>(connection, relations_of(rows));
}

}  // namespace scorekeeper::store::postgres
