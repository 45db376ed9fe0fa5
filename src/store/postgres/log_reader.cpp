#include "store/postgres/log_reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "store/outcome_body.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement begin_page{"begin_page", "BEGIN READ ONLY"};
constexpr Statement end_page{"end_page", "COMMIT"};
// On a table without statistics the planner would fetch all that is left and sort it. In the order
// of the index a page costs what it returns.
constexpr Statement in_order{
    "in_order",
    "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"};
constexpr Statement select_records{
    "select_records",
    "SELECT position, at, request, count, kind, group_end, actor_type, actor, request_id, chain,"
    " body FROM log WHERE org = $1::integer AND position > $2::bigint"
    " ORDER BY position LIMIT $3::bigint"};
constexpr Statement select_records_at{
    "select_records_at",
    "SELECT l.position, l.at, l.request, l.count, l.kind, l.group_end, l.actor_type, l.actor,"
    " l.request_id, l.chain, l.body FROM unnest($2::bigint[]) AS w(position)"
    " CROSS JOIN LATERAL (SELECT * FROM log WHERE org = $1::integer AND position = w.position"
    " LIMIT 1) AS l"};
// The record that has a position is the last one that begins at or before it. By LIMIT, so that
// each is one look at the index whatever the planner believes.
constexpr Statement select_outcomes{
    "select_outcomes",
    "SELECT l.position, l.count, l.kind, l.at, l.body FROM"
    " (SELECT DISTINCT r.position FROM unnest($2::bigint[]) AS w(position) CROSS JOIN LATERAL"
    "  (SELECT position FROM log WHERE org = $1::integer AND position <= w.position"
    "   ORDER BY position DESC LIMIT 1) AS r) AS f"
    " CROSS JOIN LATERAL (SELECT position, count, kind, at, body FROM log"
    "  WHERE org = $1::integer AND position = f.position LIMIT 1) AS l ORDER BY l.position"};
constexpr Statement select_records_with{
    "select_records_with",
    "SELECT l.position, l.at, l.request, l.count, l.kind, l.group_end, l.actor_type, l.actor,"
    " l.request_id, l.chain, l.body FROM"
    " (SELECT r.position FROM unnest($2::bigint[]) AS w(position) CROSS JOIN LATERAL"
    "  (SELECT position, count FROM log WHERE org = $1::integer AND position <= w.position"
    "   ORDER BY position DESC LIMIT 1) AS r WHERE w.position < r.position + r.count"
    "  GROUP BY r.position) AS f"
    " CROSS JOIN LATERAL (SELECT * FROM log WHERE org = $1::integer AND position = f.position"
    "  LIMIT 1) AS l ORDER BY l.position"};
constexpr Statement select_request{
    "select_request",
    "SELECT actor_type, actor, accepted_at, total_received, total_changed, position FROM request"
    " WHERE org = $1::integer AND id = $2::bigint"};

Result<Chain> chain_in(const Rows& rows, int row, int column) {
  const std::vector<std::byte> bytes = rows.bytes(row, column);
  Chain chain{};
  if (bytes.size() != chain.size()) {
    return make_error(Code::internal, "the log has a chain of another length");
  }
  std::ranges::copy(bytes, chain.begin());
  return chain;
}

Result<AuditActor> actor_in(const Rows& rows, int row, int type_column) {
  const std::string_view type = rows.text(row, type_column);
  const auto known = parse_audit_actor_type(type);
  if (!known) {
    return make_error(Code::internal, "the log has an unknown kind of actor: " + std::string(type));
  }
  return AuditActor{.type = *known, .id = std::string(rows.text(row, type_column + 1))};
}

Result<LogRecord> record_of(OrgId org, const Rows& rows, int row) {
  const std::int64_t kind = rows.integer(row, 4);
  if (kind != std::to_underlying(RecordKind::outcomes) &&
      kind != std::to_underlying(RecordKind::catalog)) {
    return make_error(Code::internal, "the log has a record of kind " + std::to_string(kind) +
                                          ", which this release does not know");
  }
  return LogRecord{.org = org,
                   .position = {rows.u64(row, 0)},
                   .count = rows.u32(row, 3),
                   .at = time_of_microseconds(rows.integer(row, 1)),
                   .kind = static_cast<RecordKind>(kind),
                   .actor = TRY(actor_in(rows, row, 6)),
                   .request = {rows.u64(row, 2)},
                   .request_id = std::string(rows.text(row, 8)),
                   .group_end = rows.integer(row, 5) != 0,
                   .chain = TRY(chain_in(rows, row, 9)),
                   .body = std::string(rows.text(row, 10))};
}

Error no_outcome(RowId position) {
  return make_error(Code::internal,
                    "the log has no outcome at position " + std::to_string(position.number));
}

