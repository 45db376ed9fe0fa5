#include "store/sqlite/prune.h"

#include <string>
#include <utility>

#include "store/sqlite/keys.h"
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
  explicit SqlitePruner(Connection connection) : connection_(std::move(connection)) {}
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

  Connection connection_;
  std::unique_ptr<SqlitePruneTables> tables_;
  unsigned pieces_ = 0;
};

}  // namespace

Result<std::unique_ptr<SqlitePruneTables>> SqlitePruneTables::open(Connection& connection) {
  auto tables = std::make_unique<SqlitePruneTables>();
  TRY(tables->prepare(connection));
  return tables;
}

Result<void> SqlitePruneTables::prepare(Connection& connection) {
  TRY(reader_.prepare(connection));
  audit_floor_ = TRY(connection.prepare("SELECT audit_floor FROM log_head WHERE org = ?1"));
  record_ = TRY(connection.prepare("SELECT " + std::string(record_columns) +
                                   " FROM log WHERE org = ?1 AND position <= ?2"
                                   " ORDER BY position DESC LIMIT 1"));
  steps_ = TRY(connection.prepare(
      "SELECT c.position, l.at, (SELECT coalesce(max(d.position), 0) FROM log_catalog AS d"
      "  WHERE d.org = c.org AND d.resource = c.resource AND d.id = c.id AND d.position < "
      "c.position)"
      " FROM log_catalog AS c JOIN log AS l ON l.org = c.org AND l.position = c.record"
      " WHERE c.org = ?1 AND c.position > ?2 AND c.position <= ?3 ORDER BY c.position LIMIT ?4"));
  move_floors_ =
      TRY(connection.prepare("UPDATE log_head SET floor = ?2, audit_floor = ?3 WHERE org = ?1"));
  put_body_ = TRY(connection.prepare("UPDATE log SET body = ?3 WHERE org = ?1 AND position = ?2"));
  remove_ = TRY(connection.prepare("DELETE FROM log WHERE org = ?1 AND position = ?2"));
  end_group_ = TRY(
      connection.prepare("UPDATE log SET group_end = 1 WHERE org = ?1 AND at = ?3 AND position ="
                         " (SELECT max(position) FROM log WHERE org = ?1 AND position < ?2)"));
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
    bind_place(record_, org, position);
    if (!TRY(record_.step())) continue;
    auto record = record_of(record_);
    record_.reset();
    if (!record) return record.error();
    if (record->last() < position) continue;
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
  while (TRY(steps_.step())) {
    steps.push_back({.position = {steps_.u64(0)},
                     .at = time_of_microseconds(steps_.integer(1)),
                     .superseded = {steps_.u64(2)}});
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
  Connection connection = TRY(open_to_write(directory));
  auto pruner = std::make_unique<SqlitePruner>(std::move(connection));
  TRY(pruner->start());
  return std::unique_ptr<Pruner>(std::move(pruner));
}

}  // namespace scorekeeper::store::sqlite
