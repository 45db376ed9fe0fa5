// Rows of the tables (store/state_rows.h) as the parameters and the results of SQLite's statements.
// As a Statement: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/state_rows.h"

namespace scorekeeper::store::sqlite {

// Binds rows, one after the other, from parameter 1 on. Lives until the statement has run.
class RowBinder {
 public:
  static constexpr bool reads = false;
  explicit RowBinder(Statement& statement) : statement_(statement) {}

  void operator()(const char* /*name*/, auto&& value) {
    bind(stored(std::forward<decltype(value)>(value)));
  }

 private:
  void bind(std::int64_t value) { statement_.bind(++index_, value); }
  void bind(std::optional<std::int64_t> value) {
    value ? bind(*value) : statement_.bind_null(++index_);
  }
  void bind(std::string_view value) { statement_.bind_text(++index_, value); }
  void bind(std::string&& value) {
    statement_.bind_text(++index_, kept_.emplace_front(std::move(value)));
  }
  void bind(std::span<const std::byte> value) { statement_.bind_blob(++index_, value); }

  Statement& statement_;
  int index_ = 0;
  std::forward_list<std::string> kept_;  // texts that were made to be bound
};

template <class Row>
Result<void> run_with(Statement& statement, const Row& row) {
  RowBinder binder(statement);
  describe(binder, row);
  return statement.run();
}

// Puts rows of one table, so many with one statement.
template <class Row, std::size_t rows_per_statement = 1>
class RowWriter {
 public:
  // `end`: of the statement, behind the values.
  Result<void> prepare(SqliteConnection& connection, const std::string& end) {
    one_ = TRY(connection.prepare(insert_sql(table_of<Row>(), Dialect::sqlite) + end));
    if (rows_per_statement == 1) return {};
    many_ = TRY(
        connection.prepare(insert_sql(table_of<Row>(), Dialect::sqlite, rows_per_statement) + end));
    return {};
  }
  // New rows, and rows in place of those of the same key.
  Result<void> prepare_to_replace(SqliteConnection& connection) {
    return prepare(connection, update_on_conflict(table_of<Row>()));
  }

  Result<void> put(std::span<const Row> rows) {
    if constexpr (rows_per_statement > 1) {
      for (; rows.size() >= rows_per_statement; rows = rows.subspan(rows_per_statement)) {
        RowBinder binder(many_);
        for (const Row& row : rows.first(rows_per_statement)) describe(binder, row);
        TRY(many_.run());
      }
    }
    for (const Row& row : rows) TRY(run_with(one_, row));
    return {};
  }

 private:
  Statement one_;
  Statement many_;
};

struct StatementCell {
  const Statement& row;
  int column = 0;

  bool is_null() const { return row.is_null(column); }
  std::int64_t integer() const { return row.integer(column); }
  std::string_view text() const { return row.text(column); }
  std::span<const std::byte> bytes() const { return row.blob(column); }
};

// Loads the row that step() has found.
template <class Row>
Result<void> load_row(const Statement& statement, Row& row) {
  RowLoader loader(StatementCell{.row = statement});
  describe(loader, row);
  return loader.result();
}

}  // namespace scorekeeper::store::sqlite
