#include "store/postgres/query.h"

#include <algorithm>

#include "base/utf8.h"

namespace scorekeeper::store::postgres {
namespace {

std::int64_t bounded(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

}  // namespace

bool is_storable(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

std::string Query::place(std::string_view type) const {
  return " $" + std::to_string(parameters_.size()) + "::" + std::string(type);
}

void Query::where(std::string_view condition, std::int64_t number) {
  parameters_.add(number);
  sql_ += " AND ";
  sql_ += condition;
  sql_ += place("bigint");
}

void Query::where(std::string_view condition, std::string_view text) {
  if (!is_storable(text)) {
    sql_ += " AND false";
    return;
  }
  parameters_.add(text);
  sql_ += " AND ";
  sql_ += condition;
  sql_ += place("text");
}

void Query::where_hashed(std::string_view column, const std::optional<std::string>& text) {
  if (!text) return;
  where(std::string(column) + " =", std::string_view(*text));
  if (!is_storable(*text)) return;
  sql_ += " AND md5(" + std::string(column) + ") = md5(" + place("text") + ")";
}

void Query::where_any(std::string_view column, std::span<const std::int32_t> numbers) {
  parameters_.add_array(numbers);
  sql_ += " AND ";
  sql_ += column;
  sql_ += " = ANY(" + place("integer[]") + ")";
}

void Query::page(std::uint64_t offset, std::uint64_t size) {
  parameters_.add(bounded(size));
  sql_ += " LIMIT" + place("bigint");
  parameters_.add(bounded(offset));
  sql_ += " OFFSET" + place("bigint");
}

Result<Rows> Query::run(Connection& connection) const {
  return connection.run(Statement{.name = "", .sql = sql_.c_str()}, parameters_);
}

Result<Rows> Query::explain(Connection& connection) const {
  const std::string sql = "EXPLAIN (COSTS OFF) " + sql_;
  return connection.run(Statement{.name = "", .sql = sql.c_str()}, parameters_);
}

}  // namespace scorekeeper::store::postgres
