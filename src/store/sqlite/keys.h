// The key tables: read by the server, written by the command line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/catalog.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/log_writer.h"

namespace scorekeeper::store::sqlite {

Result<Keys> load_keys(SqliteConnection& connection);
// Opens an existing store for a command that writes; it takes no lock file.
Result<SqliteConnection> open_to_write(const std::string& directory);

// Writes orgs and keys through the logs, also beside a running server. It has its own connection;
// one thread at a time.
class SqliteKeyStore final : public KeyStore {
 public:
  static Result<std::unique_ptr<KeyStore>> open(SqliteConnection connection);

  Result<Keys> load_keys() override;
  Result<Org> create_org(const std::string& name, Time now) override;
  Result<Key> create_key(Key key) override;
  Result<void> revoke_key(KeyId key, Time now) override;

 private:
  explicit SqliteKeyStore(SqliteConnection connection) : connection_(std::move(connection)) {}
  template <class Body>
  Result<void> transaction(const Body& body);
  Result<bool> exists(const char* sql, std::int64_t id);
  Result<std::uint32_t> next_id(const char* sql);
  // Inside a transaction: writes the row and the record of the log.
  Result<void> write(const CatalogChange& change, Time now);

  SqliteConnection connection_;
  std::unique_ptr<LogWriter> log_;
};

}  // namespace scorekeeper::store::sqlite
