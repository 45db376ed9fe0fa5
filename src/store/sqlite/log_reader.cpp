#include "store/sqlite/log_reader.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>
#include <string>

#include "store/outcome_body.h"

namespace scorekeeper::store::sqlite {
namespace {

// Look-ups of some 10 µs each: some milliseconds of a read transaction.
constexpr std::size_t rows_per_transaction = 500;

Result<AuditActor> actor_of(std::string_view type, std::string_view id) {
  const auto known = parse_audit_actor_type(type);
  if (known) return AuditActor{.type = *known, .id = std::string(id)};
  return make_error(Code::internal, "the store has an unknown actor_type: " + std::string(type));
}

// The head in a row with org, position, at, chain, floor.
Head head_of(const Statement& row) {
  return Head{.org = {row.u32(0)},
              .last = {row.u64(1)},
              .last_at = time_of_microseconds(row.integer(2)),
              .chain = chain_of(row.blob(3)),
              .floor = {row.u64(4)}};
}

constexpr const char* select_heads = "SELECT org, position, at, chain, floor FROM ";

Error no_change(RowId position) {
  return make_error(Code::internal,
                    "the log has no outcome's change at " + std::to_string(position.number));
}

}  // namespace

Result<LogRecord> record_of(const Statement& row) {
  return LogRecord{.org = {row.u32(0)},
                   .position = {row.u64(1)},
                   .count = row.u32(2),
                   .at = time_of_microseconds(row.integer(3)),
                   .kind = static_cast<RecordKind>(row.integer(4)),
                   .actor = TRY(actor_of(row.text(5), row.text(6))),
                   .request = {row.u64(7)},
                   .request_id = std::string(row.text(8)),
                   .group_end = row.integer(9) != 0,
                   .chain = chain_of(row.blob(10)),
                   .body = std::string(row.text(11))};
}

Result<std::vector<Head>> read_heads(SqliteConnection& connection) {
  std::vector<Head> heads;
  Statement rows = TRY(connection.prepare(std::string(select_heads) + "log_head ORDER BY org"));
  while (TRY(rows.step())) heads.push_back(head_of(rows));
  return heads;
}

Result<std::int64_t> sum_of_floors(SqliteConnection& connection) {
  return connection.query_integer(
      "SELECT coalesce(sum(floor + audit_floor), 0) FROM log_placed_head");
}

Result<void> LogReader::prepare(SqliteConnection& connection) {
  connection_ = &connection;
  TRY(tail_.prepare(connection));
  head_ = TRY(connection.prepare(std::string(select_heads) + "log_placed_head WHERE org = ?1"));
  heads_ = TRY(connection.prepare(std::string(select_heads) + "log_placed_head ORDER BY org"));
  page_ = TRY(connection.prepare("SELECT " + std::string(record_columns) +
                                 " FROM log_place AS p JOIN log AS l ON l.row = p.row"
                                 " WHERE p.org = ?1 AND p.position > ?2"
                                 " ORDER BY p.position LIMIT ?3"));
  row_ = TRY(connection.prepare("SELECT " + std::string(record_columns) +
                                " FROM log AS l WHERE row = ?1"));
  place_ =
      TRY(connection.prepare("SELECT row FROM log_place WHERE org = ?1 AND position <= ?2"
                             " ORDER BY position DESC LIMIT 1"));
  outcomes_ = TRY(
      connection.prepare("SELECT position, count, at, body FROM log WHERE row = ?1 AND kind = 1"));
  request_ = TRY(connection.prepare(
      "SELECT actor_type, actor, accepted_at, total_received, total_changed, position FROM request"
      " WHERE id = ?1 AND org = ?2"));
  return {};
}

Result<Head> LogReader::head(OrgId org) {
  return read_at_once(*connection_, [&]() -> Result<Head> {
    TRY(tail_.refresh());
    return head_now(org);
  });
}

Result<std::vector<Head>> LogReader::heads_of(std::span<const OrgId> orgs) {
  return read_at_once(*connection_, [&]() -> Result<std::vector<Head>> {
    TRY(tail_.refresh());
    std::vector<Head> heads;
    heads.reserve(orgs.size());
    for (const OrgId org : orgs) heads.push_back(TRY(head_now(org)));
    return heads;
  });
}

Result<std::vector<Head>> LogReader::heads() {
  return read_at_once(*connection_, [&]() -> Result<std::vector<Head>> {
    TRY(tail_.refresh());
    std::map<OrgId, Head> heads;
    for (const OrgId org : tail_.orgs()) heads[org].org = org;
    while (TRY(heads_.step())) heads[{heads_.u32(0)}] = head_of(heads_);
    std::vector<Head> all;
    all.reserve(heads.size());
    for (Head& head : std::views::values(heads)) {
      tail_.advance(head);
      all.push_back(head);
    }
    return all;
  });
}

Result<Head> LogReader::head_now(OrgId org) {
  Head head;
  head.org = org;
  head_.bind(1, org.number);
  if (TRY(head_.step())) {
    head = head_of(head_);
    head_.reset();
  }
  tail_.advance(head);
  return head;
}

// A page is of one moment: between two looks a record may go from the tail to log_place.
Result<LogPage> LogReader::read(OrgId org, RowId after, std::size_t records_max) {
  return read_at_once(*connection_, [&] { return read_now(org, after, records_max); });
}

// One more than asked for tells whether the page is the last one. A record that the position is
// inside of is behind it no more.
Result<LogPage> LogReader::read_now(OrgId org, RowId after, std::size_t records_max) {
  TRY(tail_.refresh());
  LogPage page;
  page_.bind(1, org.number);
  page_.bind_bits(2, after.number);
  page_.bind(3, static_cast<std::int64_t>(std::min<std::size_t>(records_max, INT32_MAX) + 1));
  while (TRY(page_.step())) {
    if (page.records.size() == records_max) {
      page.end = false;
      page_.reset();
      break;
    }
    auto record = record_of(page_);
    if (!record) {
      page_.reset();
      return record.error();
    }
    page.records.push_back(*std::move(record));
  }
  for (const LogTail::Place& place : tail_.of(org)) {
    if (!page.end || place.position <= after) continue;
    // One that retention took away is not there.
    auto record = TRY(read_row(place.row));
    if (!record) continue;
    page.end = page.records.size() < records_max;
    if (page.end) page.records.push_back(*std::move(record));
  }
  return page;
}

Result<std::optional<LogRecord>> LogReader::read_row(std::int64_t row) {
  row_.bind(1, row);
  if (!TRY(row_.step())) return std::optional<LogRecord>();
  auto record = record_of(row_);
  row_.reset();
  if (!record) return record.error();
  return std::optional(*std::move(record));
}

// The row of the last record that begins there or before.
Result<std::optional<std::int64_t>> LogReader::find_row(OrgId org, RowId position) {
  const auto tail = tail_.of(org);
  const auto behind = std::ranges::upper_bound(tail, position, {}, &LogTail::Place::position);
  if (behind != tail.begin()) return std::optional(std::prev(behind)->row);
  place_.bind(1, org.number);
  place_.bind_bits(2, position.number);
  if (!TRY(place_.step())) return std::optional<std::int64_t>();
  const std::int64_t row = place_.integer(0);
  place_.reset();
  return std::optional(row);
}

Result<std::optional<LogRecord>> LogReader::record(OrgId org, RowId position) {
  TRY(tail_.refresh());
  const auto row = TRY(find_row(org, position));
  if (!row) return std::optional<LogRecord>();
  auto record = TRY(read_row(*row));
  if (record && record->last() < position) record.reset();
  return record;
}

Result<void> LogReader::read_rows(OrgId org, std::span<const RowId> positions,
                                  std::span<OutcomeRow*> rows) {
  TRY(tail_.refresh());
  for (std::size_t n = 0; n < positions.size();) {
    const auto row = TRY(find_row(org, positions[n]));
    outcomes_.bind(1, row.value_or(0));
    if (!TRY(outcomes_.step())) return no_change(positions[n]);
    const std::uint64_t first = outcomes_.u64(0);
    const std::uint64_t end = first + outcomes_.u64(1);
    const Time at = time_of_microseconds(outcomes_.integer(2));
    const std::string_view body = outcomes_.text(3);
    Result<void> done;
    if (positions[n].number >= end) done = no_change(positions[n]);
    for (; done && n < positions.size() && positions[n].number < end; ++n) {
      const auto change = read_changed_outcome(body, at, positions[n].number - first, text_);
      if (!change || !*change) {
        done = change ? no_change(positions[n]) : change.error();
        break;
      }
      *rows[n] = {.id = positions[n],
                  .rule = (*change)->rule,
                  .entity = (*change)->entity,
                  .at = at,
                  .first_reported = time_of_seconds((*change)->first_reported),
                  .remarks = std::string((*change)->remarks)};
    }
    outcomes_.reset();
    TRY(done);
  }
  return {};
}

Result<std::optional<AcceptedRequest>> LogReader::find_request(OrgId org, RequestNumber number) {
  request_.bind(1, std::bit_cast<std::int64_t>(number.number));
  request_.bind(2, org.number);
  if (!TRY(request_.step())) return std::optional<AcceptedRequest>();
  auto actor = actor_of(request_.text(0), request_.text(1));
  AcceptedRequest request{.number = number,
                          .org = org,
                          .actor = {},
                          .accepted_at = time_of_microseconds(request_.integer(2)),
                          .total_received = request_.u32(3),
                          .total_changed = request_.u32(4),
                          .position = {request_.u64(5)}};
  request_.reset();
  request.actor = TRY(std::move(actor));
  return std::optional(std::move(request));
}

Result<std::vector<OutcomeRow>> read_rows(SqliteConnection& connection, LogReader& reader,
                                          OrgId org, std::span<const RowId> positions) {
  std::vector<std::size_t> order(positions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // In their order those of one record are read together.
  std::ranges::sort(order, {}, [&](std::size_t n) { return positions[n]; });
  std::vector<OutcomeRow> rows(positions.size());
  std::vector<RowId> sorted;
  std::vector<OutcomeRow*> places;
  for (const std::size_t n : order) {
    sorted.push_back(positions[n]);
    places.push_back(&rows[n]);
  }
  for (std::size_t from = 0; from < sorted.size(); from += rows_per_transaction) {
    const std::size_t size = std::min(rows_per_transaction, sorted.size() - from);
    TRY(read_at_once(connection, [&] {
      return reader.read_rows(org, std::span(sorted).subspan(from, size),
                              std::span(places).subspan(from, size));
    }));
  }
  return rows;
}

}  // namespace scorekeeper::store::sqlite
