// Copies a store's rows into an empty database, as backup.h describes. Lives as long as one backup;
// one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

class StoreCopy {
 public:
  // Both outlive this.
  StoreCopy(SqliteConnection& source, SqliteConnection& target)
      : source_(source), target_(target) {}

  Result<void> run();
  // By table, rows that the copy has.
  const std::map<std::string, std::uint64_t>& rows() const { return rows_; }

 private:
  // Rows of a table from one place to the other.
  struct Pipe {
    Statement from;
    Statement to;
    std::int64_t last = 0;  // first column of the last row
  };

  Result<void> copy_rows();
  Result<void> make_places();
  Result<bool> copy_at_once();
  Result<void> drop_rows();
  Result<void> wait_until_pruned();
  Result<void> read_schema();
  Result<std::string> columns_of(const std::string& table);
  Result<Pipe> open_pipe(const std::string& table, std::string_view where);
  Result<std::uint64_t> pour(Pipe& pipe);
  Result<void> copy_most();
  Result<std::int64_t> copy_appended(std::string_view table, std::int64_t after);
  Result<void> copy_rest();

  SqliteConnection& source_;
  SqliteConnection& target_;
  std::int64_t schema_version_ = 0;  // SQLite's count of changes of the schema
  std::vector<std::string> tables_;
  std::vector<std::string> last_statements_;  // indexes, views, triggers; the file's marks
  std::map<std::string, std::uint64_t> rows_;
  std::map<std::string, std::int64_t, std::less<>> copied_;  // last ids of the tables that grow
};

}  // namespace scorekeeper::store::sqlite
