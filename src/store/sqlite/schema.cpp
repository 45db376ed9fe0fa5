#include "store/sqlite/schema.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>

#include "store/sqlite/directory.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t application_id = 0x53636b70;  // "Sckp": what file(1) and we tell a store by
// "Sckc": no release takes it for a store.
constexpr std::int64_t unfinished_id = 0x53636b63;
constexpr std::chrono::milliseconds retry_interval{5};

Error refused(const std::string& path, const std::string& why) {
  return make_error(Code::unavailable, "cannot use " + path + ": " + why);
}

Error refused_as_other(const std::string& path, std::int64_t application) {
  return refused(path, application == unfinished_id
                           ? "it is a copy that is not finished: go on with `scorekeeper copy`, or "
                             "remove it"
                           : "it is a database of another program");
}

std::int64_t version_after(std::span<const char* const> steps) {
  return first_version + std::ssize(steps) - 1;
}

Result<void> stamp(SqliteConnection& connection, std::int64_t application, std::int64_t version) {
  const std::string sql = "PRAGMA application_id = " + std::to_string(application) +
                          "; PRAGMA user_version = " + std::to_string(version);
  return connection.execute(sql.c_str());
}

Result<void> apply(SqliteConnection& connection, std::span<const char* const> steps,
                   std::int64_t version) {
  for (auto next = std::max(version + 1, first_version); next <= version_after(steps); ++next) {
    TRY(connection.execute(steps[static_cast<std::size_t>(next - first_version)]));
  }
  return stamp(connection, application_id, version_after(steps));
}

Error refused_as_newer(const std::string& path, std::int64_t version, std::int64_t known) {
  return refused(path, "it has schema version " + std::to_string(version) +
                           ", made by a newer release; this one knows versions up to " +
                           std::to_string(known));
}

Error refused_as_old(const std::string& path, std::int64_t version) {
  return refused(
      path, "it has schema version " + std::to_string(version) +
                ", of an earlier release, whose log has another form; this release cannot read "
                "it. Keep the old release to read it, start a new store in an empty directory, and "
                "report again");
}

Result<std::int64_t> version_of(SqliteConnection& connection, const std::string& path) {
  const auto application = TRY(connection.query_integer("PRAGMA application_id"));
  const auto version = TRY(connection.query_integer("PRAGMA user_version"));
  const auto tables = TRY(connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return refused(path, "it is empty");
  if (application != application_id) return refused_as_other(path, application);
  return version;
}

// Inside a transaction that holds the write lock.
Result<void> bring_up_to_date(SqliteConnection& connection, const std::string& path, Migrate how,
                              std::span<const char* const> steps) {
  const auto version = TRY(connection.query_integer("PRAGMA user_version"));
  const auto tables = TRY(connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  const auto application = TRY(connection.query_integer("PRAGMA application_id"));
  if (application != application_id && (tables != 0 || version != 0)) {
    return refused_as_other(path, application);
  }
  const std::int64_t known = version_after(steps);
  if (version > known) return refused_as_newer(path, version, known);
  if (version == known) return {};
  if (version > 0 && version < first_version) return refused_as_old(path, version);
  if (version > 0 && how == Migrate::create_only) {
    return refused(path, "it has schema version " + std::to_string(version) +
                             ", made by an older release; start the server of this one first");
  }
  return apply(connection, steps, version);
}

Result<void> go_over_to_wal(SqliteConnection& connection) {
  Statement mode = TRY(connection.prepare("PRAGMA journal_mode = WAL"));
  const bool answered = TRY(mode.step());
  if (answered && mode.text(0) == "wal") return {};
  return make_error(Code::unavailable, "the file system cannot share memory for a write-ahead log");
}

Result<void> try_migrate(SqliteConnection& connection, const std::string& path, Migrate how,
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

std::int64_t known_version() { return version_after(migrations()); }

Result<SqliteConnection> open_connection(const ConnectionOptions& options) {
  SqliteConnection connection = TRY(SqliteConnection::open(options));
  const std::string pragmas = "PRAGMA page_size = " + std::to_string(page_bytes) +
                              ";"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA wal_autocheckpoint = 0;"
                              "PRAGMA foreign_keys = ON;"
                              "PRAGMA trusted_schema = OFF;"
                              "PRAGMA temp_store = MEMORY";
  const Result<void> done = connection.execute(pragmas.c_str());
  if (!done) return refused(options.path, done.error().detail);
  return connection;
}

Result<void> migrate(SqliteConnection& connection, const std::string& path, Migrate how,
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

Result<ReadStore> open_to_read(const std::string& path) {
  if (path.empty()) return invalid("the name of the file to read is empty");
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return make_error(Code::unavailable, "cannot read " + path + ": it is a directory");
  }
  // SQLite says "unable to open" whatever the reason; open() is not for a file that this process
  // holds locks on.
  if (::access(path.c_str(), R_OK) != 0) {
    return make_error(Code::unavailable,
                      "cannot read " + path + ": " + std::generic_category().message(errno));
  }
  ReadStore store{
      .connection = TRY(open_connection(
          {.path = path, .vfs = {}, .busy_timeout = write_lock_timeout, .read_only = true})),
      .version = 0};
  const auto version = version_of(store.connection, path);
  if (!version) {
    const std::string& detail = version.error().detail;
    return detail.find(path) == std::string::npos ? refused(path, detail) : version.error();
  }
  store.version = *version;
  return store;
}

Result<void> check_known(const std::string& path, std::int64_t version) {
  if (version > known_version()) return refused_as_newer(path, version, known_version());
  if (version < first_version) return refused_as_old(path, version);
  return {};
}

Result<void> create_unfinished(SqliteConnection& file, const std::function<Result<void>()>& mark) {
  TRY(go_over_to_wal(file));
  TRY(file.execute("BEGIN IMMEDIATE"));
  TRY(apply(file, migrations(), 0));
  TRY(stamp(file, unfinished_id, known_version()));
  TRY(mark());
  return file.execute("COMMIT");
}

Result<bool> is_unfinished(SqliteConnection& file) {
  const auto application = TRY(file.query_integer("PRAGMA application_id"));
  const auto version = TRY(file.query_integer("PRAGMA user_version"));
  return application == unfinished_id && version == known_version();
}

Result<void> mark_finished(SqliteConnection& file) {
  return stamp(file, application_id, known_version());
}

Result<std::int64_t> upgrade(const std::string& directory) {
  const std::string path = database_path(directory);
  const auto before = TRY(open_to_read(path)).version;
  const LockFile lock = TRY(LockFile::take(directory));
  SqliteConnection connection =
      TRY(open_connection({.path = path, .vfs = {}, .busy_timeout = write_lock_timeout}));
  TRY(migrate(connection, path, Migrate::upgrade));
  return before;
}

}  // namespace scorekeeper::store::sqlite
