// The rows of a query as the sqlite3 shell would print them. Included by test files only.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// Returns each row as its columns joined with '|'; NULL is an empty text.
inline Result<std::vector<std::string>> try_query_rows(const std::string& path,
                                                       const std::string& sql) {
  std::vector<std::string> rows;
  SqliteConnection connection = TRY(SqliteConnection::open(
      {.path = path, .vfs = {}, .busy_timeout = std::chrono::milliseconds(5'000)}));
  Statement statement = TRY(connection.prepare(sql));
  while (TRY(statement.step())) {
    rows.emplace_back();
    for (int n = 0; n < statement.columns(); ++n) {
      if (n > 0) rows.back() += '|';
      rows.back() += statement.text(n);
    }
  }
  return rows;
}
// The same; an Error becomes one row that begins with ERROR.
inline std::vector<std::string> query_rows(const std::string& path, const std::string& sql) {
  auto rows = try_query_rows(path, sql);
  return rows ? *std::move(rows) : std::vector{"ERROR " + rows.error().detail};
}

}  // namespace scorekeeper::store::sqlite
