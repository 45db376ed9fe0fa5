#include "store/postgres/row_arrays.h"

#include <fmt/format.h>

#include <limits>

namespace scorekeeper::store::postgres {
namespace {

// In an array; no time is that early.
constexpr std::int64_t null_number = std::numeric_limits<std::int64_t>::min();

std::string_view array_type(ColumnType type) {
  if (type == ColumnType::text) return "text";
  return type == ColumnType::bytes ? "bytea" : "bigint";
}

}  // namespace

std::string insert_arrays_sql(const Table& table) {
  std::string values;
  std::string arrays;
  std::string names;
  for (std::size_t n = 1; n <= table.columns.size(); ++n) {
    const ColumnType type = table.columns[n - 1].type;
    const std::string_view comma = n == 1 ? "" : ", ";
    names += fmt::format("{}c{}", comma, n);
    arrays += fmt::format("{}${}::{}[]", comma, n, array_type(type));
    values += type == ColumnType::optional_number
                  ? fmt::format("{}nullif(c{}, {})", comma, n, null_number)
                  : fmt::format("{}c{}", comma, n);
  }
  return fmt::format("INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS u({})", quoted(table.name),
                     column_list(table), values, arrays, names);
}

void ColumnArrays::add(std::optional<std::int64_t> value) { add(value.value_or(null_number)); }

Parameters ColumnArrays::parameters() const {
  Parameters parameters;
  for (const Array& array : arrays_) {
    if (!array.texts.empty()) {
      parameters.add_array(array.texts);
    } else if (!array.bytes.empty()) {
      parameters.add_array(array.bytes);
    } else {
      parameters.add_array(array.numbers);
    }
  }
  return parameters;
}

}  // namespace scorekeeper::store::postgres
