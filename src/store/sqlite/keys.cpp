#include "store/sqlite/keys.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/command_line.h"
#include "store/sqlite/audit.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t version_of_tokens = 4;
constexpr const char* select_keys =
    "SELECT id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at FROM key";
constexpr const char* select_keys_before_tokens =
    "SELECT id, org, kind, name, '', hash, scopes, created_at, NULL, revoked_at FROM key";

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

void bind_time(Statement& statement, int index, const std::optional<Time>& time) {
  if (time) {
    statement.bind(index, microseconds_of(*time));
  } else {
    statement.bind_null(index);
  }
}

}  // namespace

Result<Keys> load_keys(Connection& connection, std::int64_t version) {
  Keys keys;
  // One snapshot of both tables; without rows of a half-made org.
  TRY(connection.execute("BEGIN"));
  const Result<void> done = [&]() -> Result<void> {
    Statement orgs = TRY(connection.prepare("SELECT id, name, created_at FROM org ORDER BY id"));
    while (TRY(orgs.step())) {
      keys.orgs.push_back(Org{.id = {orgs.u32(0)},
                              .name = std::string(orgs.text(1)),
                              .created_at = time_of_microseconds(orgs.integer(2))});
    }
    const std::string select =
        version < version_of_tokens ? select_keys_before_tokens : select_keys;
    Statement rows = TRY(connection.prepare(select + " ORDER BY id"));
    while (TRY(rows.step())) keys.keys.push_back(TRY(key_of(rows)));
    return {};
  }();
  TRY(connection.execute("COMMIT"));
  if (!done) return done.error();
  return keys;
}

Result<Keys> load_keys(Connection& connection) {
  return load_keys(connection, std::ssize(migrations()));
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

Result<Keys> SqliteKeyStore::load_keys() { return sqlite::load_keys(connection_); }

Result<Org> SqliteKeyStore::create_org(const std::string& name, Time now) {
  Org org{.id = {}, .name = name, .created_at = now};
  const Result<void> done = transaction([&]() -> Result<void> {
    Statement find = TRY(connection_.prepare("SELECT 1 FROM org WHERE name = ?1"));
    find.bind_text(1, name);
    if (TRY(find.step())) return org_exists(name);
    find.reset();
    Statement insert =
        TRY(connection_.prepare("INSERT INTO org (name, created_at) VALUES (?1, ?2)"));
    insert.bind_text(1, name);
    insert.bind(2, microseconds_of(now));
    TRY(insert.run());
    org.id = {static_cast<std::uint32_t>(sqlite3_last_insert_rowid(connection_.get()))};
    return record_audit(connection_, creation_of(org));
  });
  if (!done) return done.error();
  return org;
}

Result<Key> SqliteKeyStore::create_key(Key key) {
  const Result<void> done = transaction([&]() -> Result<void> {
    if (!TRY(exists("SELECT 1 FROM org WHERE id = ?1", key.org.number))) {
      return org_not_found(key.org);
    }
    const std::string scopes = write_scopes(key.scopes);
    Statement insert = TRY(connection_.prepare(
        "INSERT INTO key (org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    insert.bind(1, key.org.number);
    insert.bind_text(2, name_of(key.kind));
    insert.bind_text(3, key.name);
    insert.bind_text(4, key.owner);
    insert.bind_blob(5, key.hash);
    insert.bind_text(6, scopes);
    insert.bind(7, microseconds_of(key.created_at));
    bind_time(insert, 8, key.expires_at);
    bind_time(insert, 9, key.revoked_at);
    TRY(insert.run());
    key.id = {static_cast<std::uint32_t>(sqlite3_last_insert_rowid(connection_.get()))};
    return record_audit(connection_, creation_of(key));
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
    Statement update = TRY(connection_.prepare("UPDATE key SET revoked_at = ?2 WHERE id = ?1"));
    update.bind(1, key.number);
    update.bind(2, microseconds_of(now));
    TRY(update.run());
    return record_audit(connection_, revocation_of(known, now));
  });
}

Result<std::unique_ptr<KeyStore>> open_keys(const std::string& directory) {
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
  return std::make_unique<SqliteKeyStore>(std::move(connection));
}

}  // namespace scorekeeper::store::sqlite
