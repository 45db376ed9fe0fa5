#include "store/postgres/keys.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/command_line.h"
#include "store/postgres/audit.h"
#include "store/postgres/schema.h"
#include "store/postgres/snapshot.h"
#include "store/postgres/store.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement list_orgs{"list_orgs", "SELECT id, name, created_at FROM org ORDER BY id"};
constexpr Statement list_keys{
    "list_keys",
    "SELECT id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at"
    " FROM key ORDER BY id"};
constexpr Statement find_key{
    "find_key",
    "SELECT id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at"
    " FROM key WHERE id = $1::bigint"};
constexpr Statement find_org{"find_org", "SELECT 1 FROM org WHERE id = $1::bigint"};
constexpr Statement find_org_by_name{"find_org_by_name", "SELECT 1 FROM org WHERE name = $1"};
constexpr Statement begin_change{"begin_key_change", "BEGIN"};
constexpr Statement lock_keys{"lock_keys",
                              "SELECT value FROM meta WHERE key = 'keys_version' FOR UPDATE"};
constexpr Statement put_org{
    "put_org",
    "INSERT INTO org (id, name, created_at)"
    " SELECT coalesce(max(id), 0) + 1, $1::text, $2::bigint FROM org RETURNING id"};
constexpr Statement put_key{
    "put_key",
    "INSERT INTO key (id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at)"
    " SELECT coalesce(max(id), 0) + 1, $1::integer, $2::text, $3::text, $4::text, $5::bytea,"
    " $6::text, $7::bigint, $8::bigint, $9::bigint FROM key RETURNING id"};
constexpr Statement set_revoked{"set_revoked", "UPDATE key SET revoked_at = $2 WHERE id = $1"};
// Locks the head of the org, which is made when there is none.
constexpr Statement next_event{
    "next_event",
    "INSERT INTO ledger_head (org, last_event) VALUES ($1, 1)"
    " ON CONFLICT (org) DO UPDATE SET last_event = ledger_head.last_event + 1"
    " RETURNING last_event"};
constexpr Statement commit_change{"commit_key_change", "COMMIT"};

std::optional<Time> time_in(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return time_of_microseconds(rows.integer(row, column));
}

std::optional<std::int64_t> stored(const std::optional<Time>& time) {
  if (!time) return std::nullopt;
  return microseconds_of(*time);
}

Result<Key> key_of(const Rows& rows, int row) {
  const std::string_view name = rows.text(row, 2);
  const auto kind = parse_key_kind(name);
  if (!kind) return make_error(Code::internal, "unknown kind of key: " + std::string(name));
  Key key{.id = {rows.u32(row, 0)},
          .org = {rows.u32(row, 1)},
          .kind = *kind,
          .name = std::string(rows.text(row, 3)),
          .owner = std::string(rows.text(row, 4)),
          .hash = {},
          .scopes = TRY(parse_scopes(rows.text(row, 6))),
          .created_at = time_of_microseconds(rows.integer(row, 7)),
          .expires_at = time_in(rows, row, 8),
          .revoked_at = time_in(rows, row, 9)};
  const std::vector<std::byte> hash = rows.bytes(row, 5);
  std::ranges::copy(std::span(hash).first(key.hash.size()), key.hash.begin());
  return key;
}

}  // namespace

Result<Keys> load_keys(Connection& connection) {
  Keys keys;
  const auto read = [&]() -> Result<void> {
    connection.begin_batch();
    connection.add(list_orgs);
    connection.add(list_keys);
    const std::vector<Rows> found = TRY(connection.finish_batch());
    const Rows& orgs = found[0];
    for (int row = 0; row < orgs.size(); ++row) {
      keys.orgs.push_back({.id = {orgs.u32(row, 0)},
                           .name = std::string(orgs.text(row, 1)),
                           .created_at = time_of_microseconds(orgs.integer(row, 2))});
    }
    for (int row = 0; row < found[1].size(); ++row) {
      keys.keys.push_back(TRY(key_of(found[1], row)));
    }
    return {};
  };
  TRY(read_at_once(connection, read));
  return keys;
}

