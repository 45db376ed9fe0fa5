#include "store/sqlite/entity_writer.h"

#include <bit>
#include <string_view>

#include "domain/entity.h"
#include "store/items.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t rows_per_statement = 20;
constexpr int entity_columns = 7;

std::string put_entities_sql(std::size_t rows) {
  std::string sql =
      "INSERT INTO entity (org, number, kind, namespace, name, discovered_at, live, position)"
      " VALUES (?,?,?,?,?,?,1,?)";
  for (std::size_t n = 1; n < rows; ++n) sql += ",(?,?,?,?,?,?,1,?)";
  sql +=
      " ON CONFLICT (org, number) DO UPDATE SET live = 1, discovered_at = excluded.discovered_at,"
      " position = excluded.position WHERE live = 0";
  return sql;
}

// From parameter `at` + 1 on.
void bind_entity(Statement& statement, int at, const NewEntity& entity) {
  const EntityReference parts = split_canonical(entity.reference);
  statement.bind(at + 1, entity.org.number);
  statement.bind(at + 2, entity.number.number);
  statement.bind_text(at + 3, parts.kind);
  statement.bind_text(at + 4, parts.name_space);
  statement.bind_text(at + 5, parts.name);
  statement.bind(at + 6, microseconds_of(entity.discovered_at));
  statement.bind(at + 7, std::bit_cast<std::int64_t>(entity.position.number));
}

constexpr std::string_view put_definition_sql =
    "INSERT INTO entity_definition VALUES"
    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
    " ?20)"
    " ON CONFLICT (org, number) DO UPDATE SET owner = excluded.owner, tier = excluded.tier,"
    " lifecycle = excluded.lifecycle, type = excluded.type, languages = excluded.languages,"
    " tags = excluded.tags, kind = excluded.kind, namespace = excluded.namespace,"
    " name = excluded.name, created_at = excluded.created_at,"
    " modified_at = excluded.modified_at, position = excluded.position,"
    " api_version = excluded.api_version,"
    " ingestion_source = excluded.ingestion_source, display_name = excluded.display_name,"
    " description = excluded.description, schema = excluded.schema, raw = excluded.raw";
// The update for the case that no index changes: SQLite writes the entries of all columns that a
// statement sets anew, whatever their values, and 100 definitions have theirs in some hundred
// pages.
constexpr std::string_view update_definition_sql =
    "UPDATE entity_definition SET tier = ?4, lifecycle = ?5, type = ?6, languages = ?7, tags = ?8,"
    " created_at = ?12, modified_at = ?13, position = ?14, api_version = ?15,"
    " ingestion_source = ?16, display_name = ?17, description = ?18, schema = ?19, raw = ?20"
    " WHERE org = ?1 AND number = ?2"
    " AND owner = ?3 AND kind = ?9 AND namespace = ?10 AND name = ?11";

Result<void> run_for(Statement& statement, OrgId org, const DefinedEntity& defined,
                     RowId position) {
  const EntityDefinition& definition = defined.definition;
  const EntityAttributes& attributes = definition.attributes;
  const EntityReference parts = split_canonical(definition.reference);
  const std::string languages = join_items(attributes.languages);
  const std::string tags = join_items(attributes.tags);
  statement.bind(1, org.number);
  statement.bind(2, defined.number.number);
  int at = 2;
  for (const std::string_view text :
       {std::string_view(attributes.owner), std::string_view(attributes.tier),
        std::string_view(attributes.lifecycle), std::string_view(attributes.type),
        std::string_view(languages), std::string_view(tags), parts.kind, parts.name_space,
        parts.name}) {
    statement.bind_text(++at, text);
  }
  statement.bind(12, microseconds_of(defined.created_at));
  statement.bind(13, microseconds_of(defined.modified_at));
  statement.bind(14, std::bit_cast<std::int64_t>(position.number));
  statement.bind_text(15, definition.api_version);
  statement.bind_text(16, definition.ingestion_source);
  statement.bind_text(17, definition.display_name);
  statement.bind_text(18, definition.description);
  statement.bind_text(19, definition.schema);
  statement.bind_text(20, definition.raw);
  return statement.run();
}

}  // namespace

