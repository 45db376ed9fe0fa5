#include "store/table.h"

#include <fmt/format.h>

#include <array>

#include "store/state_rows.h"

namespace scorekeeper::store {
namespace {

using enum ColumnType;

Table head_table() {
  return {{.name = "log_head", .key_columns = 1},
          {{"org", number},
           {"position", number},
           {"at", number},
           {"chain", bytes},
           {"floor", number},
           {"audit_floor", number}}};
}

Table reported_table() {
  return {{.name = "last_reported", .key_columns = 3},
          {{"org", number}, {"rule", number}, {"block", number}, {"times", bytes}}};
}

}  // namespace

bool is_text(ColumnType type) { return type == text || type == bytes; }

std::span<const Table> all_tables() {
  static const std::array tables{
      table_of<StateRow<const Org>>(),
      table_of<StateRow<const Key>>(),
      table_of<StateRow<const Scorecard>>(),
      table_of<StateRow<const Rule>>(),
      table_of<NewEntity>(),
      table_of<StateRow<const DefinedEntity>>(),
      table_of<RelationRow>(),
      table_of<StateRow<const Kind>>(),
      table_of<StateRow<const Campaign>>(),
      table_of<CampaignRuleRow>(),
      table_of<AcceptedRequest>(),
      reported_table(),
      head_table(),
      table_of<LogRecord>(),
      table_of<PlaceRow>(),
  };
  return tables;
}

std::string quoted(std::string_view name) { return fmt::format("\"{}\"", name); }

std::string placeholder(Dialect dialect, std::size_t number) {
  return fmt::format("{}{}", dialect == Dialect::sqlite ? '?' : '$', number);
}

std::string column_list(const Table& table) {
  std::string list;
  for (const Column& column : table.columns) {
    list += (list.empty() ? "" : ", ") + quoted(column.name);
  }
  return list;
}

std::string insert_sql(const Table& table, Dialect dialect, std::size_t rows) {
  std::string sql =
      fmt::format("INSERT INTO {} ({}) VALUES ", quoted(table.name), column_list(table));
  std::size_t parameter = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    sql += row == 0 ? "(" : ",(";
    for (std::size_t n = 0; n < table.columns.size(); ++n) {
      sql += (n == 0 ? "" : ", ") + placeholder(dialect, ++parameter);
    }
    sql += ')';
  }
  return sql;
}

std::string update_on_conflict(const Table& table) {
  std::string key;
  std::string set;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    const std::string name = quoted(table.columns[n].name);
    if (n < table.key_columns) {
      key += (key.empty() ? "" : ", ") + name;
    } else {
      set += fmt::format("{}{} = excluded.{}", set.empty() ? "" : ", ", name, name);
    }
  }
  return fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", key, set);
}

std::string select_sql(const Table& table, std::string_view left_out) {
  std::string list;
  for (const Column& column : table.columns) {
    if (!list.empty()) list += ", ";
    list += column.name == left_out ? "''" : quoted(column.name);
  }
  return fmt::format("SELECT {} FROM {}", list, quoted(table.name));
}

}  // namespace scorekeeper::store