Result<std::uint64_t> keys_version(Connection& connection) {
  const Rows rows = TRY(connection.query("SELECT value FROM meta WHERE key = 'keys_version'"));
  if (rows.empty()) return make_error(Code::internal, "the store has no version of its keys");
  return rows.u64(0, 0);
}

template <class Body>
Result<void> PostgresKeyStore::change(const Body& body) {
  connection_.begin_batch();
  connection_.add(begin_change);
  connection_.add(lock_keys);
  auto locked = connection_.finish_batch();
  Result<void> done;
  if (locked) {
    done = body();
  } else {
    done = std::move(locked).error();
  }
  if (!done) {
    if (!connection_.is_broken()) TRY(connection_.execute("ROLLBACK"));
    return done;
  }
  connection_.begin_batch();
  connection_.add(commit_change);
  auto committed = connection_.finish_commit();
  if (committed) return {};
  Error error = std::move(committed).error();
  if (connection_.in_doubt()) error.detail += "; the change may be stored all the same: list first";
  return error;
}

Result<void> PostgresKeyStore::record(const AuditEvent& event) {
  const Rows numbers =
      TRY(connection_.run(next_event, Parameters().add(std::int64_t{event.org.number})));
  connection_.begin_batch();
  add_event(connection_, event, {numbers.u64(0, 0)});
  auto added = connection_.finish_batch();
  if (!added) return std::move(added).error();
  return {};
}

Result<Keys> PostgresKeyStore::load_keys() { return postgres::load_keys(connection_); }

Result<Org> PostgresKeyStore::create_org(const std::string& name, Time now) {
  Org org{.id = {}, .name = name, .created_at = now};
  const auto create = [&]() -> Result<void> {
    const Rows found = TRY(connection_.run(find_org_by_name, Parameters().add(name)));
    if (!found.empty()) return org_exists(name);
    const Rows made =
        TRY(connection_.run(put_org, Parameters().add(name).add(microseconds_of(now))));
    org.id = {made.u32(0, 0)};
    return record(creation_of(org));
  };
  TRY(change(create));
  return org;
}

Result<Key> PostgresKeyStore::create_key(Key key) {
  const auto create = [&]() -> Result<void> {
    const Rows org = TRY(connection_.run(find_org, Parameters().add(key.org.number)));
    if (org.empty()) return org_not_found(key.org);
    const Rows made = TRY(connection_.run(put_key, Parameters()
                                                       .add(std::int64_t{key.org.number})
                                                       .add(name_of(key.kind))
                                                       .add(key.name)
                                                       .add(key.owner)
                                                       .add_bytes(key.hash)
                                                       .add(write_scopes(key.scopes))
                                                       .add(microseconds_of(key.created_at))
                                                       .add(stored(key.expires_at))
                                                       .add(stored(key.revoked_at))));
    key.id = {made.u32(0, 0)};
    return record(creation_of(key));
  };
  TRY(change(create));
  return key;
}

Result<void> PostgresKeyStore::revoke_key(KeyId key, Time now) {
  return change([&]() -> Result<void> {
    const Rows found = TRY(connection_.run(find_key, Parameters().add(key.number)));
    if (found.empty()) return key_not_found(key);
    const Key known = TRY(key_of(found, 0));
    if (known.revoked_at) return {};
    TRY(connection_.run(set_revoked, Parameters().add(key.number).add(microseconds_of(now))));
    return record(revocation_of(known, now));
  });
}

Result<std::unique_ptr<KeyStore>> open_keys(const std::string& address) {
  Connection connection = TRY(Connection::open(ConnectOptions{.address = address}));
  if (TRY(version_of(connection)) == 0) return no_store("the database");
  TRY(migrate(connection, Migrate::create_only));
  return std::make_unique<PostgresKeyStore>(std::move(connection));
}

}  // namespace scorekeeper::store::postgres
