// A database with the schema, a connection to it, and turns that write to it. Included by test
// files only.
#pragma once

#include <span>

#include "base/assert.h"
#include "store/catalog.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/schema.h"
#include "store/postgres/turns.h"

namespace scorekeeper::store::postgres {

struct TestStore {
  TestStore() : connection(database.connect()), turns({.address = database.address()}) {
    ASSERT(migrate(connection, Migrate::upgrade));
  }

  Result<void> write(const CatalogRows& change) { return turns.write(change); }
  Result<void> append(std::span<const NewEntity> entities) {
    return turns.append(
        {.changes = {}, .requests = {}, .entities = entities, .requests_reserved = {}});
  }

  TestDatabase database;
  Connection connection;
  Turns turns;
};

}  // namespace scorekeeper::store::postgres
