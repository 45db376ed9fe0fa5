#include "store/sqlite/prune.h"

#include <string>
#include <utility>

#include "store/sqlite/keys.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

// The number of pieces that go into the write-ahead log before it is copied into the file: a
// running server does that, too.
constexpr unsigned pieces_per_checkpoint = 32;

void bind_place(Statement& statement, OrgId org, RowId position) {
  statement.bind(1, org.number);
  statement.bind_bits(2, position.number);
}

// The command line's, beside a server or alone. Takes no lock file.
class SqlitePruner final : public Pruner {
 public:
  explicit SqlitePruner(SqliteConnection connection) : connection_(std::move(connection)) {}
  Result<void> start() {
    tables_ = TRY(SqlitePruneTables::open(connection_));
    return {};
  }

  Result<Pruned> prune(const PruneWork& work) override {
    TRY(connection_.execute(work.dry_run ? "BEGIN" : "BEGIN IMMEDIATE"));
    auto pruned = prune_piece(*tables_, work);
    Result<void> done;
    if (pruned) done = connection_.execute("COMMIT");
    if ((!pruned || !done) && connection_.in_transaction()) {
      TRY(connection_.execute("ROLLBACK"));
    }
    TRY(done);
    if (pruned && !work.dry_run) TRY(copy_log(pruned->next.has_value()));
    return pruned;
  }

 private:
  // A reader or the server in the way does no harm.
  Result<void> copy_log(bool more) {
    if (more && ++pieces_ % pieces_per_checkpoint != 0) return {};
    const int code = sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                               nullptr, nullptr);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
    return error_of(connection_.get(), code, "cannot checkpoint");
  }

  SqliteConnection connection_;
  std::unique_ptr<SqlitePruneTables> tables_;
  unsigned pieces_ = 0;
};

}  // namespace

Result<std::unique_ptr<SqlitePruneTables>> SqlitePruneTables::open(SqliteConnection& connection) {
  auto tables = std::make_unique<SqlitePruneTables>();
  TRY(tables->prepare(connection));
  return tables;
}

Result<void> SqlitePruneTables::prepare(SqliteConnection& connection) {
  TRY(reader_.prepare(connection));
  audit_floor_ = TRY(connection.prepare("SELECT audit_floor FROM log_placed_head WHERE org = ?1"));
  steps_ = TRY(connection.prepare(
      "SELECT c.position, c.record, (SELECT coalesce(max(d.position), 0) FROM log_catalog AS d"
      "  WHERE d.org = c.org AND d.resource = c.resource AND d.id = c.id AND d.position < "
      "c.position)"
      " FROM log_catalog AS c"
      " WHERE c.org = ?1 AND c.position > ?2 AND c.position <= ?3 ORDER BY c.position LIMIT ?4"));
  move_floors_ =
      TRY(connection.prepare("INSERT INTO log_placed_head"
                             " SELECT org, position, at, chain, ?2, ?3 FROM log_head WHERE org = ?1"
                             " ON CONFLICT (org) DO UPDATE SET floor = excluded.floor,"
                             " audit_floor = excluded.audit_floor"));
  const std::string tail = "(SELECT row FROM log WHERE row > (" + std::string(select_log_placed) +
                           ") AND org = ?1 AND position ";
  const std::string placed = "(SELECT row FROM log_place WHERE org = ?1 AND position ";
  const std::string here = " WHERE row = coalesce(" + placed + "= ?2), " + tail + "= ?2))";
  put_body_ = TRY(connection.prepare("UPDATE log SET body = ?3" + here));
  remove_ = TRY(connection.prepare("DELETE FROM log" + here));
  // A log that has a later place has none of those before it in the tail: that is not searched.
  end_group_ = TRY(
      connection.prepare("UPDATE log SET group_end = 1 WHERE at = ?3 AND row = coalesce(" + tail +
                         "< ?2 AND NOT EXISTS " + placed + "> ?2) ORDER BY row DESC LIMIT 1), " +
                         placed + "< ?2 ORDER BY position DESC LIMIT 1))"));
  forget_place_ =
      TRY(connection.prepare("DELETE FROM log_catalog WHERE org = ?1 AND position = ?2"));
  return {};
}

Result<PruneTables::At> SqlitePruneTables::at(OrgId org) {
  At at{.head = TRY(reader_.head(org)), .audit_floor = {}};
  audit_floor_.bind(1, org.number);
  if (TRY(audit_floor_.step())) {
    at.audit_floor = {audit_floor_.u64(0)};
    audit_floor_.reset();
  }
  return at;
}

Result<std::vector<LogRecord>> SqlitePruneTables::records_with(OrgId org,
                                                               std::span<const RowId> positions) {
  std::vector<LogRecord> records;
  RowId looked_to;
  for (const RowId position : positions) {
    if (position <= looked_to) continue;
    auto record = TRY(reader_.record(org, position));
    if (!record) continue;
    looked_to = record->last();
    records.push_back(*std::move(record));
  }
  return records;
}

Result<std::vector<PruneTables::CatalogStep>> SqlitePruneTables::catalog_steps(
    OrgId org, const Floors& floors, std::size_t steps_max) {
  std::vector<CatalogStep> steps;
  bind_place(steps_, org, floors.audit);
  steps_.bind_bits(3, floors.history.number);
  steps_.bind(4, static_cast<std::int64_t>(steps_max));
  std::vector<RowId> begins;  // of their records
  while (TRY(steps_.step())) {
    steps.push_back({.position = {steps_.u64(0)}, .superseded = {steps_.u64(2)}});
    begins.push_back({steps_.u64(1)});
  }
  std::optional<LogRecord> record;
  for (std::size_t n = 0; n < steps.size(); ++n) {
    if (!record || record->position != begins[n]) record = TRY(reader_.record(org, begins[n]));
    if (!record) {
      return make_error(Code::internal,
                        "the log has no record at " + std::to_string(begins[n].number));
    }
    steps[n].at = record->at;
  }
  return steps;
}

Result<void> SqlitePruneTables::move_floors(OrgId org, const Floors& floors) {
  bind_place(move_floors_, org, floors.history);
  move_floors_.bind_bits(3, floors.audit.number);
  return move_floors_.run();
}

Result<void> SqlitePruneTables::put_body(const LogRecord& record) {
  bind_place(put_body_, record.org, record.position);
  put_body_.bind_text(3, record.body);
  return put_body_.run();
}

Result<void> SqlitePruneTables::remove(const LogRecord& record) {
  bind_place(remove_, record.org, record.position);
  return remove_.run();
}

Result<void> SqlitePruneTables::end_group_before(const LogRecord& record) {
  bind_place(end_group_, record.org, record.position);
  end_group_.bind(3, microseconds_of(record.at));
  return end_group_.run();
}

Result<void> SqlitePruneTables::forget_places(OrgId org, std::span<const RowId> positions) {
  for (const RowId position : positions) {
    bind_place(forget_place_, org, position);
    TRY(forget_place_.run());
  }
  return {};
}

Result<std::unique_ptr<Pruner>> open_pruner(const std::string& directory) {
  SqliteConnection connection = TRY(open_to_write(directory));
  auto pruner = std::make_unique<SqlitePruner>(std::move(connection));
  TRY(pruner->start());
  return std::unique_ptr<Pruner>(std::move(pruner));
}

}  // namespace scorekeeper::store::sqlite
