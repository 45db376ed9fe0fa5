#include "store/sqlite/readers.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "store/last_reported.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::chrono::milliseconds lend_timeout{3'000};
// Look-ups of 2 to 3 µs each (limits §2), rows of the fold of 0.1 to 0.2 µs each: some milliseconds
// of a read transaction.
constexpr std::size_t rows_per_transaction = 1'000;
constexpr std::int64_t fold_page = 50'000;

Result<std::unique_ptr<Reader>> open_reader(const ConnectionOptions& options) {
  Connection connection = TRY(open_connection(options));
  TRY(connection.execute("PRAGMA query_only = ON"));
  auto reader = std::make_unique<Reader>(
      Reader{.connection = std::move(connection), .row = {}, .request = {}, .ping = {}});
  reader->row =
      TRY(reader->connection.prepare("SELECT first_reported, at, remarks FROM outcome_change "
                                     "WHERE id = ?1 AND org = ?2"));
  reader->request = TRY(reader->connection.prepare(
      "SELECT key, accepted_at, total_received, total_changed, position, subject FROM request "
      "WHERE id = ?1 AND org = ?2"));
  reader->ping =
      TRY(reader->connection.prepare("SELECT value FROM meta WHERE key = 'keys_version'"));
  return reader;
}

// State of the SQL function fold_row, which hands a row to the fold as a side effect of the filter
// it stands in: half the cost of stepping over rows and asking for their columns.
struct FoldPage {
  const FoldRow& row;
  std::int64_t rows = 0;
  std::int64_t last = 0;
};

std::uint64_t u64_of(sqlite3_value* value) {
  return static_cast<std::uint64_t>(sqlite3_value_int64(value));
}
std::uint32_t u32_of(sqlite3_value* value) { return static_cast<std::uint32_t>(u64_of(value)); }

// True, which ends the statement's step, at the end of a page.
void fold_row(sqlite3_context* context, int, sqlite3_value** values) {
  auto& page = *static_cast<FoldPage*>(sqlite3_user_data(context));
  const OutcomeChange change{.id = {u64_of(values[0])},
                             .previous = {},
                             .org = {u32_of(values[1])},
                             .rule = {u32_of(values[2])},
                             .entity = {u32_of(values[3])},
                             .state = static_cast<State>(sqlite3_value_int(values[4])),
                             .first_reported = u32_of(values[5]),
                             .hash = u64_of(values[6]),
                             .at = time_of_microseconds(sqlite3_value_int64(values[7])),
                             .key = {},
                             .request = {},
                             .remarks = {}};
  page.row(change);
  page.last = sqlite3_value_int64(values[0]);
  ++page.rows;
  sqlite3_result_int(context, page.rows == fold_page ? 1 : 0);
}

Result<void> set_fold_function(Connection& connection, FoldPage* page) {
  const int code = sqlite3_create_function_v2(
      connection.get(), "fold_row", 8, SQLITE_UTF8 | SQLITE_DIRECTONLY, page,
      page == nullptr ? nullptr : fold_row, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(connection.get(), code, "the store cannot be folded");
  return {};
}

Result<void> fold_pages(Connection& connection, FoldPage& page) {
  Statement rows = TRY(connection.prepare(
      "SELECT 1 FROM outcome_change WHERE id > ?1 AND "
      "fold_row(id, org, rule, entity, state, first_reported, hash, at) ORDER BY id"));
  for (bool more = true; more;) {
    page.rows = 0;
    rows.bind(1, page.last);
    more = TRY(rows.step());
    if (more) rows.reset();
  }
  return {};
}

Result<void> read_row(Reader& reader, OrgId org, RowId id, OutcomeRow& result) {
  Statement& row = reader.row;
  row.bind(1, std::bit_cast<std::int64_t>(id.number));
  row.bind(2, org.number);
  if (!TRY(row.step())) {
    return make_error(Code::internal, "the ledger has no row " + std::to_string(id.number));
  }
  result.id = id;
  result.at = time_of_microseconds(row.integer(1));
  result.first_reported = time_of_seconds(row.u32(0));
  result.remarks = row.text(2);
  row.reset();
  return {};
}

// `order`: indexes into `ids`, ascending by id.
Result<void> read_some(Reader& reader, OrgId org, std::span<const RowId> ids,
                       std::span<const std::size_t> order, std::vector<OutcomeRow>& rows) {
  TRY(reader.connection.execute("BEGIN"));
  Result<void> done;
  for (const std::size_t n : order) {
    done = read_row(reader, org, ids[n], rows[n]);
    if (!done) break;
  }
  TRY(reader.connection.execute("COMMIT"));
  return done;
}

}  // namespace

