// Appends to the logs and writes the rows beside them, for the committer and for the command line.
// Used by the thread of its connection; each function runs in a transaction of the caller, which
// holds the write lock.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "store/log.h"
#include "store/sqlite/catalog_writer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/entity_writer.h"
#include "store/sqlite/log_reader.h"

namespace scorekeeper::store::sqlite {

class LogWriter {
 public:
  // `connection` outlives this.
  static Result<std::unique_ptr<LogWriter>> open(SqliteConnection& connection,
                                                 std::int64_t records_placed_at_once);

  // Log::append().
  Result<Append> append(std::span<const OrgId> orgs, const PrepareAppend& prepare);
  Result<RequestNumber> reserve_requests(std::uint64_t count);
  Result<void> save_reported(std::span<const ReportedBlock> blocks);

 private:
  LogWriter(SqliteConnection& connection, std::int64_t records_placed_at_once)
      : connection_(connection), records_placed_at_once_(records_placed_at_once) {}
  Result<void> prepare_statements();
  Result<void> write(const Append& append);
  Result<void> put(const LogRecord& record);
  Result<void> put(std::span<const AcceptedRequest> requests);
  Result<void> place_records();

  SqliteConnection& connection_;
  std::int64_t records_placed_at_once_;
  LogReader reader_;
  EntityWriter entities_;
  CatalogWriter catalog_;
  Statement put_record_;
  Statement placed_;
  Statement place_;
  Statement place_heads_;
  Statement set_placed_;
  // One INSERT for many rows, one for the rest, which is faster than a statement for each.
  Statement put_requests_;
  Statement put_request_;
  Statement reserve_;
  Statement save_reported_;
  std::vector<std::byte> blob_;
};

}  // namespace scorekeeper::store::sqlite
