// The tables of an embedded store as retention reads and writes them (store/prune.h): inside a
// transaction of the caller's that holds the write lock, or only reads where nothing is written.
// One connection's, and its thread's.
#pragma once

#include <memory>

#include "store/prune.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/log_reader.h"

namespace scorekeeper::store::sqlite {

class SqlitePruneTables final : public PruneTables {
 public:
  // `connection` outlives this.
  static Result<std::unique_ptr<SqlitePruneTables>> open(SqliteConnection& connection);

  Result<At> at(OrgId org) override;
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    return reader_.read(org, after, records_max);
  }
  Result<std::vector<LogRecord>> records_with(OrgId org, std::span<const RowId> positions) override;
  Result<std::vector<CatalogStep>> catalog_steps(OrgId org, const Floors& floors,
                                                 std::size_t steps_max) override;
  Result<void> move_floors(OrgId org, const Floors& floors) override;
  Result<void> put_body(const LogRecord& record) override;
  Result<void> remove(const LogRecord& record) override;
  Result<void> end_group_before(const LogRecord& record) override;
  Result<void> forget_places(OrgId org, std::span<const RowId> positions) override;

 private:
  Result<void> prepare(SqliteConnection& connection);

  LogReader reader_;
  Statement audit_floor_;
  Statement steps_;
  Statement move_floors_;
  Statement put_body_;
  Statement remove_;
  Statement end_group_;
  Statement forget_place_;
};

}  // namespace scorekeeper::store::sqlite
