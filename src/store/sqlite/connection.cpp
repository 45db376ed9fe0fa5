#include "store/sqlite/connection.h"

#include <ctime>

namespace scorekeeper::store::sqlite {
namespace {

// SQLite's own busy handler sleeps up to 100 ms at a time; what we wait for (a restart of the log,
// a key written by the command line) takes about a millisecond.
constexpr std::chrono::microseconds busy_poll{100};

int wait_while_busy(void* polls_max, int polls) {
  if (polls >= *static_cast<const int*>(polls_max)) return 0;
  const timespec pause{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(busy_poll).count()};
  nanosleep(&pause, nullptr);
  return 1;
}

Code code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_INTERRUPT:
      return Code::unavailable;
    default:
      return Code::internal;
  }
}

}  // namespace

Error error_of(sqlite3* database, int code, std::string_view doing) {
  std::string detail(doing);
  detail += ": ";
  const int extended = database == nullptr ? code : sqlite3_extended_errcode(database);
  if ((code & 0xff) == (extended & 0xff)) {
    detail += sqlite3_errmsg(database);
    if (extended != (extended & 0xff)) detail += " (" + std::to_string(extended) + ")";
  } else {
    detail += sqlite3_errstr(code);
  }
  return make_error(code_of(code), std::move(detail));
}

bool is_fsync_failure(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

Result<bool> Statement::step() {
  sqlite3* const database = sqlite3_db_handle(get());
  if (bind_code_ != SQLITE_OK) {
    const int code = std::exchange(bind_code_, SQLITE_OK);
    sqlite3_reset(get());
    return error_of(database, code, "the store cannot bind a value");
  }
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(get());
    return false;
  }
  // Told before the reset, which would name the statement's error a second time or forget it.
  Error error = error_of(database, code, "the store cannot run a statement");
  sqlite3_reset(get());
  return error;
}

Result<void> Statement::run() {
  while (TRY(step())) {
  }
  return {};
}

std::string_view Statement::text(int column) const {
  const auto* start = sqlite3_column_text(get(), column);
  if (start == nullptr) return {};
  return {reinterpret_cast<const char*>(start),
          static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

std::span<const std::byte> Statement::blob(int column) const {
  const void* start = sqlite3_column_blob(get(), column);
  if (start == nullptr) return {};
  return {static_cast<const std::byte*>(start),
          static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

Result<SqliteConnection> SqliteConnection::open(const ConnectionOptions& options) {
  sqlite3* handle = nullptr;
  const int mode = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, mode | SQLITE_OPEN_NOMUTEX,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  SqliteConnection connection(handle);  // also after a failure the handle wants to be closed
  if (code != SQLITE_OK) return error_of(handle, code, "cannot open " + options.path);
  // SQLite falls back to reading where it may not write.
  if (!options.read_only && sqlite3_db_readonly(handle, "main") == 1) {
    return make_error(Code::unavailable, "cannot open " + options.path + ": it is read-only");
  }
  sqlite3_extended_result_codes(handle, 1);
  if (options.busy_timeout.count() > 0) {
    const auto polls = static_cast<int>(options.busy_timeout / busy_poll);
    connection.busy_polls_max_ = std::make_unique<int>(polls);
    sqlite3_busy_handler(handle, wait_while_busy, connection.busy_polls_max_.get());
  }
  return connection;
}

Result<void> SqliteConnection::execute(const char* sql) {
  const int code = sqlite3_exec(get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(get(), code, "the store cannot run a statement");
  return {};
}

Result<Statement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return error_of(get(), code, "the store cannot prepare a statement");
  return Statement(handle);
}

Result<std::int64_t> SqliteConnection::query_integer(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) {
    return make_error(Code::internal, "the store has no answer to: " + std::string(sql));
  }
  return statement.integer(0);
}

bool SqliteConnection::fsync_failed() const {
  return is_fsync_failure(sqlite3_extended_errcode(get()));
}

}  // namespace scorekeeper::store::sqlite
