// A statement that is put together for one call, with its values: the lists, whose conditions vary.
// It has no name, so that PostgreSQL plans it for the values it gets. Lives as long as one call.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Whether PostgreSQL can hold the text: it is UTF-8 without U+0000. A text that it cannot hold
// equals nothing that is stored.
bool is_storable(std::string_view text);

class Query {
 public:
  explicit Query(std::string_view sql) : sql_(sql) {}

  Query& operator+=(std::string_view sql) {
    sql_ += sql;
    return *this;
  }
  // " AND condition value", as in where("at <", 7).
  void where(std::string_view condition, std::int64_t number);
  void where(std::string_view condition, std::string_view text);
  void where(std::string_view condition, const std::optional<std::string>& text) {
    if (text) where(condition, std::string_view(*text));
  }
  // " AND column = text" of a column whose index is of md5(column).
  void where_hashed(std::string_view column, const std::optional<std::string>& text);
  // " AND column = ANY(numbers)".
  void where_any(std::string_view column, std::span<const std::int32_t> numbers);
  void page(std::uint64_t offset, std::uint64_t size);

  const std::string& sql() const { return sql_; }
  Result<Rows> run(Connection& connection) const;
  // PostgreSQL's plan, one line a row.
  Result<Rows> explain(Connection& connection) const;

 private:
  std::string place(std::string_view type) const;  // of the parameter that was added last

  std::string sql_;
  Parameters parameters_;
};

}  // namespace scorekeeper::store::postgres
