#include "store/postgres/schema.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr int create_attempts = 5;
// Added to the version of a copy that is not finished: every release takes that for too new.
constexpr std::int64_t unfinished_version = 1'000'000;

constexpr Statement insert_secret{"insert_secret", "INSERT INTO secret VALUES ($1::text, $2)"};
constexpr Statement select_secret{"select_secret",
                                  "SELECT value FROM secret WHERE name = $1::text"};
constexpr Statement insert_meta{"insert_meta", "INSERT INTO meta VALUES ($1::text, $2::bigint)"};
constexpr Statement set_version{"set_version", "UPDATE schema_version SET version = $1::bigint"};

Secrets make_secrets() {
  Secrets secrets;
  for (SipKey* const key : {&secrets.change_key, &secrets.request_key}) {
    *key = {.k0 = random_u64(), .k1 = random_u64()};
  }
  return secrets;
}

Result<void> fill_new_store(PgConnection& connection, const Secrets& secrets) {
  const auto put = [&](std::string_view name, const SipKey& key) -> Result<void> {
    const auto bytes =
        std::bit_cast<std::array<std::byte, sizeof(SipKey)>>(std::array{key.k0, key.k1});
    TRY(connection.run(insert_secret, Parameters().add(name).add_bytes(bytes)));
    return {};
  };
  TRY(put("change_key", secrets.change_key));
  TRY(put("request_key", secrets.request_key));
  TRY(connection.run(insert_meta, Parameters().add("epoch").add_bits(random_u64())));
  return {};
}

Error refused_as_unfinished() {
  return make_error(Code::unavailable,
                    "the database is a copy that is not finished: go on with `scorekeeper copy`, "
                    "or drop it");
}

Error refused_as_old(std::int64_t version) {
  return make_error(
      Code::unavailable,
      "the database has schema version " + std::to_string(version) +
          ", of an earlier release, whose log has another form; this release cannot read it. Keep"
          " the old release to read it, start a new store in an empty database, and report again");
}

bool is_old(std::int64_t version) { return version > 0 && version < first_version; }

// Inside the transaction that has locked the table.
Result<void> apply(PgConnection& connection, std::int64_t version) {
  for (auto next = std::max(version + 1, first_version); next <= known_version(); ++next) {
    TRY(connection.execute(migrations()[static_cast<std::size_t>(next - first_version)]));
  }
  return {};
}

Result<std::int64_t> lock_version(PgConnection& connection) {
  // Another server's migration may take long.
  TRY(connection.execute("LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE"));
  const Rows found = TRY(connection.query("SELECT version FROM schema_version"));
  if (!found.empty()) return found.integer(0, 0);
  TRY(connection.execute("INSERT INTO schema_version VALUES (0)"));
  return 0;
}

Result<void> bring_up_to_date(PgConnection& connection, Migrate how) {
  const auto known = known_version();
  const std::int64_t version = TRY(lock_version(connection));
  if (version == known) return {};
  if (is_old(version)) return refused_as_old(version);
  if (version > unfinished_version) return refused_as_unfinished();
  if (version > known + 1) {
    return make_error(Code::unavailable,
                      "the database has schema version " + std::to_string(version) +
                          "; this release works with versions up to " + std::to_string(known + 1));
  }
  if (version > known) {
    log::warning("the schema is newer", {{"version", version}, {"known", known}});
    return {};
  }
  if (version > 0 && how == Migrate::create_only) {
    return make_error(Code::unavailable, "the database has schema version " +
                                             std::to_string(version) +
                                             ", made by an older release; start the server of "
                                             "this one first, or run migrate up");
  }
  TRY(apply(connection, version));
  if (version == 0) TRY(fill_new_store(connection, make_secrets()));
  TRY(connection.run(set_version, Parameters().add(known)));
  return {};
}

Result<SipKey> read_secret(PgConnection& connection, std::string_view name) {
  const Rows rows = TRY(connection.run(select_secret, Parameters().add(name)));
  std::array<std::uint64_t, 2> words{};
  const auto bytes = rows.empty() ? std::vector<std::byte>() : rows.bytes(0, 0);
  if (bytes.size() != sizeof(words)) {
    return make_error(Code::internal, "the store has no secret " + std::string(name));
  }
  std::memcpy(words.data(), bytes.data(), sizeof(words));
  return SipKey{.k0 = words[0], .k1 = words[1]};
}

}  // namespace

std::int64_t known_version() {
  return first_version + static_cast<std::int64_t>(migrations().size()) - 1;
}

// Two that make the table at the same time: one of them fails with a duplicate in a catalog of
// PostgreSQL's own.
Result<void> make_version_table(PgConnection& connection) {
  for (int attempt = 1;; ++attempt) {
    auto made = connection.execute(
        "SET client_min_messages = error; "
        "CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL); "
        "RESET client_min_messages");
    if (made || attempt == create_attempts || connection.is_broken()) return made;
  }
}

Result<void> migrate(PgConnection& connection, Migrate how) {
  // Another server's migration may take long.
  TRY(connection.execute("SET statement_timeout = 0; SET lock_timeout = 0"));
  if (TRY(version_of(connection)) == known_version()) return {};
  TRY(make_version_table(connection));
  TRY(connection.execute("BEGIN"));
  Result<void> done = bring_up_to_date(connection, how);
  if (done) return connection.execute("COMMIT");
  if (!connection.is_broken()) TRY(connection.execute("ROLLBACK"));
  return done;
}

Result<std::int64_t> version_of(PgConnection& connection) {
  const Rows table = TRY(connection.query("SELECT to_regclass('schema_version') IS NOT NULL"));
  if (table.text(0, 0) != "t") return 0;
  const Rows found = TRY(connection.query("SELECT version FROM schema_version"));
  const std::int64_t version = found.empty() ? 0 : found.integer(0, 0);
  if (version > unfinished_version) return refused_as_unfinished();
  if (is_old(version)) return refused_as_old(version);
  return version;
}

Result<Unfinished> lock_to_copy(PgConnection& connection) {
  const std::int64_t version = TRY(lock_version(connection));
  if (version == unfinished_version + known_version()) return Unfinished::unfinished;
  const Rows tables = TRY(connection.query(
      "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
      " AND relkind IN ('r', 'p') AND relname <> 'schema_version'"));
  const bool empty = version == 0 && tables.integer(0, 0) == 0;
  return empty ? Unfinished::no_store : Unfinished::other;
}

Result<void> create_unfinished(PgConnection& connection, const Secrets& secrets) {
  TRY(apply(connection, 0));
  TRY(fill_new_store(connection, secrets));
  TRY(connection.run(set_version, Parameters().add(unfinished_version + known_version())));
  return {};
}

Result<void> mark_finished(PgConnection& connection) {
  TRY(connection.run(set_version, Parameters().add(known_version())));
  return {};
}

Result<Secrets> read_secrets(PgConnection& connection) {
  const SipKey change_key = TRY(read_secret(connection, "change_key"));
  const SipKey request_key = TRY(read_secret(connection, "request_key"));
  return Secrets{.change_key = change_key, .request_key = request_key};
}

Result<std::int64_t> read_epoch(PgConnection& connection) {
  const Rows rows = TRY(connection.query("SELECT value FROM meta WHERE key = 'epoch'"));
  if (rows.empty()) return make_error(Code::internal, "the store has no epoch");
  return rows.integer(0, 0);
}

}  // namespace scorekeeper::store::postgres
