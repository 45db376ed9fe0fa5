#include "store/sqlite/log_writer.h"

#include <string>
#include <utility>

#include "store/last_reported.h"
#include "store/seal.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t rows_per_statement = 20;
constexpr int request_columns = 8;

// From parameter `at` + 1 on, in the order of the table's columns.
void bind_request(Statement& statement, int at, const AcceptedRequest& request) {
  statement.bind_bits(at + 1, request.number.number);
  statement.bind(at + 2, request.org.number);
  statement.bind_text(at + 3, name_of(request.actor.type));
  statement.bind_text(at + 4, request.actor.id);
  statement.bind(at + 5, microseconds_of(request.accepted_at));
  statement.bind(at + 6, request.total_received);
  statement.bind(at + 7, request.total_changed);
  statement.bind_bits(at + 8, request.position.number);
}

std::string insert_requests_sql(std::size_t rows) {
  std::string sql = "INSERT INTO request VALUES (?,?,?,?,?,?,?,?)";
  for (std::size_t n = 1; n < rows; ++n) sql += ",(?,?,?,?,?,?,?,?)";
  return sql;
}

// The view that prepare() gets.
class View final : public AppendView {
 public:
  View(LogReader& reader, std::span<const Head> heads) : reader_(reader), heads_(heads) {}

  std::span<const Head> heads() const override { return heads_; }
  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    return reader_.read(org, after, records_max);
  }

 private:
  LogReader& reader_;
  std::span<const Head> heads_;
};

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::open(SqliteConnection& connection,
                                                   std::int64_t records_placed_at_once) {
  std::unique_ptr<LogWriter> writer(new LogWriter(connection, records_placed_at_once));
  TRY(writer->prepare_statements());
  return writer;
}

Result<void> LogWriter::prepare_statements() {
  TRY(reader_.prepare(connection_));
  TRY(entities_.prepare(connection_));
  TRY(catalog_.prepare(connection_));
  put_record_ = TRY(connection_.prepare(
      "INSERT INTO log (org, position, count, at, kind, actor_type, actor, request, request_id,"
      " group_end, chain, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"));
  placed_ = TRY(connection_.prepare(select_log_placed));
  place_ =
      TRY(connection_.prepare("INSERT INTO log_place SELECT org, position, row FROM log"
                              " WHERE row > ?1 ORDER BY org, position"));
  place_heads_ = TRY(connection_.prepare(place_heads));
  set_placed_ =
      TRY(connection_.prepare("UPDATE meta SET value = (SELECT max(row) FROM log)"
                              " WHERE key = 'log_placed'"));
  put_requests_ = TRY(connection_.prepare(insert_requests_sql(rows_per_statement)));
  put_request_ = TRY(connection_.prepare(insert_requests_sql(1)));
  reserve_ =
      TRY(connection_.prepare("UPDATE meta SET value = value + ?1 WHERE key = 'requests_reserved'"
                              " RETURNING value"));
  save_reported_ = TRY(
      connection_.prepare("INSERT INTO last_reported VALUES (?1, ?2, ?3, ?4) "
                          "ON CONFLICT (org, rule, block) DO UPDATE SET times = excluded.times"));
  return {};
}

Result<Append> LogWriter::append(std::span<const OrgId> orgs, const PrepareAppend& prepare) {
  const std::vector<Head> heads = TRY(reader_.heads_of(orgs));
  View view(reader_, heads);
  Append append = TRY(prepare(view));
  seal(heads, append);
  TRY(write(append));
  return append;
}

Result<void> LogWriter::write(const Append& append) {
  for (const LogRecord& record : append.records) TRY(put(record));
  if (!append.records.empty()) TRY(place_records());
  TRY(put(append.requests));
  TRY(entities_.put(append.entities));
  if (append.change == nullptr) return {};
  return catalog_.put(*append.change, append.records);
}

Result<void> LogWriter::put(const LogRecord& record) {
  put_record_.bind(1, record.org.number);
  put_record_.bind_bits(2, record.position.number);
  put_record_.bind(3, record.count);
  put_record_.bind(4, microseconds_of(record.at));
  put_record_.bind(5, std::to_underlying(record.kind));
  put_record_.bind_text(6, name_of(record.actor.type));
  put_record_.bind_text(7, record.actor.id);
  put_record_.bind_bits(8, record.request.number);
  put_record_.bind_text(9, record.request_id);
  put_record_.bind(10, record.group_end ? 1 : 0);
  put_record_.bind_blob(11, record.chain);
  put_record_.bind_text(12, record.body);
  return put_record_.run();
}

// The places of some thousand records, and the heads of their orgs, are on few pages more than
// those of one: with many orgs each record's is on a page of its own (docs/decisions/0007).
Result<void> LogWriter::place_records() {
  const std::int64_t last = sqlite3_last_insert_rowid(connection_.get());
  if (!TRY(placed_.step())) {
    return make_error(Code::internal, "the store does not say which records have a place");
  }
  const std::int64_t placed = placed_.integer(0);
  placed_.reset();
  if (last - placed < records_placed_at_once_) return {};
  place_.bind(1, placed);
  TRY(place_.run());
  TRY(place_heads_.run());
  return set_placed_.run();
}

Result<void> LogWriter::put(std::span<const AcceptedRequest> requests) {
  for (; requests.size() >= rows_per_statement; requests = requests.subspan(rows_per_statement)) {
    for (std::size_t n = 0; n < rows_per_statement; ++n) {
      bind_request(put_requests_, static_cast<int>(n) * request_columns, requests[n]);
    }
    TRY(put_requests_.run());
  }
  for (const AcceptedRequest& request : requests) {
    bind_request(put_request_, 0, request);
    TRY(put_request_.run());
  }
  return {};
}

Result<RequestNumber> LogWriter::reserve_requests(std::uint64_t count) {
  reserve_.bind_bits(1, count);
  if (!TRY(reserve_.step())) {
    return make_error(Code::internal, "the store does not say which request numbers are given");
  }
  const RequestNumber first{reserve_.u64(0) - count};
  reserve_.reset();
  return first;
}

Result<void> LogWriter::save_reported(std::span<const ReportedBlock> blocks) {
  for (const ReportedBlock& block : blocks) {
    encode_last_reported(block.last_reported, blob_);
    save_reported_.bind(1, block.org.number);
    save_reported_.bind(2, block.rule.number);
    save_reported_.bind(3, block.block);
    save_reported_.bind_blob(4, blob_);
    TRY(save_reported_.run());
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
