#include "store/sqlite/writer.h"

#include <string>

namespace scorekeeper::store::sqlite {
namespace {

int after_commit(void* checkpointer, sqlite3*, const char*, int frames) {
  static_cast<Checkpointer*>(checkpointer)->committed(static_cast<std::uint64_t>(frames));
  return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(SqliteConnection connection,
                                             Checkpointer& checkpointer, Durability& durability,
                                             WriterOptions options) {
  std::unique_ptr<Writer> writer(
      new Writer(std::move(connection), checkpointer, durability, std::move(options)));
  writer->begin_ = TRY(writer->connection_.prepare("BEGIN IMMEDIATE"));
  writer->commit_ = TRY(writer->connection_.prepare("COMMIT"));
  writer->rollback_ = TRY(writer->connection_.prepare("ROLLBACK"));
  sqlite3_wal_hook(writer->connection_.get(), after_commit, &checkpointer);
  return writer;
}

Result<void> Writer::begin() {
  if (durability_.lost()) {
    return make_error(Code::unavailable,
                      "the store has stopped: its disk failed, or its files are gone");
  }
  if (checkpointer_.wal_bytes() > options_.wal_bytes_max) {
    return make_error(Code::unavailable, "the store's write-ahead log is over wal_bytes_max (" +
                                             std::to_string(options_.wal_bytes_max) + " bytes)");
  }
  if (connection_.in_transaction()) give_up();  // an earlier rollback failed
  return begin_.run();
}

// An error of COMMIT leaves the transaction open; some errors have rolled it back already.
void Writer::give_up() {
  if (connection_.fsync_failed()) durability_.fail_fsync("commit");
  if (!connection_.in_transaction()) return;
  const auto rolled_back = rollback_.run();
  if (!rolled_back && connection_.fsync_failed()) durability_.fail_fsync("rollback");
}

// Three looks at the directory, some microseconds beside the commit's fsync: what went into files
// that no longer have a name is not acknowledged.
Result<void> Writer::check_files() {
  const auto missing = options_.files.find_missing();
  if (!missing) return {};
  durability_.fail_files(*missing);
  return make_error(Code::unavailable, *missing + " was removed or replaced");
}

}  // namespace scorekeeper::store::sqlite
