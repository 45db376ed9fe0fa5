// The database brought up to the schema of this release. docs/formats/store.md describes it.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Step n, from 1, makes version first_version + n - 1: file 0001 makes first_version. A change of
// the schema adds a file with the next number; known_version() follows. Each step lets servers of
// the release before go on working on its result, because servers are upgraded one after the other.
std::span<const char* const> migrations();
// Earlier versions have a log of another form: such a store is refused.
inline constexpr std::int64_t first_version = 5;
// The one of this release.
std::int64_t known_version();

// create_only: an empty database becomes a store; one of an older version is an Error.
enum class Migrate { create_only, upgrade };

// Under a lock, so that of several servers that start at once one does the work and the others
// wait; the connection has no timeouts afterwards. A store that is newer by one version is taken as
// it is; by more it is refused.
Result<void> migrate(PgConnection& connection, Migrate how);
// 0: the database is no store yet. An Error: it is a copy that is not finished, or of a version
// before the first.
Result<std::int64_t> version_of(PgConnection& connection);

// Makes the table that migrate() locks, where it is not there.
Result<void> make_version_table(PgConnection& connection);
// A store that a copy fills: nothing but the copy opens it before it is finished.
enum class Unfinished { no_store, unfinished, other };
// In a transaction of the caller's, which from then on holds the lock of migrate().
Result<Unfinished> lock_to_copy(PgConnection& connection);
// The same: what is no store becomes an unfinished one.
Result<void> create_unfinished(PgConnection& connection, const Secrets& secrets);
Result<void> mark_finished(PgConnection& connection);
// Made with the store.
Result<Secrets> read_secrets(PgConnection& connection);
// Another number after the store was made anew or restored: servers then fold the log from its
// start.
Result<std::int64_t> read_epoch(PgConnection& connection);

}  // namespace scorekeeper::store::postgres
