#include "store/postgres/prune.h"

#include <cstdint>
#include <memory>
#include <string>

#include "base/assert.h"
#include "store/postgres/append_turns.h"
#include "store/postgres/keys.h"
#include "store/postgres/log_reader.h"
#include "store/postgres/store.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement select_audit_floor{"select_audit_floor",
                                       "SELECT audit_floor FROM log_head WHERE org = $1::integer"};
// By LIMIT, so that each is one look at the index whatever the planner believes.
constexpr Statement select_steps{
    "select_steps",
    "SELECT c.position, l.at, coalesce((SELECT d.position FROM log_catalog AS d"
    "  WHERE d.org = c.org AND d.resource = c.resource AND md5(d.id) = md5(c.id) AND d.id = c.id"
    "  AND d.position < c.position ORDER BY d.position DESC LIMIT 1), 0)"
    " FROM (SELECT * FROM log_catalog WHERE org = $1::integer AND position > $2::bigint"
    "  AND position <= $3::bigint ORDER BY position LIMIT $4::bigint) AS c"
    " CROSS JOIN LATERAL (SELECT at FROM log WHERE org = $1::integer AND position = c.record"
    "  LIMIT 1) AS l ORDER BY c.position"};
constexpr Statement update_floors{
    "update_floors",
    "UPDATE log_head SET floor = $2::bigint, audit_floor = $3::bigint WHERE org = $1::integer"};
constexpr Statement update_body{
    "update_body",
    "UPDATE log SET body = $3::text WHERE org = $1::integer AND position = $2::bigint"};
constexpr Statement delete_record{
    "delete_record", "DELETE FROM log WHERE org = $1::integer AND position = $2::bigint"};
constexpr Statement end_group{
    "end_group",
    "UPDATE log SET group_end = 1 WHERE org = $1::integer AND at = $3::bigint AND position ="
    " (SELECT position FROM log WHERE org = $1::integer AND position < $2::bigint"
    " ORDER BY position DESC LIMIT 1)"};
constexpr Statement delete_places{
    "delete_places",
    "DELETE FROM log_catalog WHERE org = $1::integer AND position = ANY($2::bigint[])"};

Parameters place(OrgId org, RowId position) {
  return Parameters().add(std::int64_t{org.number}).add_bits(position.number);
}

// The command line's, beside servers or alone.
class PostgresPruner final : public Pruner {
 public:
  explicit PostgresPruner(const ConnectOptions& options) : turns_(options) {}
  Result<Pruned> prune(const PruneWork& work) override { return turns_.prune(work); }

 private:
  AppendTurns turns_;
};

}  // namespace

Result<PruneTables::At> PostgresPruneTables::at(OrgId org) {
  ASSERT(org == head_.org);
  const Rows rows =
      TRY(connection_.run(select_audit_floor, Parameters().add(std::int64_t{org.number})));
  return At{.head = head_, .audit_floor = {rows.empty() ? 0 : rows.u64(0, 0)}};
}

Result<LogPage> PostgresPruneTables::read(OrgId org, RowId after, std::size_t records_max) {
  return read_log(connection_, org, after, records_max);
}

Result<std::vector<LogRecord>> PostgresPruneTables::records_with(OrgId org,
                                                                 std::span<const RowId> positions) {
  return read_records_with(connection_, org, positions);
}

Result<std::vector<PruneTables::CatalogStep>> PostgresPruneTables::catalog_steps(
    OrgId org, const Floors& floors, std::size_t steps_max) {
  const Rows rows = TRY(connection_.run(
      select_steps, place(org, floors.audit).add_bits(floors.history.number).add_bits(steps_max)));
  std::vector<CatalogStep> steps;
  steps.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    steps.push_back({.position = {rows.u64(row, 0)},
                     .at = time_of_microseconds(rows.integer(row, 1)),
                     .superseded = {rows.u64(row, 2)}});
  }
  return steps;
}

// The first of the writes.
Result<void> PostgresPruneTables::move_floors(OrgId org, const Floors& floors) {
  connection_.begin_batch();
  has_written_ = true;
  connection_.add(update_floors, place(org, floors.history).add_bits(floors.audit.number));
  return {};
}

Result<void> PostgresPruneTables::put_body(const LogRecord& record) {
  connection_.add(update_body, place(record.org, record.position).add(record.body));
  return {};
}

Result<void> PostgresPruneTables::remove(const LogRecord& record) {
  connection_.add(delete_record, place(record.org, record.position));
  return {};
}

Result<void> PostgresPruneTables::end_group_before(const LogRecord& record) {
  connection_.add(end_group, place(record.org, record.position).add(microseconds_of(record.at)));
  return {};
}

Result<void> PostgresPruneTables::forget_places(OrgId org, std::span<const RowId> positions) {
  std::vector<std::int64_t> stored;
  for (const RowId position : positions) {
    stored.push_back(static_cast<std::int64_t>(position.number));
  }
  connection_.add(delete_places, Parameters().add(std::int64_t{org.number}).add_array(stored));
  return {};
}

Result<std::unique_ptr<Pruner>> open_pruner(const std::string& address) {
  const ConnectOptions options{.address = address};
  TRY(check_is_store(options));
  return std::make_unique<PostgresPruner>(options);
}

}  // namespace scorekeeper::store::postgres
