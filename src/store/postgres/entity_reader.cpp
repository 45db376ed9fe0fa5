#include "store/postgres/entity_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "domain/entity.h"
#include "store/postgres/query.h"
#include "store/postgres/row_arrays.h"
#include "store/postgres/snapshot.h"

namespace scorekeeper::store::postgres {
namespace {

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

using Definitions = std::map<EntityNumber, DefinedEntity>;

Result<Definitions> definitions_of(const Rows& rows, const Rows& relations) {
  Definitions definitions;
  for (int row = 0; row < rows.size(); ++row) {
    ReadRow<DefinedEntity> read;
    TRY(load_row(rows, row, read.row));
    read.thing.version = read.row.position;
    definitions.emplace(read.thing.number, std::move(read.thing));
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

std::string definitions_sql(std::string_view left_out) {
  return select_sql(table_of<StateRow<const DefinedEntity>>(), left_out) +
         " WHERE org = $1 AND number = ANY($2::integer[])";
}

Result<std::vector<Rows>> read(PgConnection& connection, OrgId org,
                               const EntitySelection& selection) {
  const Parameters these =
      Parameters().add(std::int64_t{org.number}).add_array(stored(selection.numbers));
  static const std::string with_raw = definitions_sql("");
  static const std::string without_raw = definitions_sql("raw");
  connection.begin_batch();
  connection.add(selection.raw
                     ? Statement{.name = "read_definitions", .sql = with_raw.c_str()}
                     : Statement{.name = "read_definitions_short", .sql = without_raw.c_str()},
                 these);
  connection.add(read_relations_of, these);
  connection.add(read_entities_of, these);
  return connection.finish_batch();
}

}  // namespace

Result<std::vector<EntityNumber>> find_entities(PgConnection& connection, OrgId org,
                                                const EntityListFilter& filter) {
  return numbers_in(TRY(run(connection, entity_page_query(Dialect::postgres, org, filter))));
}

Result<std::vector<ListedEntity>> read_entities(PgConnection& connection, OrgId org,
                                                const EntitySelection& selection) {
  std::vector<ListedEntity> entities;
  if (selection.numbers.empty()) return entities;
  std::vector<Rows> found;
  const auto read_all = [&]() -> Result<void> {
    found = TRY(read(connection, org, selection));
    return {};
  };
  TRY(read_at_once(connection, read_all));
  Definitions definitions = TRY(definitions_of(found[0], found[1]));
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

Result<RelationPage> list_relations(PgConnection& connection, OrgId org,
                                    const RelationListFilter& filter) {
  const Rows rows = TRY(run(connection, relation_page_query(Dialect::postgres, org, filter)));
  RelationPage page;
  for (int row = 0; row < rows.size(); ++row) {
    TRY(load_row(rows, row, page.relations.emplace_back()));
  }
  return page;
}

}  // namespace scorekeeper::store::postgres
