#include "store/sqlite/writer.h"

#include <string>

namespace scorekeeper::store::sqlite {
namespace {

int after_commit(void* checkpointer, sqlite3*, const char*, int frames) {
  static_cast<Checkpointer*>(checkpointer)->committed(static_cast<std::uint64_t>(frames));
  return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(Connection connection, Checkpointer& checkpointer,
                                             Durability& durability, std::size_t wal_bytes_max) {
  std::unique_ptr<Writer> writer(new Writer(std::move(connection), checkpointer, durability));
  writer->wal_bytes_max_ = wal_bytes_max;
  writer->begin_ = TRY(writer->connection_.prepare("BEGIN IMMEDIATE"));
  writer->commit_ = TRY(writer->connection_.prepare("COMMIT"));
  writer->rollback_ = TRY(writer->connection_.prepare("ROLLBACK"));
  sqlite3_wal_hook(writer->connection_.get(), after_commit, &checkpointer);
  return writer;
}

Result<void> Writer::begin() {
  if (durability_.lost()) {
    return make_error(Code::unavailable, "the store has stopped after a failed fsync");
  }
  if (checkpointer_.wal_bytes() > wal_bytes_max_) {
    return make_error(Code::unavailable, "the store's write-ahead log is over wal_bytes_max (" +
                                             std::to_string(wal_bytes_max_) + " bytes)");
  }
  if (connection_.in_transaction()) give_up();  // an earlier rollback failed
  return begin_.run();
}

// An error of COMMIT leaves the transaction open; some errors have rolled it back already.
void Writer::give_up() {
  if (connection_.fsync_failed()) durability_.fail("commit");
  if (!connection_.in_transaction()) return;
  const auto rolled_back = rollback_.run();
  if (!rolled_back && connection_.fsync_failed()) durability_.fail("rollback");
}

}  // namespace scorekeeper::store::sqlite