Result<OutcomeRow> outcome_at(RowId position, const Rows& records) {
  // The last record that begins at or before it.
  int begin = 0;
  for (int end = records.size(); begin < end;) {
    const int middle = begin + (end - begin) / 2;
    if (records.u64(middle, 0) <= position.number) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  const int row = begin - 1;
  if (row < 0) return no_outcome(position);
  const std::uint64_t index = position.number - records.u64(row, 0);
  const bool is_there = index < records.u64(row, 1) &&
                        records.integer(row, 2) == std::to_underlying(RecordKind::outcomes);
  if (!is_there) return no_outcome(position);
  const Time at = time_of_microseconds(records.integer(row, 3));
  std::string text;
  const auto change =
      TRY(read_changed_outcome(records.text(row, 4), at, static_cast<std::size_t>(index), text));
  if (!change) return no_outcome(position);
  return OutcomeRow{.id = position,
                    .rule = change->rule,
                    .entity = change->entity,
                    .at = at,
                    .first_reported = time_of_seconds(change->first_reported),
                    .remarks = std::string(change->remarks)};
}

std::vector<std::int64_t> stored(std::span<const RowId> positions) {
  std::vector<std::int64_t> list;
  list.reserve(positions.size());
  for (const RowId position : positions) list.push_back(static_cast<std::int64_t>(position.number));
  return list;
}

Result<std::vector<LogRecord>> read_by(PgConnection& connection, const Statement& statement,
                                       OrgId org, std::span<const RowId> positions) {
  const auto wanted = stored(positions);
  const Rows rows =
      TRY(connection.run(statement, Parameters().add(std::int64_t{org.number}).add_array(wanted)));
  std::vector<LogRecord> records;
  records.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) records.push_back(TRY(record_of(org, rows, row)));
  return records;
}

}  // namespace

Head head_of(OrgId org, const Rows& rows, int row) {
  Head head{.org = org,
            .last = {rows.u64(row, 0)},
            .last_at = time_of_microseconds(rows.integer(row, 1)),
            .floor = {rows.u64(row, 3)}};
  const std::vector<std::byte> chain = rows.bytes(row, 2);
  std::copy_n(chain.begin(), std::min(chain.size(), head.chain.size()), head.chain.begin());
  return head;
}

Result<StoredHeads> read_heads(PgConnection& connection) {
  const Rows rows =
      TRY(connection.query("SELECT position, at, chain, floor, org, value FROM meta"
                           " LEFT JOIN log_head ON position > 0 WHERE key = 'epoch' ORDER BY org"));
  if (rows.empty()) return make_error(Code::internal, "the store has no epoch");
  StoredHeads found{.epoch = rows.integer(0, 5), .heads = {}};
  if (rows.is_null(0, 4)) return found;  // no log yet
  found.heads.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    found.heads.push_back(head_of({rows.u32(row, 4)}, rows, row));
  }
  return found;
}

Result<LogPage> read_log(PgConnection& connection, OrgId org, RowId after,
                         std::size_t records_max) {
  const bool inside = connection.in_transaction();
  connection.begin_batch();
  if (!inside) connection.add(begin_page);
  connection.add(in_order);
  connection.add(select_records, Parameters()
                                     .add(std::int64_t{org.number})
                                     .add_bits(after.number)
                                     .add(static_cast<std::int64_t>(records_max) + 1));
  if (!inside) connection.add(end_page);
  const std::vector<Rows> answers = TRY(connection.finish_batch());
  const Rows& rows = answers[inside ? 1 : 2];
  const auto found = static_cast<std::size_t>(rows.size());
  LogPage page{.records = {}, .end = found <= records_max};
  page.records.reserve(found);
  for (int row = 0; row < static_cast<int>(std::min(found, records_max)); ++row) {
    page.records.push_back(TRY(record_of(org, rows, row)));
  }
  return page;
}

Result<std::vector<LogRecord>> read_records(PgConnection& connection, OrgId org,
                                            std::span<const RowId> positions) {
  return read_by(connection, select_records_at, org, positions);
}

Result<std::vector<LogRecord>> read_records_with(PgConnection& connection, OrgId org,
                                                 std::span<const RowId> positions) {
  return read_by(connection, select_records_with, org, positions);
}

Result<std::vector<OutcomeRow>> read_rows(PgConnection& connection, OrgId org,
                                          std::span<const RowId> positions) {
  std::vector<OutcomeRow> outcomes;
  if (positions.empty()) return outcomes;
  const auto wanted = stored(positions);
  const Rows records = TRY(connection.run(
      select_outcomes, Parameters().add(std::int64_t{org.number}).add_array(wanted)));
  outcomes.reserve(positions.size());
  for (const RowId position : positions) outcomes.push_back(TRY(outcome_at(position, records)));
  return outcomes;
}

Result<std::optional<AcceptedRequest>> find_request(PgConnection& connection, OrgId org,
                                                    RequestNumber number) {
  const Rows rows = TRY(connection.run(
      select_request, Parameters().add(std::int64_t{org.number}).add_bits(number.number)));
  if (rows.empty()) return std::optional<AcceptedRequest>();
  return std::optional(AcceptedRequest{.number = number,
                                       .org = org,
                                       .actor = TRY(actor_in(rows, 0, 0)),
                                       .accepted_at = time_of_microseconds(rows.integer(0, 2)),
                                       .total_received = rows.u32(0, 3),
                                       .total_changed = rows.u32(0, 4),
                                       .position = {rows.u64(0, 5)}});
}

}  // namespace scorekeeper::store::postgres
