// A turn as the store takes it, in its plainest form: locks the org's head, adds what `add` adds,
// moves the head on, commits. For tests of the functions that add to a turn. Included by test files
// only.
#pragma once

#include <cstdint>

#include "base/assert.h"
#include "store/catalog.h"
#include "store/postgres/catalog.h"
#include "store/postgres/entity_writer.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/schema.h"

namespace scorekeeper::store::postgres {

// The head as it was locked.
struct LockedHead {
  std::uint64_t last = 0;
  std::uint64_t last_event = 0;
};

// `add` gets the head, and returns how many events it adds. The position of the turn is last + 1.
template <class Add>
Result<void> take_turn(Connection& connection, OrgId org, const Add& add) {
  static constexpr Statement begin{"turn_begin", "BEGIN"};
  static constexpr Statement lock{
      "turn_lock",
      "INSERT INTO ledger_head (org) VALUES ($1) ON CONFLICT (org) DO UPDATE SET org = excluded.org"
      " RETURNING last_id, last_event"};
  static constexpr Statement move{
      "turn_move",
      "UPDATE ledger_head SET last_id = last_id + 1, last_event = last_event + $2 WHERE org = $1"};
  static constexpr Statement commit{"turn_commit", "COMMIT"};
  connection.begin_batch();
  connection.add(begin);
  connection.add(lock, Parameters().add(org.number));
  const auto locked = TRY(connection.finish_batch());
  const LockedHead head{.last = locked[1].u64(0, 0), .last_event = locked[1].u64(0, 1)};
  connection.begin_batch();
  const std::size_t events = add(head);
  connection.add(move, Parameters().add(org.number).add_bits(static_cast<std::uint64_t>(events)));
  connection.add(commit);
  const auto done = connection.finish_commit();
  if (done) return {};
  if (!connection.is_broken()) TRY(connection.execute("ROLLBACK"));
  return done.error();
}

inline Result<void> write(Connection& connection, const CatalogChange& change) {
  return take_turn(connection, change.org, [&](const LockedHead& head) {
    add_change(connection, change, {head.last + 1}, head.last_event);
    return change.events.size();
  });
}

inline Result<void> append(Connection& connection, OrgId org, std::span<const NewEntity> entities) {
  return take_turn(connection, org, [&](const LockedHead& head) {
    add_entities(connection, org, entities, {head.last + 1});
    return std::size_t{0};
  });
}

// A database with the schema, and a connection to it.
struct TestStore {
  TestStore() : connection(database.connect()) { ASSERT(migrate(connection, Migrate::upgrade)); }

  TestDatabase database;
  Connection connection;
};

}  // namespace scorekeeper::store::postgres
