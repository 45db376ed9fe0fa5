// Reads a table's rows for a copy, page by page, through a cursor: one plan a table, whatever the
// planner knows of it. One thread; the connection outlives this.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/tools/copy_page.h"

namespace scorekeeper::store::postgres {

class TableReader {
 public:
  explicit TableReader(PgConnection& connection) : connection_(connection) {}

  // In a transaction of the caller's.
  Result<void> begin(const Table& table, const std::string& after);
  Result<void> next(CopyPage& page);

 private:
  PgConnection& connection_;
  const Table* table_ = nullptr;
  bool open_ = false;  // the cursor
  bool ended_ = false;
};

}  // namespace scorekeeper::store::postgres
