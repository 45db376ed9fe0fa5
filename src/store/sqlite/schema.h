// Opening the database file: pragmas, and the schema brought up to date. docs/formats/store.md
// describes the file.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// Number N of them leads from user_version N to N + 1.
std::span<const char* const> migrations();

// Only with the lock file held may a store that exists be upgraded: a running server knows its own
// schema.
enum class Migrate { create_only, upgrade };

// For all: foreign keys on, durable commits, no checkpoint inside a commit.
Result<Connection> open_connection(const ConnectionOptions& options);

// Makes the file a store in WAL mode, of version `steps.size()`. Safe against others that do the
// same at the same time. Errors name `path`: not a database, not a store, of a newer version,
// locked.
Result<void> migrate(Connection& connection, const std::string& path, Migrate how,
                     std::span<const char* const> steps = migrations());

inline constexpr std::size_t page_bytes = 4096;
inline constexpr std::chrono::milliseconds write_lock_timeout{5'000};

}  // namespace scorekeeper::store::sqlite
