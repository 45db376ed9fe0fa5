#include "store/sqlite/tools/verify.h"

#include "store/sqlite/log_reader.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/verify_parts.h"

namespace scorekeeper::store::sqlite {
namespace {

// Some ms of a read transaction.
constexpr std::size_t records_per_page = 500;

struct Counted {
  const char* name;
  const char* table;
};
constexpr Counted counted[] = {
    {"orgs", "org"},
    {"keys", "key"},
    {"scorecards", "scorecard"},
    {"rules", "rule"},
    {"entities", "entity"},
    {"definitions", "entity_definition"},
    {"relations", "relation"},
    {"kinds", "kind"},
    {"campaigns", "campaign"},
    {"requests", "request"},
    {"catalog_changes", "log_catalog"},
};

// The checks of SQLite itself: pages, indexes, types of columns. Not their conditions: it forgets
// them on a connection that only reads.
Result<void> check_integrity(SqliteConnection& connection, Faults& faults) {
  Statement rows =
      TRY(connection.prepare("PRAGMA integrity_check(" + std::to_string(faults_shown_max) + ")"));
  while (TRY(rows.step())) {
    if (rows.text(0) != "ok") faults.add("SQLite says: " + std::string(rows.text(0)));
  }
  return {};
}

Result<void> check_foreign_keys(SqliteConnection& connection, Faults& faults) {
  Statement rows = TRY(connection.prepare("PRAGMA foreign_key_check"));
  while (TRY(rows.step())) {
    faults.add("a row of " + std::string(rows.text(0)) + " names a row of " +
               std::string(rows.text(2)) + " that is not there");
  }
  return {};
}

// A record that cannot be read ends the replay of its log.
Result<void> replay_log(LogReader& reader, const Head& head, Replays& replays, Faults& faults) {
  Replay& replay = replays.try_emplace(head.org, head.org, head.floor, faults).first->second;
  for (bool end = false; !end;) {
    const auto page = reader.read(head.org, replay.head().last, records_per_page);
    if (!page && page.error().code != Code::internal) return page.error();
    if (!page) {
      faults.add("log of org " + std::to_string(head.org.number) + ": " + page.error().detail);
      return {};
    }
    for (const LogRecord& record : page->records) replay.take(record);
    end = page->end;
  }
  return {};
}

Result<void> replay_logs(SqliteConnection& connection, Replays& replays, Faults& faults) {
  LogReader reader;
  TRY(reader.prepare(connection));
  for (const Head& head : TRY(read_heads(connection))) {
    TRY(replay_log(reader, head, replays, faults));
  }
  return {};
}

Result<void> count_tables(SqliteConnection& connection, Verification& verification) {
  for (const Counted& one : counted) {
    const auto count =
        TRY(connection.query_integer("SELECT count(*) FROM " + std::string(one.table)));
    verification.counts.emplace_back(one.name, static_cast<std::uint64_t>(count));
  }
  return {};
}

// Compares the store of the moment of the transaction.
Result<void> compare_all(SqliteConnection& connection, Replays& replays,
                         Verification& verification) {
  Faults faults(verification);
  TRY(replay_logs(connection, replays, faults));
  std::uint64_t records = 0;
  for (const Head& head : TRY(read_heads(connection))) {
    Replay& replay = replays.at(head.org);
    replay.finish(head);
    records += replay.records();
    verification.position.number += head.last.number;
  }
  TRY(check_foreign_keys(connection, faults));
  TRY(verify_state(connection, replays, faults));
  TRY(verify_rest(connection, faults));
  TRY(count_tables(connection, verification));
  verification.counts.emplace_back("rows", records);
  return {};
}

Result<void> verify_all(ReadStore& store, Verification& verification) {
  SqliteConnection& connection = store.connection;
  Faults faults(verification);
  TRY(check_integrity(connection, faults));
  // The rest would only stumble over the same damage.
  if (verification.faults_total > 0) return {};
  // A server may append meanwhile: what it appended since then is replayed in the transaction.
  const std::int64_t floors = TRY(sum_of_floors(connection));
  Replays replays;
  TRY(replay_logs(connection, replays, faults));
  TRY(connection.execute("BEGIN"));
  Result<void> done = [&]() -> Result<void> {
    // Retention has taken something away since the replay: the replay no longer tells what is
    // there.
    if (TRY(sum_of_floors(connection)) != floors) {
      replays.clear();
      verification.faults.clear();
      verification.faults_total = 0;
    }
    return compare_all(connection, replays, verification);
  }();
  TRY(connection.execute("COMMIT"));
  return done;
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
