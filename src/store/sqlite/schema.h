// Opening the database file: pragmas, and the schema brought up to date. docs/formats/store.md
// describes the file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// Step n, from 1, makes version first_version + n - 1: file 0001 makes first_version. A change of
// the schema adds a file with the next number; known_version() follows.
std::span<const char* const> migrations();
// Earlier versions have a log of another form: such a store is refused.
inline constexpr std::int64_t first_version = 10;
// The one of this release.
std::int64_t known_version();

// Only with the lock file held may a store that exists be upgraded: a running server knows its own
// schema.
enum class Migrate { create_only, upgrade };

// For all: foreign keys on, durable commits, no checkpoint inside a commit.
Result<SqliteConnection> open_connection(const ConnectionOptions& options);

// Makes the file a store in WAL mode, of the version that the last step makes. Safe against others
// that do the same at the same time. Errors name `path`: not a database, not a store, of a newer
// version or one before the first, locked.
Result<void> migrate(SqliteConnection& connection, const std::string& path, Migrate how,
                     std::span<const char* const> steps = migrations());

// A store's file that is only read: of a store that a server may be serving, or a backup.
struct ReadStore {
  SqliteConnection connection;
  std::int64_t version = 0;  // of its schema
};
// Errors name `path`: not there, not to be read, not a store. One of a newer version is opened.
Result<ReadStore> open_to_read(const std::string& path);
// An Error when this release does not know the version: a newer one, or one before the first.
Result<void> check_known(const std::string& path, std::int64_t version);

// A new store that a copy is to fill: nothing but the copy opens it before it is finished. `file`
// is empty; `mark` writes into the same transaction.
Result<void> create_unfinished(SqliteConnection& file, const std::function<Result<void>()>& mark);
// Whether the file is such a store, of the version that this release makes.
Result<bool> is_unfinished(SqliteConnection& file);
// Inside the caller's transaction.
Result<void> mark_finished(SqliteConnection& file);

// The directory's store brought up to date, under its lock file. Returns the version that it had.
Result<std::int64_t> upgrade(const std::string& directory);

inline constexpr std::size_t page_bytes = 4096;
// Puts the ends of the logs into log_placed_head, before log_placed moves to the last row.
inline constexpr const char* place_heads =
    "INSERT INTO log_placed_head (org, position, at, chain)"
    " SELECT org, position, at, chain FROM (SELECT org, position + count - 1 AS position, at, "
    "chain,"
    " max(row) FROM log WHERE row > (SELECT value FROM meta WHERE key = 'log_placed') GROUP BY org)"
    " WHERE true ON CONFLICT (org) DO UPDATE SET position = excluded.position, at = excluded.at,"
    " chain = excluded.chain";
// The last row of the log that log_place has.
inline constexpr const char* select_log_placed = "SELECT value FROM meta WHERE key = 'log_placed'";
inline constexpr std::chrono::milliseconds write_lock_timeout{5'000};

}  // namespace scorekeeper::store::sqlite
