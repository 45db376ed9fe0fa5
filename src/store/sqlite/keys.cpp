#include "store/sqlite/keys.h"

#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "store/command_line.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/row_statement.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

template <class T>
Result<T> load(const Statement& row) {
  ReadRow<T> read;
  TRY(load_row(row, read.row));
  return std::move(read.thing);
}

template <class T>
Result<std::vector<T>> load_all(SqliteConnection& connection) {
  std::vector<T> all;
  Statement rows =
      TRY(connection.prepare(select_sql(table_of<StateRow<const T>>()) + " ORDER BY id"));
  while (TRY(rows.step())) all.push_back(TRY(load<T>(rows)));
  return all;
}

}  // namespace

Result<Keys> load_keys(SqliteConnection& connection) {
  Keys keys;
  // One snapshot of both tables; without rows of a half-made org.
  const bool inside = connection.in_transaction();
  if (!inside) TRY(connection.execute("BEGIN"));
  const Result<void> done = [&]() -> Result<void> {
    keys.orgs = TRY(load_all<Org>(connection));
    keys.keys = TRY(load_all<Key>(connection));
    return {};
  }();
  if (!inside) TRY(connection.execute("COMMIT"));
  if (!done) return done.error();
  return keys;
}

Result<std::unique_ptr<KeyStore>> SqliteKeyStore::open(SqliteConnection connection) {
  std::unique_ptr<SqliteKeyStore> store(new SqliteKeyStore(std::move(connection)));
  store->log_ = TRY(LogWriter::open(store->connection_, StoreOptions().records_placed_at_once));
  return std::unique_ptr<KeyStore>(std::move(store));
}

template <class Body>
Result<void> SqliteKeyStore::transaction(const Body& body) {
  TRY(connection_.execute("BEGIN IMMEDIATE"));
  Result<void> done = body();
  if (done) done = connection_.execute("COMMIT");
  if (!done && connection_.in_transaction()) TRY(connection_.execute("ROLLBACK"));
  return done;
}

Result<bool> SqliteKeyStore::exists(const char* sql, std::int64_t id) {
  Statement statement = TRY(connection_.prepare(sql));
  statement.bind(1, id);
  return statement.step();
}

Result<std::uint32_t> SqliteKeyStore::next_id(const char* sql) {
  return static_cast<std::uint32_t>(TRY(connection_.query_integer(sql)));
}

Result<void> SqliteKeyStore::write(const CatalogChange& change, Time now) {
  TRY(log_->append(std::span(&change.org, 1), [&](AppendView& view) -> Result<Append> {
    Append append;
    append.records.push_back(command_record(change, now, view.heads().front()));
    append.change = &change;
    return append;
  }));
  return {};
}

Result<Keys> SqliteKeyStore::load_keys() { return sqlite::load_keys(connection_); }

Result<Org> SqliteKeyStore::create_org(const std::string& name, Time now) {
  Org org{.id = {}, .name = name, .created_at = now};
  const Result<void> done = transaction([&]() -> Result<void> {
    Statement find = TRY(connection_.prepare("SELECT 1 FROM org WHERE name = ?1"));
    find.bind_text(1, name);
    if (TRY(find.step())) return org_exists(name);
    find.reset();
    org.id = {TRY(next_id("SELECT coalesce(max(id), 0) + 1 FROM org"))};
    return write(creation_of(org), now);
  });
  if (!done) return done.error();
  return org;
}

Result<Key> SqliteKeyStore::create_key(Key key) {
  const Result<void> done = transaction([&]() -> Result<void> {
    if (!TRY(exists("SELECT 1 FROM org WHERE id = ?1", key.org.number))) {
      return org_not_found(key.org);
    }
    key.id = {TRY(next_id("SELECT coalesce(max(id), 0) + 1 FROM key"))};
    return write(creation_of(key), key.created_at);
  });
  if (!done) return done.error();
  return key;
}

Result<void> SqliteKeyStore::revoke_key(KeyId key, Time now) {
  return transaction([&]() -> Result<void> {
    Statement find =
        TRY(connection_.prepare(select_sql(table_of<StateRow<const Key>>()) + " WHERE id = ?1"));
    find.bind(1, key.number);
    if (!TRY(find.step())) return key_not_found(key);
    const Key known = TRY(load<Key>(find));
    find.reset();
    if (known.revoked_at) return {};
    return write(revocation_of(known, now), now);
  });
}

Result<SqliteConnection> open_to_write(const std::string& directory) {
  const std::string path = database_path(directory);
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (bytes == 0 || error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return no_store(directory);
  }
  TRY(open_to_read(path));  // what is no store does not become one
  SqliteConnection connection = TRY(open_connection(
      ConnectionOptions{.path = path, .vfs = {}, .busy_timeout = write_lock_timeout}));
  TRY(migrate(connection, path, Migrate::create_only));
  return connection;
}

Result<std::unique_ptr<KeyStore>> open_keys(const std::string& directory) {
  return SqliteKeyStore::open(TRY(open_to_write(directory)));
}

}  // namespace scorekeeper::store::sqlite
