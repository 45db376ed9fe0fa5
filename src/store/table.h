// The tables of a store with the columns that every kind of store has. Each row that the project
// writes or reads as a whole is described once: `describe(columns, row)` names the columns in their
// order, each with its value, and the kinds of stores bind or load it (state_rows.h). Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::store {

enum class ColumnType : std::uint8_t {
  number,
  optional_number,  // or NULL
  text,
  bytes,
};

struct Column {
  const char* name;
  ColumnType type;
};

struct TableShape {
  const char* name;
  std::size_t key_columns;  // so many of the first ones are unique together
  // An embedded store has the second column alone as its key: it is unique over all orgs.
  bool unique_over_orgs = false;
};

struct Table : TableShape {
  std::vector<Column> columns;
};

bool is_text(ColumnType type);

// The form in which a column holds a value, from which its type follows.
inline ColumnType type_of(std::int64_t /*stored*/) { return ColumnType::number; }
inline ColumnType type_of(std::optional<std::int64_t> /*stored*/) {
  return ColumnType::optional_number;
}
inline ColumnType type_of(std::string_view /*stored*/) { return ColumnType::text; }
inline ColumnType type_of(std::span<const std::byte> /*stored*/) { return ColumnType::bytes; }

// Every table, in an order in which a row comes after those that it names.
std::span<const Table> all_tables();

// The language of a database where they differ.
enum class Dialect : std::uint8_t { sqlite, postgres };

// "a" as SQL quotes a name.
std::string quoted(std::string_view name);
// ?1 or $1.
std::string placeholder(Dialect dialect, std::size_t number);
// The names of all columns, with commas between them.
std::string column_list(const Table& table);
// INSERT INTO table (…) VALUES (…),(…) of so many rows.
std::string insert_sql(const Table& table, Dialect dialect, std::size_t rows = 1);
// " ON CONFLICT (key) DO UPDATE SET …" of all columns that are not of the key.
std::string update_on_conflict(const Table& table);
// For INSERT of entities: new, or removed and seen again; one that lives stays as it is.
inline constexpr std::string_view revive_on_conflict =
    " ON CONFLICT (org, number) DO UPDATE SET live = 1, discovered_at = excluded.discovered_at,"
    " position = excluded.position WHERE entity.live = 0";
// SELECT all columns FROM table; a text column that is left out is an empty text.
std::string select_sql(const Table& table, std::string_view left_out = {});

}  // namespace scorekeeper::store
