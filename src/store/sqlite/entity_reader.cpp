#include "store/sqlite/entity_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "store/query.h"
#include "store/sqlite/row_statement.h"

namespace scorekeeper::store::sqlite {
namespace {

Result<Statement> prepare(SqliteConnection& connection, const Query& query) {
  Statement statement = TRY(connection.prepare(query.sql()));
  int at = 0;
  for (const Query::Value& value : query.values()) {
    if (const auto* const number = std::get_if<std::int64_t>(&value)) {
      statement.bind(++at, *number);
    } else {
      statement.bind_text(++at, std::get<std::string>(value));
    }
  }
  return statement;
}

// Reads definitions one by one. Lives as long as one call.
class DefinitionReader {
 public:
  // `raw`: with the texts as they were sent.
  Result<void> prepare(SqliteConnection& connection, bool raw) {
    row_ = TRY(
        connection.prepare(select_sql(table_of<StateRow<const DefinedEntity>>(), raw ? "" : "raw") +
                           " WHERE org = ?1 AND number = ?2"));
    relations_ =
        TRY(connection.prepare("SELECT type, from_entity, to_entity FROM relation"
                               " WHERE org = ?1 AND defined_by = ?2 ORDER BY row"));
    return {};
  }

  Result<std::optional<DefinedEntity>> find(OrgId org, EntityNumber number) {
    row_.bind(1, org.number);
    row_.bind(2, number.number);
    if (!TRY(row_.step())) {
      row_.reset();
      return std::optional<DefinedEntity>();
    }
    ReadRow<DefinedEntity> read;
    TRY(load_row(row_, read.row));
    row_.reset();
    DefinedEntity& defined = read.thing;
    defined.version = read.row.position;
    relations_.bind(1, org.number);
    relations_.bind(2, defined.number.number);
    while (TRY(relations_.step())) {
      defined.definition.relations.push_back({.type = std::string(relations_.text(0)),
                                              .from = std::string(relations_.text(1)),
                                              .to = std::string(relations_.text(2))});
    }
    defined.definition.attributes.systems = systems_of(defined.definition);
    return std::optional(std::move(defined));
  }

 private:
  Statement row_;
  Statement relations_;
};

// An entity that has no definition; none when it does not live.
Result<std::optional<ListedEntity>> read_discovered(Statement& row, OrgId org,
                                                    EntityNumber number) {
  row.bind(1, org.number);
  row.bind(2, number.number);
  if (!TRY(row.step())) {
    row.reset();
    return std::optional<ListedEntity>();
  }
  ListedEntity listed{.entity = {.number = number,
                                 .definition = {},
                                 .created_at = time_of_microseconds(row.integer(1)),
                                 .modified_at = time_of_microseconds(row.integer(1))},
                      .defined = false};
  listed.entity.definition.reference = row.text(0);
  row.reset();
  return std::optional(std::move(listed));
}

Result<void> read(SqliteConnection& connection, OrgId org, const EntitySelection& selection,
                  std::vector<ListedEntity>& entities) {
  DefinitionReader definitions;
  TRY(definitions.prepare(connection, selection.raw));
  Statement discovered = TRY(connection.prepare(
      "SELECT reference, discovered_at FROM entity WHERE org = ?1 AND number = ?2 AND live = 1"));
  for (const EntityNumber number : selection.numbers) {
    if (auto defined = TRY(definitions.find(org, number))) {
      entities.push_back({.entity = *std::move(defined), .defined = true});
    } else if (auto listed = TRY(read_discovered(discovered, org, number))) {
      entities.push_back(*std::move(listed));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<EntityNumber>> find_entities(SqliteConnection& connection, OrgId org,
                                                const EntityListFilter& filter) {
  std::vector<EntityNumber> numbers;
  const Query query = entity_page_query(Dialect::sqlite, org, filter);
  Statement rows = TRY(prepare(connection, query));
  while (TRY(rows.step())) numbers.push_back({rows.u32(0)});
  return numbers;
}

Result<std::vector<ListedEntity>> read_entities(SqliteConnection& connection, OrgId org,
                                                const EntitySelection& selection) {
  std::vector<ListedEntity> entities;
  entities.reserve(selection.numbers.size());
  TRY(read_at_once(connection, [&] { return read(connection, org, selection, entities); }));
  return entities;
}

Result<RelationPage> list_relations(SqliteConnection& connection, OrgId org,
                                    const RelationListFilter& filter) {
  RelationPage page;
  const Query query = relation_page_query(Dialect::sqlite, org, filter);
  Statement rows = TRY(prepare(connection, query));
  while (TRY(rows.step())) {
    ListedRelation& listed = page.relations.emplace_back();
    TRY(load_row(rows, listed));
  }
  return page;
}

}  // namespace scorekeeper::store::sqlite