Result<void> EntityWriter::prepare(Connection& connection) {
  put_entities_ = TRY(connection.prepare(put_entities_sql(rows_per_statement)));
  put_entity_ = TRY(connection.prepare(put_entities_sql(1)));
  put_definition_ = TRY(connection.prepare(put_definition_sql));
  update_definition_ = TRY(connection.prepare(update_definition_sql));
  read_relations_ =
      TRY(connection.prepare("SELECT type, from_entity, to_entity FROM relation"
                             " WHERE org = ?1 AND defined_by = ?2 ORDER BY row"));
  put_relation_ = TRY(
      connection.prepare("INSERT INTO relation (org, defined_by, id, type, from_entity, to_entity)"
                         " VALUES (?1, ?2, ?4 || ':' || ?3 || ':' || ?5, ?3, ?4, ?5)"));
  remove_relations_ =
      TRY(connection.prepare("DELETE FROM relation WHERE org = ?1 AND defined_by = ?2"));
  remove_definition_ =
      TRY(connection.prepare("DELETE FROM entity_definition WHERE org = ?1 AND number = ?2"));
  remove_entity_ = TRY(connection.prepare(
      "UPDATE entity SET live = 0, position = ?3 WHERE org = ?1 AND number = ?2"));
  return {};
}

Result<void> EntityWriter::put(std::span<const NewEntity> entities) {
  for (; entities.size() >= rows_per_statement; entities = entities.subspan(rows_per_statement)) {
    for (std::size_t n = 0; n < rows_per_statement; ++n) {
      bind_entity(put_entities_, static_cast<int>(n) * entity_columns, entities[n]);
    }
    TRY(put_entities_.run());
  }
  for (const NewEntity& entity : entities) {
    bind_entity(put_entity_, 0, entity);
    TRY(put_entity_.run());
  }
  return {};
}

Result<void> EntityWriter::put(OrgId org, const DefinedEntity& defined, RowId position) {
  TRY(run_for(update_definition_, org, defined, position));
  if (update_definition_.changed_rows() == 0) TRY(run_for(put_definition_, org, defined, position));
  const std::vector<Relation>& relations = defined.definition.relations;
  if (TRY(has_relations(org, defined.number, relations))) return {};
  TRY(remove_relations(org, defined.number));
  for (const Relation& relation : relations) {
    put_relation_.bind(1, org.number);
    put_relation_.bind(2, defined.number.number);
    put_relation_.bind_text(3, relation.type);
    put_relation_.bind_text(4, relation.from);
    put_relation_.bind_text(5, relation.to);
    TRY(put_relation_.run());
  }
  return {};
}

// Exactly these, in this order.
Result<bool> EntityWriter::has_relations(OrgId org, EntityNumber number,
                                         std::span<const Relation> relations) {
  read_relations_.bind(1, org.number);
  read_relations_.bind(2, number.number);
  std::size_t stored = 0;
  bool same = true;
  while (TRY(read_relations_.step())) {
    same = same && stored < relations.size() && read_relations_.text(0) == relations[stored].type &&
           read_relations_.text(1) == relations[stored].from &&
           read_relations_.text(2) == relations[stored].to;
    ++stored;
  }
  return same && stored == relations.size();
}

Result<void> EntityWriter::remove_relations(OrgId org, EntityNumber number) {
  remove_relations_.bind(1, org.number);
  remove_relations_.bind(2, number.number);
  return remove_relations_.run();
}

Result<void> EntityWriter::remove_definition(OrgId org, EntityNumber number) {
  TRY(remove_relations(org, number));
  remove_definition_.bind(1, org.number);
  remove_definition_.bind(2, number.number);
  return remove_definition_.run();
}

Result<void> EntityWriter::remove(OrgId org, EntityNumber number, RowId position) {
  TRY(remove_definition(org, number));
  remove_entity_.bind(1, org.number);
  remove_entity_.bind(2, number.number);
  remove_entity_.bind(3, std::bit_cast<std::int64_t>(position.number));
  return remove_entity_.run();
}

}  // namespace scorekeeper::store::sqlite
