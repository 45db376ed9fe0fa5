#include "store/postgres/tools/copy_reader.h"

namespace scorekeeper::store::postgres {
namespace {

std::string page_sql(const Table& table, bool from_start) {
  std::string columns;
  for (const Column& column : table.columns) {
    columns += std::string(columns.empty() ? "t." : ", t.") + quoted(column.name);
  }
  std::string key;
  std::string after;
  for (std::size_t n = 0; n < table.key_columns; ++n) {
    const std::string comma = key.empty() ? "" : ", ";
    key += comma + "t." + quoted(table.columns[n].name);
    after += comma + "$" + std::to_string(n + 1) +
             (is_text(table.columns[n].type) ? "::text" : "::bigint");
  }
  std::string sql = "SELECT " + columns + " FROM \"" + table.name + "\" AS t WHERE true";
  if (!from_start) sql += " AND (" + key + ") > (" + after + ")";
  return sql + " ORDER BY " + key;
}

void take_row(const Table& table, const Rows& rows, int row, CopyPage& page) {
  int at = 0;
  for (const Column& column : table.columns) {
    if (rows.is_null(row, at)) {
      page.add_null();
    } else if (column.type == ColumnType::bytes) {
      page.add(std::span<const std::byte>(rows.bytes(row, at)));
    } else if (column.type == ColumnType::text) {
      page.add(rows.text(row, at));
    } else {
      page.add(rows.integer(row, at));
    }
    ++at;
  }
}

}  // namespace

Result<void> TableReader::begin(const Table& table, const std::string& after) {
  if (open_) TRY(connection_.execute("CLOSE copied_rows"));
  open_ = false;
  const std::string sql =
      "DECLARE copied_rows NO SCROLL CURSOR FOR " + page_sql(table, after.empty());
  Parameters key;
  if (!after.empty()) {
    for (const std::string& part : split_copy_key(table, after)) key.add(std::string_view(part));
  }
  TRY(connection_.run(Statement{.name = "", .sql = sql.c_str()}, key));
  table_ = &table;
  open_ = true;
  ended_ = false;
  return {};
}

Result<void> TableReader::next(CopyPage& page) {
  page.clear(*table_);
  if (ended_) return {};
  const std::string sql = "FETCH " + std::to_string(page_rows(*table_)) + " FROM copied_rows";
  const Rows rows = TRY(connection_.query(sql.c_str()));
  for (int row = 0; row < rows.size(); ++row) take_row(*table_, rows, row, page);
  ended_ = rows.empty();
  return {};
}

}  // namespace scorekeeper::store::postgres
