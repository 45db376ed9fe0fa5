// Rows of the tables (store/state_rows.h) as the parameters and the results of PostgreSQL's
// statements: all rows of a table go with one statement, an array for each column. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/postgres/connection.h"
#include "store/state_rows.h"

namespace scorekeeper::store::postgres {

// INSERT … SELECT of an array for each column, in the order of the table's columns.
std::string insert_arrays_sql(const Table& table);

// Collects the columns of rows: begin_row(), then a value for each column.
class ColumnArrays {
 public:
  static constexpr bool reads = false;

  void begin_row() { column_ = 0; }
  void operator()(const char* /*name*/, auto&& value) {
    add(stored(std::forward<decltype(value)>(value)));
  }
  void add(std::int64_t value) { next().numbers.push_back(value); }
  void add(std::optional<std::int64_t> value);
  void add(std::string_view value) { next().texts.push_back(value); }
  void add(std::string&& value) { add(std::string_view(kept_.emplace_front(std::move(value)))); }
  void add(std::span<const std::byte> value) { next().bytes.push_back(value); }

  Parameters parameters() const;

 private:
  struct Array {  // one of them has values
    std::vector<std::int64_t> numbers;
    std::vector<std::string_view> texts;
    std::vector<std::span<const std::byte>> bytes;
  };
  Array& next() {
    if (column_ == arrays_.size()) arrays_.emplace_back();
    return arrays_[column_++];
  }

  std::vector<Array> arrays_;
  std::size_t column_ = 0;
  std::forward_list<std::string> kept_;  // texts that were made to be sent
};

// Adds the statement `sql` with the rows to the batch that is open; nothing where there are none.
template <class Row>
void add_rows(PgConnection& connection, const Statement& statement, std::span<const Row> rows) {
  if (rows.empty()) return;
  ColumnArrays arrays;
  for (const Row& row : rows) {
    arrays.begin_row();
    describe(arrays, row);
  }
  connection.add(statement, arrays.parameters());
}

// The statement that puts rows of a table, with what is to be done where one is there already.
class RowStatement {
 public:
  RowStatement(const Table& table, std::string_view on_conflict)
      : name_((on_conflict.empty() ? "insert_" : "put_") + std::string(table.name)),
        sql_(insert_arrays_sql(table) + std::string(on_conflict)) {}

  Statement get() const { return {.name = name_.c_str(), .sql = sql_.c_str()}; }

 private:
  std::string name_;
  std::string sql_;
};

// New rows.
template <class Row>
void insert_rows(PgConnection& connection, std::span<const Row> rows) {
  static const RowStatement statement(table_of<Row>(), "");
  add_rows(connection, statement.get(), rows);
}

// New rows, and rows in place of those of the same key.
template <class Row>
void put_rows(PgConnection& connection, std::span<const Row> rows) {
  static const RowStatement statement(table_of<Row>(), update_on_conflict(table_of<Row>()));
  add_rows(connection, statement.get(), rows);
}

struct RowsCell {
  const Rows& rows;
  int row = 0;
  int column = 0;

  bool is_null() const { return rows.is_null(row, column); }
  std::int64_t integer() const { return rows.integer(row, column); }
  std::string_view text() const { return rows.text(row, column); }
  std::vector<std::byte> bytes() const { return rows.bytes(row, column); }
};

template <class Row>
Result<void> load_row(const Rows& rows, int n, Row& row) {
  RowLoader loader(RowsCell{.rows = rows, .row = n});
  describe(loader, row);
  return loader.result();
}

}  // namespace scorekeeper::store::postgres
