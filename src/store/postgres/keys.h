// The key tables: read by the servers, written by the command line (docs/decisions/0006) in turns
// of the org, whose log tells of it. A writer locks the head of the org first, then the version of
// the keys.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/catalog.h"
#include "store/postgres/append_turns.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// For a command of the command line: there is a store, of a schema that this release knows.
Result<void> check_is_store(const ConnectOptions& options);
Result<Keys> load_keys(PgConnection& connection);
Result<std::uint64_t> keys_version(PgConnection& connection);

// A connection of its own; one thread at a time.
class PostgresKeyStore final : public KeyStore {
 public:
  explicit PostgresKeyStore(const ConnectOptions& options) : turns_(options) {}

  Result<Keys> load_keys() override;
  Result<Org> create_org(const std::string& name, Time now) override;
  Result<Key> create_key(Key key) override;
  Result<void> revoke_key(KeyId key, Time now) override;

 private:
  // false: another process has taken the id of the org meanwhile.
  Result<bool> try_to_create(const Org& org);
  // In a turn of the org: locks the key tables, and writes what `decide` says, if anything.
  template <class Decide>
  Result<void> change(OrgId org, Time now, const Decide& decide);

  AppendTurns turns_;
};

}  // namespace scorekeeper::store::postgres
