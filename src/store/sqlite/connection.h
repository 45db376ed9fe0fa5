// The one wrapper of SQLite's C handle. A SqliteConnection and its Statements belong to one thread
// at a time (SQLITE_THREADSAFE=2); to hand them to another thread, the caller must synchronise
// both.
#pragma once

#include <sqlite3.h>

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace scorekeeper::store::sqlite {

// The Error for the last failed call on `database`: `unavailable` for failures of a disk, a lock or
// memory, `internal` for failures of our SQL. `doing` starts the sentence: "the store cannot
// append".
Error error_of(sqlite3* database, int code, std::string_view doing);

// A prepared statement. Bound texts and blobs are not copied: they must live until step() has
// returned false or failed. Indexes of parameters start at 1, of columns at 0, as in SQLite.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  void bind(int index, std::int64_t value) { note(sqlite3_bind_int64(get(), index, value)); }
  // Numbers of 64 bits are stored by their bits: the upper half is negative.
  void bind_bits(int index, std::uint64_t value) {
    bind(index, std::bit_cast<std::int64_t>(value));
  }
  void bind_null(int index) { note(sqlite3_bind_null(get(), index)); }
  void bind_text(int index, std::string_view text) {
    // An empty view may have no address, and then SQLite would bind NULL.
    const char* start = text.data() == nullptr ? "" : text.data();
    note(sqlite3_bind_text64(get(), index, start, text.size(), nullptr, SQLITE_UTF8));
  }
  void bind_blob(int index, std::span<const std::byte> bytes) {
    note(bytes.empty() ? sqlite3_bind_zeroblob(get(), index, 0)
                       : sqlite3_bind_blob64(get(), index, bytes.data(), bytes.size(), nullptr));
  }

  // The value of a column of another statement's row, whatever its type; copied.
  void bind_column(int index, const Statement& row, int column) {
    note(sqlite3_bind_value(get(), index, sqlite3_column_value(row.get(), column)));
  }

  // true: there is a row. false: there are no more. After false or an Error it can be bound again.
  Result<bool> step();
  // For a statement without rows.
  Result<void> run();
  // Ends a query before its last row, and its read transaction.
  void reset() { sqlite3_reset(get()); }

  int changed_rows() const { return sqlite3_changes(sqlite3_db_handle(get())); }  // by run()
  int result_columns() const { return sqlite3_column_count(get()); }              // of every row
  int columns() const { return sqlite3_data_count(get()); }  // of the row that step() has found
  std::int64_t integer(int column) const { return sqlite3_column_int64(get(), column); }
  std::uint32_t u32(int column) const { return static_cast<std::uint32_t>(integer(column)); }
  std::uint64_t u64(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  bool is_null(int column) const { return sqlite3_column_type(get(), column) == SQLITE_NULL; }
  std::optional<Time> time(int column) const {  // in microseconds, or NULL
    return is_null(column) ? std::nullopt : std::optional(time_of_microseconds(integer(column)));
  }
  // Views live until the next step or reset.
  std::string_view text(int column) const;
  std::span<const std::byte> blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  sqlite3_stmt* get() const { return handle_.get(); }
  void note(int code) {
    if (code != SQLITE_OK) [[unlikely]] {
      bind_code_ = code;
    }
  }

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bind_code_ = SQLITE_OK;  // of the first bind that failed; step() tells it
};

struct ConnectionOptions {
  std::string path;
  std::string vfs;  // empty = the default of the system
  std::chrono::milliseconds busy_timeout{0};
  bool read_only = false;  // beside a server too: the file is opened without the right to write
};

class SqliteConnection {
 public:
  // The file must exist.
  static Result<SqliteConnection> open(const ConnectionOptions& options);

  // Statements without rows, or whose rows do not matter.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row; an Error when there is no row.
  Result<std::int64_t> query_integer(std::string_view sql);

  bool in_transaction() const { return sqlite3_get_autocommit(get()) == 0; }
  // The last call on this connection failed because the disk refused to make writes durable.
  bool fsync_failed() const;
  sqlite3* get() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<int> busy_polls_max_;  // the busy handler's
  std::unique_ptr<sqlite3, Close> handle_;
};

bool is_fsync_failure(int code);

// Calls `body` so that it reads one moment: that of the caller's transaction if one is open.
// Returns the Result of `body`.
template <class Body>
auto read_at_once(SqliteConnection& connection, const Body& body) -> decltype(body()) {
  if (connection.in_transaction()) return body();
  TRY(connection.execute("BEGIN"));
  auto read = body();
  TRY(connection.execute("COMMIT"));
  return read;
}

}  // namespace scorekeeper::store::sqlite
