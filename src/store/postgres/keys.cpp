#include "store/postgres/keys.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/command_line.h"
#include "store/postgres/row_arrays.h"
#include "store/postgres/schema.h"
#include "store/postgres/snapshot.h"
#include "store/postgres/store.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement find_org{"find_org", "SELECT 1 FROM org WHERE id = $1::bigint"};
constexpr Statement find_org_by_name{"find_org_by_name", "SELECT 1 FROM org WHERE name = $1"};
constexpr Statement lock_keys{"lock_keys",
                              "SELECT value FROM meta WHERE key = 'keys_version' FOR UPDATE"};
constexpr Statement next_org{"next_org", "SELECT coalesce(max(id), 0) + 1 FROM org"};
constexpr Statement next_key{"next_key", "SELECT coalesce(max(id), 0) + 1 FROM key"};

template <class T>
Result<std::vector<T>> load_all(const Rows& rows) {
  std::vector<T> all;
  for (int row = 0; row < rows.size(); ++row) {
    ReadRow<T> read;
    TRY(load_row(rows, row, read.row));
    all.push_back(std::move(read.thing));
  }
  return all;
}

std::string list_sql(const Table& table) { return select_sql(table) + " ORDER BY id"; }

}  // namespace

Result<Keys> load_keys(PgConnection& connection) {
  Keys keys;
  const auto read = [&]() -> Result<void> {
    static const std::string orgs = list_sql(table_of<StateRow<const Org>>());
    static const std::string all_keys = list_sql(table_of<StateRow<const Key>>());
    connection.begin_batch();
    connection.add({.name = "list_orgs", .sql = orgs.c_str()});
    connection.add({.name = "list_keys", .sql = all_keys.c_str()});
    const std::vector<Rows> found = TRY(connection.finish_batch());
    keys.orgs = TRY(load_all<Org>(found[0]));
    keys.keys = TRY(load_all<Key>(found[1]));
    return {};
  };
  TRY(read_at_once(connection, read));
  return keys;
}

Result<std::uint64_t> keys_version(PgConnection& connection) {
  const Rows rows = TRY(connection.query("SELECT value FROM meta WHERE key = 'keys_version'"));
  if (rows.empty()) return make_error(Code::internal, "the store has no version of its keys");
  return rows.u64(0, 0);
}

template <class Decide>
Result<void> PostgresKeyStore::change(OrgId org, Time now, const Decide& decide) {
  CatalogChange change;
  const auto prepare = [&](AppendView& view) -> Result<Append> {
    PgConnection& connection = *TRY(turns_.in_turn());
    TRY(connection.run(lock_keys));
    change = TRY(decide(connection));
    Append append;
    if (change.changes.empty()) return append;
    append.records.push_back(command_record(change, now, view.heads().front()));
    append.change = &change;
    return append;
  };
  TRY(turns_.append(std::span(&org, 1), prepare));
  return {};
}

Result<Keys> PostgresKeyStore::load_keys() {
  return postgres::load_keys(*TRY(turns_.connection()));
}

Result<bool> PostgresKeyStore::try_to_create(const Org& org) {
  bool is_free = true;
  const auto create = [&](PgConnection& connection) -> Result<CatalogChange> {
    const Rows named = TRY(connection.run(find_org_by_name, Parameters().add(org.name)));
    if (!named.empty()) return org_exists(org.name);
    const Rows found = TRY(connection.run(find_org, Parameters().add(org.id.number)));
    is_free = found.empty();
    return is_free ? creation_of(org) : CatalogChange{.org = org.id, .changes = {}};
  };
  TRY(change(org.id, org.created_at, create));
  return is_free;
}

Result<Org> PostgresKeyStore::create_org(const std::string& name, Time now) {
  for (;;) {
    PgConnection& connection = *TRY(turns_.connection());
    // Before there is a head for an org that will not be.
    const Rows named = TRY(connection.run(find_org_by_name, Parameters().add(name)));
    if (!named.empty()) return org_exists(name);
    const Rows next = TRY(connection.run(next_org));
    Org org{.id = {next.u32(0, 0)}, .name = name, .created_at = now};
    if (TRY(try_to_create(org))) return org;
  }
}

Result<Key> PostgresKeyStore::create_key(Key key) {
  PgConnection& before = *TRY(turns_.connection());
  const Rows org = TRY(before.run(find_org, Parameters().add(key.org.number)));
  if (org.empty()) return org_not_found(key.org);
  const auto create = [&](PgConnection& connection) -> Result<CatalogChange> {
    const Rows next = TRY(connection.run(next_key));
    key.id = {next.u32(0, 0)};
    return creation_of(key);
  };
  TRY(change(key.org, key.created_at, create));
  return key;
}

Result<void> PostgresKeyStore::revoke_key(KeyId id, Time now) {
  const auto find = [&](PgConnection& connection) -> Result<Key> {
    static const std::string sql =
        select_sql(table_of<StateRow<const Key>>()) + " WHERE id = $1::bigint";
    const Statement find_key{.name = "find_key", .sql = sql.c_str()};
    const Rows rows = TRY(connection.run(find_key, Parameters().add(id.number)));
    std::vector<Key> found = TRY(load_all<Key>(rows));
    if (found.empty()) return key_not_found(id);
    return std::move(found.front());
  };
  PgConnection& before = *TRY(turns_.connection());
  const Key known = TRY(find(before));
  return change(known.org, now, [&](PgConnection& connection) -> Result<CatalogChange> {
    const Key key = TRY(find(connection));
    return key.revoked_at ? CatalogChange{.org = key.org, .changes = {}} : revocation_of(key, now);
  });
}

Result<void> check_is_store(const ConnectOptions& options) {
  PgConnection connection = TRY(PgConnection::open(options));
  if (TRY(version_of(connection)) == 0) return no_store("the database");
  return migrate(connection, Migrate::create_only);
}

Result<std::unique_ptr<KeyStore>> open_keys(const std::string& address) {
  const ConnectOptions options{.address = address};
  TRY(check_is_store(options));
  return std::make_unique<PostgresKeyStore>(options);
}

}  // namespace scorekeeper::store::postgres
