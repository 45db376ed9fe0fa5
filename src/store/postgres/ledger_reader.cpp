#include "store/postgres/ledger_reader.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "store/postgres/tail.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement select_outcomes{
    "select_outcomes",
    "SELECT id, at, first_reported, remarks FROM outcome_change"
    " WHERE org = $1::integer AND id = ANY ($2::bigint[]) ORDER BY id"};
constexpr Statement select_request{
    "select_request",
    "SELECT key, accepted_at, total_received, total_changed, position, subject FROM request"
    " WHERE org = $1::integer AND id = $2::bigint"};

}  // namespace

Result<LedgerHead> read_ledger_head(Connection& connection) {
  const Rows rows = TRY(connection.query(
      "SELECT coalesce(max(last_id), 0), coalesce(max(last_at), 0),"
      " (SELECT value FROM meta WHERE key = 'requests_reserved') FROM ledger_head"));
  return LedgerHead{.last = {rows.u64(0, 0)},
                    .last_at = time_of_microseconds(rows.integer(0, 1)),
                    .requests_reserved = {rows.u64(0, 2)}};
}

Result<void> fold_ledger(Connection& connection, const FoldRow& row) {
  const Rows orgs = TRY(connection.query("SELECT org, last_id FROM ledger_head ORDER BY org"));
  for (int n = 0; n < orgs.size(); ++n) {
    TRY(read_row_range(connection, {orgs.u32(n, 0)}, {}, {orgs.u64(n, 1)}, row));
  }
  return {};
}

Result<std::vector<OutcomeRow>> read_rows(Connection& connection, OrgId org,
                                          std::span<const RowId> ids) {
  std::vector<OutcomeRow> outcomes;
  if (ids.empty()) return outcomes;
  std::vector<std::int64_t> wanted;
  wanted.reserve(ids.size());
  for (const RowId id : ids) wanted.push_back(static_cast<std::int64_t>(id.number));
  const Rows rows = TRY(connection.run(
      select_outcomes,
      Parameters().add(std::int64_t{org.number}).add_array(std::span<const std::int64_t>(wanted))));
  std::vector<OutcomeRow> found;
  found.reserve(static_cast<std::size_t>(rows.size()));
  for (int n = 0; n < rows.size(); ++n) {
    found.push_back({.id = {rows.u64(n, 0)},
                     .at = time_of_microseconds(rows.integer(n, 1)),
                     .first_reported = time_of_seconds(rows.u32(n, 2)),
                     .remarks = std::string(rows.text(n, 3))});
  }
  outcomes.reserve(ids.size());
  for (const RowId id : ids) {
    const auto place = std::ranges::lower_bound(found, id, {}, &OutcomeRow::id);
    if (place == found.end() || place->id != id) {
      return make_error(Code::internal, "the ledger has no row " + std::to_string(id.number));
    }
    outcomes.push_back(*place);
  }
  return outcomes;
}

Result<std::optional<AcceptedRequest>> find_request(Connection& connection, OrgId org,
                                                    RequestNumber number) {
  const Rows rows = TRY(connection.run(
      select_request, Parameters().add(std::int64_t{org.number}).add_bits(number.number)));
  if (rows.empty()) return std::optional<AcceptedRequest>();
  return std::optional(AcceptedRequest{.number = number,
                                       .org = org,
                                       .key = {rows.u32(0, 0)},
                                       .accepted_at = time_of_microseconds(rows.integer(0, 1)),
                                       .total_received = rows.u32(0, 2),
                                       .total_changed = rows.u32(0, 3),
                                       .position = {rows.u64(0, 4)},
                                       .subject = std::string(rows.text(0, 5))});
}

}  // namespace scorekeeper::store::postgres
