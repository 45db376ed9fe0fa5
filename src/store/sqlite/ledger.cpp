#include "store/sqlite/ledger.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "store/last_reported.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t rows_per_statement = 20;
constexpr int change_columns = 12;
constexpr int request_columns = 8;

std::int64_t stored(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }

// Each binds one row from parameter `at` + 1 on, in the order of the table's columns.
void bind_row(Statement& statement, int at, const OutcomeChange& change) {
  statement.bind(at + 1, stored(change.id.number));
  statement.bind(at + 2, change.org.number);
  statement.bind(at + 3, change.rule.number);
  statement.bind(at + 4, change.entity.number);
  statement.bind(at + 5, std::to_underlying(change.state));
  statement.bind(at + 6, change.first_reported);
  statement.bind(at + 7, stored(change.hash));
  statement.bind(at + 8, microseconds_of(change.at));
  statement.bind(at + 9, stored(change.previous.number));
  statement.bind(at + 10, change.key.number);
  statement.bind(at + 11, stored(change.request.number));
  statement.bind_text(at + 12, change.remarks);
}
void bind_row(Statement& statement, int at, const AcceptedRequest& request) {
  statement.bind(at + 1, stored(request.number.number));
  statement.bind(at + 2, request.org.number);
  statement.bind(at + 3, request.key.number);
  statement.bind(at + 4, microseconds_of(request.accepted_at));
  statement.bind(at + 5, request.total_received);
  statement.bind(at + 6, request.total_changed);
  statement.bind(at + 7, stored(request.position.number));
  statement.bind_text(at + 8, request.subject);
}

std::string insert_sql(std::string_view table, int columns, std::size_t rows) {
  std::string row = "(?";
  for (int column = 1; column < columns; ++column) row += ",?";
  row += ")";
  std::string sql = "INSERT INTO " + std::string(table) + " VALUES " + row;
  for (std::size_t n = 1; n < rows; ++n) sql += "," + row;
  return sql;
}

constexpr int columns_of(const OutcomeChange*) { return change_columns; }
constexpr int columns_of(const AcceptedRequest*) { return request_columns; }

}  // namespace

Result<LedgerWriter::Insert> LedgerWriter::prepare_insert(std::string_view table, int columns) {
  Insert insert;
  insert.many = TRY(writer_.connection().prepare(insert_sql(table, columns, rows_per_statement)));
  insert.one = TRY(writer_.connection().prepare(insert_sql(table, columns, 1)));
  return insert;
}

template <class Row>
Result<void> LedgerWriter::insert(Insert& statements, std::span<const Row> rows) {
  const int columns = columns_of(rows.data());
  for (; rows.size() >= rows_per_statement; rows = rows.subspan(rows_per_statement)) {
    for (std::size_t n = 0; n < rows_per_statement; ++n) {
      bind_row(statements.many, static_cast<int>(n) * columns, rows[n]);
    }
    TRY(statements.many.run());
  }
  for (const Row& row : rows) {
    bind_row(statements.one, 0, row);
    TRY(statements.one.run());
  }
  return {};
}

Result<std::unique_ptr<LedgerWriter>> LedgerWriter::open(Writer& writer) {
  std::unique_ptr<LedgerWriter> ledger(new LedgerWriter(writer));
  Connection& connection = writer.connection();
  ledger->changes_ = TRY(ledger->prepare_insert("outcome_change", change_columns));
  ledger->requests_ = TRY(ledger->prepare_insert("request", request_columns));
  TRY(ledger->entities_.prepare(connection));
  ledger->reserve_ =
      TRY(connection.prepare("INSERT INTO meta VALUES ('requests_reserved', ?1) "
                             "ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
  ledger->save_reported_ = TRY(
      connection.prepare("INSERT INTO last_reported VALUES (?1, ?2, ?3, ?4) "
                         "ON CONFLICT (org, rule, block) DO UPDATE SET times = excluded.times"));
  // Requests are accepted in the order of their numbers: only the first `limit` are looked at.
  ledger->forget_requests_ = TRY(connection.prepare(
      "DELETE FROM request WHERE id IN (SELECT id FROM "
      "(SELECT id, accepted_at FROM request ORDER BY id LIMIT ?2) WHERE accepted_at < ?1)"));
  const auto reserved = TRY(connection.query_integer(
      "SELECT coalesce((SELECT value FROM meta WHERE key = 'requests_reserved'), 0)"));
  ledger->requests_reserved_ = std::bit_cast<std::uint64_t>(reserved);
  return ledger;
}

Result<void> LedgerWriter::reserve_requests(RequestNumber reserved) {
  reserve_.bind(1, stored(reserved.number));
  return reserve_.run();
}

Result<void> LedgerWriter::append_rows(const Group& group) {
  if (group.requests_reserved.number > requests_reserved_) {
    TRY(reserve_requests(group.requests_reserved));
  }
  TRY(entities_.put(group.entities));
  TRY(insert(changes_, group.changes));
  return insert(requests_, group.requests);
}

Result<void> LedgerWriter::append(const Group& group) {
  TRY(writer_.transaction([&] { return append_rows(group); }));
  requests_reserved_ = std::max(requests_reserved_, group.requests_reserved.number);
  return {};
}

Result<void> LedgerWriter::save_reported(std::span<const ReportedBlock> blocks) {
  return writer_.transaction([&]() -> Result<void> {
    for (const ReportedBlock& block : blocks) {
      encode_last_reported(block.last_reported, blob_);
      save_reported_.bind(1, block.org.number);
      save_reported_.bind(2, block.rule.number);
      save_reported_.bind(3, block.block);
      save_reported_.bind_blob(4, blob_);
      TRY(save_reported_.run());
    }
    return {};
  });
}

Result<std::uint64_t> LedgerWriter::forget_requests(Time before, std::uint64_t limit) {
  std::uint64_t forgotten = 0;
  const Result<void> done = writer_.transaction([&]() -> Result<void> {
    forget_requests_.bind(1, microseconds_of(before));
    forget_requests_.bind(2, stored(std::min<std::uint64_t>(limit, INT64_MAX)));
    TRY(forget_requests_.run());
    forgotten = static_cast<std::uint64_t>(sqlite3_changes64(writer_.connection().get()));
    return {};
  });
  if (!done) return done.error();
  return forgotten;
}

}  // namespace scorekeeper::store::sqlite
