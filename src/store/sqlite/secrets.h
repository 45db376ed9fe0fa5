// The secrets of a store, in its table meta.
#pragma once

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

// Does nothing where there are secrets.
Result<void> make_secrets(SqliteConnection& connection);
Result<Secrets> read_secrets(SqliteConnection& connection);

}  // namespace scorekeeper::store::sqlite
