#include "store/postgres/tail.h"

#include <algorithm>

#include "store/postgres/catalog.h"

namespace scorekeeper::store::postgres {
namespace {

// By ranges, not by LIMIT: on a table without statistics PostgreSQL sorts all that is left for
// that.
constexpr std::uint64_t rows_per_page = 20'000;

constexpr Statement select_head{"select_head",
                                "SELECT last_id, last_at FROM ledger_head WHERE org = $1::integer"};
constexpr Statement select_rows{
    "select_rows",
    "SELECT id, rule, entity, state, first_reported, hash, at FROM outcome_change"
    " WHERE org = $1::integer AND id > $2::bigint AND id <= $3::bigint ORDER BY id"};

}  // namespace

Result<Head> read_head(Connection& connection, OrgId org) {
  const Rows rows = TRY(connection.run(select_head, Parameters().add(std::int64_t{org.number})));
  if (rows.empty()) return Head{.org = org, .last = {}, .last_at = {}};
  return Head{
      .org = org, .last = {rows.u64(0, 0)}, .last_at = time_of_microseconds(rows.integer(0, 1))};
}

Result<void> read_row_range(Connection& connection, OrgId org, RowId from, RowId to,
                            const FoldRow& row) {
  while (from < to) {
    const RowId end{std::min(to.number, from.number + rows_per_page)};
    const Rows rows = TRY(connection.run(
        select_rows,
        Parameters().add(std::int64_t{org.number}).add_bits(from.number).add_bits(end.number)));
    from = end;
    for (int n = 0; n < rows.size(); ++n) {
      row({.id = {rows.u64(n, 0)},
           .previous = {},
           .org = org,
           .rule = {rows.u32(n, 1)},
           .entity = {rows.u32(n, 2)},
           .state = static_cast<State>(rows.integer(n, 3)),
           .first_reported = rows.u32(n, 4),
           .hash = rows.u64(n, 5),
           .at = time_of_microseconds(rows.integer(n, 6)),
           .key = {},
           .request = {},
           .remarks = {}});
    }
  }
  return {};
}

Result<void> read_tail(Connection& connection, const Head& head, std::optional<RowId> since,
                       const TailReader& reader) {
  const OrgId org = head.org;
  const std::int64_t behind = since ? static_cast<std::int64_t>(since->number) : -1;
  reader.catalog(TRY(read_catalog_tail(connection, org, behind)));
  TRY(read_entity_tail(connection, org, behind, reader.entity));
  TRY(read_definition_tail(connection, org, behind, reader.definition));
  return read_row_range(connection, org, since.value_or(RowId{}), head.last, reader.row);
}

}  // namespace scorekeeper::store::postgres
