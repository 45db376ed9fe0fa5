// The database brought up to the schema of this release. docs/formats/store.md describes it.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Number N of them leads from version N to N + 1. Each is made so that servers of the release
// before go on working on its result: they are upgraded one after the other.
std::span<const char* const> migrations();

// create_only: an empty database becomes a store; one of an older version is an Error.
enum class Migrate { create_only, upgrade };

// Under a lock, so that of several servers that start at once one does the work. A store that is
// newer by one version is taken as it is; by more it is refused.
Result<void> migrate(Connection& connection, Migrate how);
// 0: the database is no store yet.
Result<std::int64_t> version_of(Connection& connection);
// Made with the store.
Result<Secrets> read_secrets(Connection& connection);
// Another number after the store was made anew or restored (decisions 18).
Result<std::int64_t> read_epoch(Connection& connection);

}  // namespace scorekeeper::store::postgres
