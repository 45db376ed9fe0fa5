// Reads a table's rows for a copy, page by page, through a cursor: one plan a table, whatever the
// planner knows of it. One thread; the connection outlives this.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/copy_tables.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

class TableReader {
 public:
  explicit TableReader(Connection& connection) : connection_(connection) {}

  // In a transaction of the caller's.
  Result<void> begin(const CopyTable& table, const std::string& after);
  Result<void> next(CopyPage& page);

 private:
  Connection& connection_;
  const CopyTable* table_ = nullptr;
  bool open_ = false;  // the cursor
  bool ended_ = false;
};

}  // namespace scorekeeper::store::postgres
