#include "store/sqlite/keys.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "store/command_line.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr const char* select_keys =
    "SELECT id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at FROM key";

std::optional<Time> time_in(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_of_microseconds(row.integer(column));
}

Result<Key> key_of(const Statement& row) {
  const auto kind = parse_key_kind(row.text(2));
  if (!kind) return make_error(Code::internal, "unknown kind of key: " + std::string(row.text(2)));
  const ScopeSet scopes = TRY(parse_scopes(row.text(6)));
  Key key{.id = {row.u32(0)},
          .org = {row.u32(1)},
          .kind = *kind,
          .name = std::string(row.text(3)),
          .owner = std::string(row.text(4)),
          .hash = {},
          .scopes = scopes,
          .created_at = time_of_microseconds(row.integer(7)),
          .expires_at = time_in(row, 8),
          .revoked_at = time_in(row, 9)};
  std::ranges::copy(row.blob(5).first(key.hash.size()), key.hash.begin());
  return key;
}

}  // namespace

Result<Keys> load_keys(Connection& connection) {
  Keys keys;
  // One snapshot of both tables; without rows of a half-made org.
  const bool inside = connection.in_transaction();
  if (!inside) TRY(connection.execute("BEGIN"));
  const Result<void> done = [&]() -> Result<void> {
    Statement orgs = TRY(connection.prepare("SELECT id, name, created_at FROM org ORDER BY id"));
    while (TRY(orgs.step())) {
      keys.orgs.push_back(Org{.id = {orgs.u32(0)},
                              .name = std::string(orgs.text(1)),
                              .created_at = time_of_microseconds(orgs.integer(2))});
    }
    Statement rows = TRY(connection.prepare(std::string(select_keys) + " ORDER BY id"));
    while (TRY(rows.step())) keys.keys.push_back(TRY(key_of(rows)));
    return {};
  }();
  if (!inside) TRY(connection.execute("COMMIT"));
  if (!done) return done.error();
  return keys;
}

Result<std::unique_ptr<KeyStore>> SqliteKeyStore::open(Connection connection) {
  std::unique_ptr<SqliteKeyStore> store(new SqliteKeyStore(std::move(connection)));
  store->log_ = TRY(LogWriter::open(store->connection_));
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
    Statement find = TRY(connection_.prepare(std::string(select_keys) + " WHERE id = ?1"));
    find.bind(1, key.number);
    if (!TRY(find.step())) return key_not_found(key);
    const Key known = TRY(key_of(find));
    find.reset();
    if (known.revoked_at) return {};
    return write(revocation_of(known, now), now);
  });
}

Result<Connection> open_to_write(const std::string& directory) {
  const std::string path = database_path(directory);
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (bytes == 0 || error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return no_store(directory);
  }
  TRY(open_to_read(path));  // what is no store does not become one
  Connection connection = TRY(open_connection(
      ConnectionOptions{.path = path, .vfs = {}, .busy_timeout = write_lock_timeout}));
  TRY(migrate(connection, path, Migrate::create_only));
  return connection;
}

Result<std::unique_ptr<KeyStore>> open_keys(const std::string& directory) {
  return SqliteKeyStore::open(TRY(open_to_write(directory)));
}

}  // namespace scorekeeper::store::sqlite
