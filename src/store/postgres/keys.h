// The key tables: read by the servers, written by the command line (decisions 3). Whoever writes
// them locks the version of the keys first, then the head of the org for the event that tells of
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

Result<Keys> load_keys(Connection& connection);
Result<std::uint64_t> keys_version(Connection& connection);

// A connection of its own; one thread at a time. Where the answer to a COMMIT is lost the Error
// says that the change may be stored.
class PostgresKeyStore final : public KeyStore {
 public:
  explicit PostgresKeyStore(Connection connection) : connection_(std::move(connection)) {}

  Result<Keys> load_keys() override;
  Result<Org> create_org(const std::string& name, Time now) override;
  Result<Key> create_key(Key key) override;
  Result<void> revoke_key(KeyId key, Time now) override;

 private:
  // What `body` does, in one transaction that holds the lock of the key tables.
  template <class Body>
  Result<void> change(const Body& body);
  Result<void> record(const AuditEvent& event);

  Connection connection_;
};

}  // namespace scorekeeper::store::postgres
