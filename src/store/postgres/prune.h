// Reads and writes the records and rows of retention in a database (store/prune.h), inside a turn,
// on its connection. The writes go into one batch; the caller finishes it with the commit.
#pragma once

#include "store/postgres/connection.h"
#include "store/prune.h"

namespace scorekeeper::store::postgres {

class PostgresPruneTables final : public PruneTables {
 public:
  // `head` is locked. Both outlive this.
  PostgresPruneTables(PgConnection& connection, const Head& head)
      : connection_(connection), head_(head) {}

  Result<At> at(OrgId org) override;
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override;
  Result<std::vector<LogRecord>> records_with(OrgId org, std::span<const RowId> positions) override;
  Result<std::vector<CatalogStep>> catalog_steps(OrgId org, const Floors& floors,
                                                 std::size_t steps_max) override;
  Result<void> move_floors(OrgId org, const Floors& floors) override;
  Result<void> put_body(const LogRecord& record) override;
  Result<void> remove(const LogRecord& record) override;
  Result<void> end_group_before(const LogRecord& record) override;
  Result<void> forget_places(OrgId org, std::span<const RowId> positions) override;

  bool has_written() const { return has_written_; }

 private:
  PgConnection& connection_;
  const Head& head_;
  bool has_written_ = false;
};

}  // namespace scorekeeper::store::postgres
