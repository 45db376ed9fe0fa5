// The server's one writing connection and its transactions (docs/decisions/0004-one-writer.md).
// Made on the starting thread, then the committer thread's alone; the hand-over is the start of
// that thread.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "base/result.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"

namespace scorekeeper::store::sqlite {

struct WriterOptions {
  std::size_t wal_bytes_max = 0;
  StoreFiles files;
};

class Writer {
 public:
  // `checkpointer` and `durability` outlive this.
  static Result<std::unique_ptr<Writer>> open(SqliteConnection connection,
                                              Checkpointer& checkpointer, Durability& durability,
                                              WriterOptions options);

  // Runs `body`, which returns a Result, between BEGIN and COMMIT, and returns that. On an Error of
  // either nothing is stored, but for a failed fsync and for files that are gone: then
  // StoreOptions::on_failure is called, and every later transaction is `unavailable`.
  template <class Body>
  auto transaction(const Body& body) -> decltype(body()) {
    const WriteGuard guard(checkpointer_);
    TRY(begin());
    auto result = body();
    Result<void> committed;
    if (result) committed = commit_.run();
    if (!result || !committed) give_up();
    TRY(committed);
    if (result) TRY(check_files());
    return result;
  }

  SqliteConnection& connection() { return connection_; }

 private:
  class WriteGuard {
   public:
    explicit WriteGuard(Checkpointer& checkpointer) : checkpointer_(checkpointer) {
      checkpointer_.begin_write();
    }
    ~WriteGuard() { checkpointer_.end_write(); }
    WriteGuard(const WriteGuard&) = delete;
    WriteGuard& operator=(const WriteGuard&) = delete;

   private:
    Checkpointer& checkpointer_;
  };

  Writer(SqliteConnection connection, Checkpointer& checkpointer, Durability& durability,
         WriterOptions options)
      : connection_(std::move(connection)),
        checkpointer_(checkpointer),
        durability_(durability),
        options_(std::move(options)) {}
  Result<void> begin();
  void give_up();
  Result<void> check_files();

  SqliteConnection connection_;
  Checkpointer& checkpointer_;
  Durability& durability_;
  WriterOptions options_;
  Statement begin_;
  Statement commit_;
  Statement rollback_;
};

}  // namespace scorekeeper::store::sqlite