Result<std::unique_ptr<Readers>> Readers::open(const ConnectionOptions& options, unsigned count) {
  auto readers = std::make_unique<Readers>();
  for (unsigned n = 0; n < std::max(1U, count); ++n) {
    readers->readers_.push_back(TRY(open_reader(options)));
  }
  Lock lock(readers->mutex_);
  for (const auto& reader : readers->readers_) readers->free_.push_back(reader.get());
  return readers;
}

Result<Readers::Lease> Readers::lend() {
  const auto deadline = std::chrono::steady_clock::now() + lend_timeout;
  Lock lock(mutex_);
  while (free_.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return make_error(Code::unavailable, "every reading connection of the store is busy");
    }
    returned_.wait_for(mutex_, left);
  }
  Reader& reader = *free_.back();
  free_.pop_back();
  return Lease(*this, reader);
}

void Readers::give_back(Reader& reader) {
  {
    Lock lock(mutex_);
    free_.push_back(&reader);
  }
  returned_.notify_one();
}

Result<LedgerHead> read_head(Connection& connection) {
  Statement head = TRY(connection.prepare(
      "SELECT coalesce((SELECT max(id) FROM outcome_change), 0),"
      " max(coalesce((SELECT at FROM outcome_change ORDER BY id DESC LIMIT 1), 0),"
      "     coalesce((SELECT accepted_at FROM request ORDER BY id DESC LIMIT 1), 0),"
      "     coalesce((SELECT value FROM meta WHERE key = 'last_at'), 0)),"
      " max(coalesce((SELECT value FROM meta WHERE key = 'requests_reserved'), 0),"
      "     coalesce((SELECT max(id) + 1 FROM request), 0))"));
  if (!TRY(head.step())) return make_error(Code::internal, "the ledger has no head");
  return LedgerHead{.last = {head.u64(0)},
                    .last_at = time_of_microseconds(head.integer(1)),
                    .requests_reserved = {head.u64(2)}};
}

Result<void> fold_ledger(Connection& connection, const FoldRow& row) {
  FoldPage page{.row = row};
  TRY(set_fold_function(connection, &page));
  Result<void> done = fold_pages(connection, page);
  TRY(set_fold_function(connection, nullptr));
  return done;
}

Result<void> load_reported(Connection& connection,
                           const std::function<void(const ReportedBlock&)>& block) {
  Statement rows = TRY(connection.prepare("SELECT org, rule, block, times FROM last_reported"));
  while (TRY(rows.step())) {
    auto times = TRY(decode_last_reported(rows.blob(3)));
    block(ReportedBlock{.org = {rows.u32(0)},
                        .rule = {rows.u32(1)},
                        .block = rows.u32(2),
                        .last_reported = std::move(times)});
  }
  return {};
}

Result<std::vector<OutcomeRow>> read_rows(Reader& reader, OrgId org, std::span<const RowId> ids) {
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // In id order neighbours come from the same page.
  std::ranges::sort(order, {}, [&](std::size_t n) { return ids[n]; });
  std::vector<OutcomeRow> rows(ids.size());
  for (std::span<const std::size_t> rest = order; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), rows_per_transaction));
    TRY(read_some(reader, org, ids, some, rows));
    rest = rest.subspan(some.size());
  }
  return rows;
}

Result<std::optional<AcceptedRequest>> find_request(Reader& reader, OrgId org,
                                                    RequestNumber number) {
  Statement& row = reader.request;
  row.bind(1, std::bit_cast<std::int64_t>(number.number));
  row.bind(2, org.number);
  if (!TRY(row.step())) return std::optional<AcceptedRequest>();
  const AcceptedRequest request{.number = number,
                                .org = org,
                                .key = {row.u32(0)},
                                .accepted_at = time_of_microseconds(row.integer(1)),
                                .total_received = row.u32(2),
                                .total_changed = row.u32(3),
                                .position = {row.u64(4)},
                                .subject = std::string(row.text(5))};
  row.reset();
  return std::optional(request);
}

}  // namespace scorekeeper::store::sqlite
