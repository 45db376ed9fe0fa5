#include "store/sqlite/verify.h"

#include "store/sqlite/schema.h"
#include "store/sqlite/verify_catalog.h"

namespace scorekeeper::store::sqlite {
namespace {

struct Counted {
  std::int64_t since_version;
  const char* name;
  const char* table;
};
constexpr Counted counted[] = {
    {1, "orgs", "org"},
    {1, "keys", "key"},
    {1, "scorecards", "scorecard"},
    {1, "rules", "rule"},
    {1, "entities", "entity"},
    {2, "definitions", "entity_definition"},
    {2, "relations", "relation"},
    {2, "kinds", "kind"},
    {2, "campaigns", "campaign"},
    {1, "requests", "request"},
    {3, "audit_events", "audit_event"},
};

// What SQLite finds by itself: pages, indexes, types of columns. Not their conditions: it forgets
// them on a connection that only reads.
Result<void> check_integrity(Connection& connection, Faults& faults) {
  Statement rows =
      TRY(connection.prepare("PRAGMA integrity_check(" + std::to_string(faults_shown_max) + ")"));
  while (TRY(rows.step())) {
    if (rows.text(0) != "ok") faults.add("SQLite says: " + std::string(rows.text(0)));
  }
  return {};
}

Result<void> check_foreign_keys(Connection& connection, Faults& faults) {
  Statement rows = TRY(connection.prepare("PRAGMA foreign_key_check"));
  while (TRY(rows.step())) {
    faults.add("a row of " + std::string(rows.text(0)) + " names a row of " +
               std::string(rows.text(2)) + " that is not there");
  }
  return {};
}

Result<void> verify_all(ReadStore& store, Verification& verification) {
  Connection& connection = store.connection;
  Faults faults(verification);
  TRY(check_integrity(connection, faults));
  // The rest would only stumble over the same damage.
  if (verification.faults_total > 0) return {};
  TRY(check_foreign_keys(connection, faults));
  // Before the catalog is read: a server may append meanwhile.
  const auto end = TRY(connection.query_integer("SELECT coalesce(max(id), 0) FROM outcome_change"));
  const KnownCatalog known = TRY(verify_names(connection, store.version, faults));
  TRY(verify_catalog(connection, store.version, faults));
  if (store.version >= 3) TRY(verify_audit(connection, faults));
  for (const Counted& one : counted) {
    if (store.version < one.since_version) continue;
    const auto count =
        TRY(connection.query_integer("SELECT count(*) FROM " + std::string(one.table)));
    verification.counts.emplace_back(one.name, static_cast<std::uint64_t>(count));
  }
  const auto rows = TRY(verify_ledger(connection, known, end, faults));
  verification.counts.emplace_back("rows", rows);
  verification.position = {static_cast<std::uint64_t>(end)};
  return {};
}

}  // namespace

Result<Verification> verify(const std::string& path) {
  ReadStore store = TRY(open_to_read(path));
  TRY(check_known(path, store.version));
  Verification verification;
  verification.version = store.version;
  const Result<void> done = verify_all(store, verification);
  if (done) return verification;
  // Damage that stops SQLite is a finding, not a failure to look.
  const int code = sqlite3_errcode(store.connection.get()) & 0xff;
  if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB) return done.error();
  Faults(verification).add("SQLite says: " + done.error().detail);
  return verification;
}

}  // namespace scorekeeper::store::sqlite
