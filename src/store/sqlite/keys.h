// The key tables: read by the server, written by the command line (decisions 3).
#pragma once

#include <cstdint>
#include <string>

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

Result<Keys> load_keys(Connection& connection);
// Of a store whose schema has that version; before version 4 keys had no owner and no end.
Result<Keys> load_keys(Connection& connection, std::int64_t version);

// A connection of its own; one thread at a time.
class SqliteKeyStore final : public KeyStore {
 public:
  explicit SqliteKeyStore(Connection connection) : connection_(std::move(connection)) {}

  Result<Keys> load_keys() override;
  Result<Org> create_org(const std::string& name, Time now) override;
  Result<Key> create_key(Key key) override;
  Result<void> revoke_key(KeyId key, Time now) override;

 private:
  template <class Body>
  Result<void> transaction(const Body& body);
  Result<bool> exists(const char* sql, std::int64_t id);

  Connection connection_;
};

}  // namespace scorekeeper::store::sqlite
