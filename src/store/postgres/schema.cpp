#include "store/postgres/schema.h"

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr int create_attempts = 5;

constexpr Statement insert_secret{"insert_secret", "INSERT INTO secret VALUES ($1::text, $2)"};
constexpr Statement select_secret{"select_secret",
                                  "SELECT value FROM secret WHERE name = $1::text"};
constexpr Statement insert_meta{"insert_meta", "INSERT INTO meta VALUES ($1::text, $2::bigint)"};
constexpr Statement set_version{"set_version", "UPDATE schema_version SET version = $1::bigint"};

Result<void> fill_new_store(Connection& connection) {
  for (const char* const name : {"change_key", "request_key"}) {
    std::array<std::byte, sizeof(SipKey)> secret{};
    fill_random(secret);
    TRY(connection.run(insert_secret, Parameters().add(name).add_bytes(secret)));
  }
  TRY(connection.run(insert_meta, Parameters().add("epoch").add_bits(random_u64())));
  return {};
}

Result<void> bring_up_to_date(Connection& connection, Migrate how) {
  TRY(connection.execute("LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE"));
  const Rows found = TRY(connection.query("SELECT version FROM schema_version"));
  const auto known = static_cast<std::int64_t>(migrations().size());
  const std::int64_t version = found.empty() ? 0 : found.integer(0, 0);
  if (version == known) return {};
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
  if (found.empty()) TRY(connection.execute("INSERT INTO schema_version VALUES (0)"));
  TRY(connection.execute("SET LOCAL statement_timeout = 0"));
  for (auto step = version; step < known; ++step) {
    TRY(connection.execute(migrations()[static_cast<std::size_t>(step)]));
  }
  if (version == 0) TRY(fill_new_store(connection));
  TRY(connection.run(set_version, Parameters().add(known)));
  return {};
}

Result<SipKey> read_secret(Connection& connection, std::string_view name) {
  const Rows rows = TRY(connection.run(select_secret, Parameters().add(name)));
  std::array<std::uint64_t, 2> words{};
  const auto bytes = rows.empty() ? std::vector<std::byte>() : rows.bytes(0, 0);
  if (bytes.size() != sizeof(words)) {
    return make_error(Code::internal, "the store has no secret " + std::string(name));
  }
  std::memcpy(words.data(), bytes.data(), sizeof(words));
  return SipKey{.k0 = words[0], .k1 = words[1]};
}

// Two that make the table at the same time: one of them fails with a duplicate in a catalog of
// PostgreSQL's own.
Result<void> make_version_table(Connection& connection) {
  for (int attempt = 1;; ++attempt) {
    auto made = connection.execute(
        "SET client_min_messages = error; "
        "CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL); "
        "RESET client_min_messages");
    if (made || attempt == create_attempts || connection.is_broken()) return made;
  }
}

}  // namespace

Result<void> migrate(Connection& connection, Migrate how) {
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (TRY(version_of(connection)) == known) return {};
  TRY(make_version_table(connection));
  TRY(connection.execute("BEGIN"));
  Result<void> done = bring_up_to_date(connection, how);
  if (done) return connection.execute("COMMIT");
  if (!connection.is_broken()) TRY(connection.execute("ROLLBACK"));
  return done;
}

Result<std::int64_t> version_of(Connection& connection) {
  const Rows table = TRY(connection.query("SELECT to_regclass('schema_version') IS NOT NULL"));
  if (table.text(0, 0) != "t") return 0;
  const Rows found = TRY(connection.query("SELECT version FROM schema_version"));
  return found.empty() ? 0 : found.integer(0, 0);
}

Result<Secrets> read_secrets(Connection& connection) {
  const SipKey change_key = TRY(read_secret(connection, "change_key"));
  const SipKey request_key = TRY(read_secret(connection, "request_key"));
  return Secrets{.change_key = change_key, .request_key = request_key};
}

Result<std::int64_t> read_epoch(Connection& connection) {
  const Rows rows = TRY(connection.query("SELECT value FROM meta WHERE key = 'epoch'"));
  if (rows.empty()) return make_error(Code::internal, "the store has no epoch");
  return rows.integer(0, 0);
}

}  // namespace scorekeeper::store::postgres
