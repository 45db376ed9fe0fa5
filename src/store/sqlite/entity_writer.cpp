#include "store/sqlite/entity_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>

namespace scorekeeper::store::sqlite {
namespace {

// The update for the case that no index changes: SQLite writes the entries of all columns that a
// statement sets anew, whatever their values, and 100 definitions have theirs in some hundred
// pages.
std::string update_definition_sql(const Table& table) {
  constexpr std::array<std::string_view, 4> indexed{"owner", "kind", "namespace", "name"};
  std::string set;
  std::string where;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    const std::string_view name = table.columns[n].name;
    const std::string equal = quoted(name) + " = " + placeholder(Dialect::sqlite, n + 1);
    if (n < table.key_columns || std::ranges::find(indexed, name) != indexed.end()) {
      where += (where.empty() ? "" : " AND ") + equal;
    } else {
      set += (set.empty() ? "" : ", ") + equal;
    }
  }
  return "UPDATE " + quoted(table.name) + " SET " + set + " WHERE " + where;
}

}  // namespace

Result<void> EntityWriter::prepare(SqliteConnection& connection) {
  const Table& definition = table_of<StateRow<const DefinedEntity>>();
  TRY(entities_.prepare(connection, std::string(revive_on_conflict)));
  put_definition_ = TRY(
      connection.prepare(insert_sql(definition, Dialect::sqlite) + update_on_conflict(definition)));
  update_definition_ = TRY(connection.prepare(update_definition_sql(definition)));
  read_relations_ =
      TRY(connection.prepare("SELECT type, from_entity, to_entity FROM relation"
                             " WHERE org = ?1 AND defined_by = ?2 ORDER BY row"));
  // The table counts its rows, which ?3 is for elsewhere, by itself.
  put_relation_ = TRY(
      connection.prepare("INSERT INTO relation (org, defined_by, id, type, from_entity, to_entity)"
                         " VALUES (?1, ?2, ?4, ?5, ?6, ?7)"));
  remove_relations_ =
      TRY(connection.prepare("DELETE FROM relation WHERE org = ?1 AND defined_by = ?2"));
  remove_definition_ =
      TRY(connection.prepare("DELETE FROM entity_definition WHERE org = ?1 AND number = ?2"));
  remove_entity_ = TRY(connection.prepare(
      "UPDATE entity SET live = 0, position = ?3 WHERE org = ?1 AND number = ?2"));
  return {};
}

Result<void> EntityWriter::put(const StateRow<const DefinedEntity>& row) {
  TRY(run_with(update_definition_, row));
  if (update_definition_.changed_rows() == 0) TRY(run_with(put_definition_, row));
  const EntityNumber number = row.thing.number;
  const std::vector<Relation>& relations = row.thing.definition.relations;
  if (TRY(has_relations(row.org, number, relations))) return {};
  TRY(remove_relations(row.org, number));
  for (const Relation& relation : relations) {
    TRY(run_with(put_relation_,
                 RelationRow{.org = row.org, .defined_by = number, .relation = relation}));
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

Result<void> EntityWriter::remove(OrgId org, const RemovedEntity& entity) {
  remove_entity_.bind(1, org.number);
  remove_entity_.bind(2, entity.number.number);
  remove_entity_.bind(3, std::bit_cast<std::int64_t>(entity.position.number));
  return remove_entity_.run();
}

}  // namespace scorekeeper::store::sqlite
