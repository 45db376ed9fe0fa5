#include "store/sqlite/schema.h"

#include <thread>

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t application_id = 0x53636b70;  // "Sckp": what file(1) and we tell a store by
constexpr std::chrono::milliseconds retry_interval{5};

Error refused(const std::string& path, const std::string& why) {
  return make_error(Code::unavailable, "cannot use " + path + ": " + why);
}

Result<void> apply(Connection& connection, std::span<const char* const> steps,
                   std::size_t version) {
  for (; version < steps.size(); ++version) TRY(connection.execute(steps[version]));
  const std::string stamp = "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(steps.size());
  return connection.execute(stamp.c_str());
}

// Inside a transaction that holds the write lock.
Result<void> bring_up_to_date(Connection& connection, const std::string& path, Migrate how,
                              std::span<const char* const> steps) {
  const auto version = TRY(connection.query_integer("PRAGMA user_version"));
  const auto tables = TRY(connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  const auto application = TRY(connection.query_integer("PRAGMA application_id"));
  if (application != application_id && (tables != 0 || version != 0)) {
    return refused(path, "it is a database of another program");
  }
  const auto known = static_cast<std::int64_t>(steps.size());
  if (version > known) {
    return refused(path, "it has schema version " + std::to_string(version) +
                             ", made by a newer release; this one knows versions up to " +
                             std::to_string(known));
  }
  if (version == known) return {};
  if (version > 0 && how == Migrate::create_only) {
    return refused(path, "it has schema version " + std::to_string(version) +
                             ", made by an older release; start the server of this one first");
  }
  return apply(connection, steps, static_cast<std::size_t>(version));
}

Result<void> go_over_to_wal(Connection& connection) {
  Statement mode = TRY(connection.prepare("PRAGMA journal_mode = WAL"));
  const bool answered = TRY(mode.step());
  if (answered && mode.text(0) == "wal") return {};
  return make_error(Code::unavailable, "the file system cannot share memory for a write-ahead log");
}

Result<void> try_migrate(Connection& connection, const std::string& path, Migrate how,
                         std::span<const char* const> steps) {
  TRY(go_over_to_wal(connection));
  TRY(connection.execute("BEGIN IMMEDIATE"));
  Result<void> done = bring_up_to_date(connection, path, how, steps);
  if (done) done = connection.execute("COMMIT");
  if (!done && connection.in_transaction()) {
    const auto rolled_back = connection.execute("ROLLBACK");
    if (!rolled_back) return rolled_back.error();
  }
  return done;
}

}  // namespace

Result<Connection> open_connection(const ConnectionOptions& options) {
  Connection connection = TRY(Connection::open(options));
  const std::string pragmas = "PRAGMA page_size = " + std::to_string(page_bytes) +
                              ";"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA wal_autocheckpoint = 0;"
                              "PRAGMA foreign_keys = ON;"
                              "PRAGMA trusted_schema = OFF;"
                              "PRAGMA temp_store = MEMORY";
  const Result<void> done = connection.execute(pragmas.c_str());
  if (!done) return make_error(done.error().code, options.path + ": " + done.error().detail);
  return connection;
}

Result<void> migrate(Connection& connection, const std::string& path, Migrate how,
                     std::span<const char* const> steps) {
  // Going over to WAL does not call the busy handler, so that the race of two creators is settled
  // here.
  const auto deadline = std::chrono::steady_clock::now() + write_lock_timeout;
  for (;;) {
    const Result<void> done = try_migrate(connection, path, how, steps);
    if (done) return {};
    const bool busy = (sqlite3_errcode(connection.get()) & 0xff) == SQLITE_BUSY;
    if (!busy || std::chrono::steady_clock::now() > deadline) {
      const auto& error = done.error();
      return error.detail.find(path) == std::string::npos ? refused(path, error.detail) : error;
    }
    std::this_thread::sleep_for(retry_interval);
  }
}

}  // namespace scorekeeper::store::sqlite
