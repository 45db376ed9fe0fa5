// The peer of the log on PostgreSQL: a bare loop on libpq that appends the same records to the same
// schema, one transaction a group of requests. As the server, it locks the org's row of log_head
// first, and only then sends what it appends: two round trips a group with
// --mode unnest (one INSERT … SELECT FROM unnest of binary arrays), three with --mode copy (COPY in
// binary form in place of it). It knows neither HTTP nor the matrix, and its chains are random:
// what PostgreSQL itself can do on this machine. Prints one line of JSON; its times are those of a
// group.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "random_records.h"

namespace scorekeeper::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::uint32_t oid_int2 = 21;
constexpr std::uint32_t oid_int4 = 23;
constexpr std::uint32_t oid_int8 = 20;
constexpr std::uint32_t oid_text = 25;
constexpr std::uint32_t oid_bytea = 17;

constexpr const char* org_sql = "INSERT INTO log_head (org) VALUES (1)";
constexpr const char* lock_sql =
    "SELECT position, at, chain, floor FROM log_head WHERE org = 1 FOR UPDATE";
constexpr const char* records_sql =
    "INSERT INTO log (org, position, at, request, count, kind, group_end, actor_type, actor,"
    " request_id, chain, body) "
    "SELECT $1::integer, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::integer[],"
    " $6::smallint[], $7::smallint[], $8::text[], $9::text[], $10::text[], $11::bytea[],"
    " $12::text[])";
constexpr const char* requests_sql =
    "INSERT INTO request (org, id, accepted_at, position, total_received, total_changed,"
    " actor_type, actor) "
    "SELECT $1::integer, *, 'key', '1' FROM unnest($2::bigint[], $3::bigint[], $4::bigint[],"
    " $5::integer[], $6::integer[])";
constexpr const char* head_sql =
    "UPDATE log_head SET position = $1::bigint, at = $2::bigint, chain = $3::bytea WHERE org = 1";
constexpr const char* begin_and_copy_sql =
    "BEGIN; SELECT position, at, chain, floor FROM log_head WHERE org = 1 FOR UPDATE;"
    "COPY log (position, at, request, org, count, kind, group_end, actor_type, actor, request_id,"
    " chain, body) FROM STDIN (FORMAT binary)";
constexpr std::string_view copy_header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::int16_t record_columns = 12;
constexpr std::int32_t org = 1;

[[noreturn]] void fail(std::string_view why) {
  fmt::print(stderr, "libpq_loop: {}\n", why);
  std::exit(1);
}

struct Finish {
  void operator()(PGconn* handle) const { PQfinish(handle); }
};
struct Clear {
  void operator()(PGresult* handle) const { PQclear(handle); }
};
using Database = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

template <std::integral Number>
void append(std::string& text, Number number) {
  const auto swapped = std::byteswap(number);  // this machine is little-endian
  text.append(reinterpret_cast<const char*>(&swapped), sizeof swapped);
}

// Appends a value behind its length, as arrays and COPY both have it.
template <std::integral Number>
void append_value(std::string& text, Number number) {
  append(text, static_cast<std::int32_t>(sizeof number));
  append(text, number);
}

void append_value(std::string& text, std::string_view value) {
  append(text, static_cast<std::int32_t>(value.size()));
  text += value;
}

// An array of one dimension without NULLs, as PostgreSQL reads it in binary form.
class Array {
 public:
  explicit Array(std::uint32_t element) : element_(element) {}

  void begin(std::size_t size) {
    text_.clear();
    append(text_, std::int32_t{1});
    append(text_, std::int32_t{0});
    append(text_, element_);
    append(text_, static_cast<std::int32_t>(size));
    append(text_, std::int32_t{1});
  }
  void add(auto value) { append_value(text_, value); }
  const std::string& text() const { return text_; }

 private:
  std::uint32_t element_;
  std::string text_;
};

using Parameter = std::string_view;  // in binary form

struct Record {
  std::int64_t position = 0;
  std::int64_t at = 0;
  std::int64_t request = 0;
  std::int32_t count = 0;
  std::int16_t group_end = 0;
  std::string chain = std::string(16, '\0');
  std::string body{};
};

struct LoopOptions {
  std::uint64_t requests_per_commit = 16;
  std::uint64_t results = 100;  // changes of one request
  std::uint64_t entities = 100'000;
  std::uint64_t rules = 10;
  bool copy = false;
};

class Loop {
 public:
  Loop(PGconn* database, LoopOptions options) : database_(database), options_(options) {
    prepare("begin", "BEGIN");
    prepare("lock", lock_sql);
    prepare("records", records_sql);
    prepare("requests", requests_sql);
    prepare("head", head_sql);
    prepare("commit", "COMMIT");
  }

  void commit_group();
  std::int64_t rows() const { return rows_; }

 private:
  void check(const PGresult* answer, ExecStatusType wanted) const;
  void prepare(const char* name, const char* sql);
  void send(const char* name, std::span<const Parameter> parameters);
  void send_rows(const char* name, std::span<const Array> columns);
  void finish_pipeline();
  std::vector<Record> make_records(std::int64_t now);
  void insert_records(std::span<const Record> records);
  void copy_records(std::span<const Record> records);
  void begin_copy();
  void make_requests(std::int64_t now);

  PGconn* database_;
  LoopOptions options_;
  std::mt19937_64 chains_;
  RandomRecords records_{options_.rules, options_.entities};
  std::int64_t rows_ = 0;
  std::int64_t requests_ = 0;
  std::array<Array, record_columns - 1> columns_{Array(oid_int8),  Array(oid_int8), Array(oid_int8),
                                                 Array(oid_int4),  Array(oid_int2), Array(oid_int2),
                                                 Array(oid_text),  Array(oid_text), Array(oid_text),
                                                 Array(oid_bytea), Array(oid_text)};
  std::array<Array, 5> request_rows_{Array(oid_int8), Array(oid_int8), Array(oid_int8),
                                     Array(oid_int4), Array(oid_int4)};
  std::string copied_;
};

void Loop::check(const PGresult* answer, ExecStatusType wanted) const {
  if (PQresultStatus(answer) == wanted) return;
  fail(answer == nullptr ? PQerrorMessage(database_) : PQresultErrorMessage(answer));
}

void Loop::prepare(const char* name, const char* sql) {
  check(Answer(PQprepare(database_, name, sql, 0, nullptr)).get(), PGRES_COMMAND_OK);
}

void Loop::send(const char* name, std::span<const Parameter> parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto parameter : parameters) {
    values.push_back(parameter.data());
    lengths.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> formats(parameters.size(), 1);
  if (PQsendQueryPrepared(database_, name, static_cast<int>(parameters.size()), values.data(),
                          lengths.data(), formats.data(), 0) != 1) {
    fail(PQerrorMessage(database_));
  }
}

// A statement whose first parameter is the org.
void Loop::send_rows(const char* name, std::span<const Array> columns) {
  std::string first;
  append(first, org);
  std::vector<Parameter> parameters{first};
  for (const auto& column : columns) parameters.emplace_back(column.text());
  send(name, parameters);
}

// Waits for the answers to all that was sent.
void Loop::finish_pipeline() {
  if (PQpipelineSync(database_) != 1) fail(PQerrorMessage(database_));
  for (;;) {
    const Answer answer(PQgetResult(database_));
    if (!answer) continue;  // the end of one statement's answers
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_PIPELINE_SYNC) return;
    if (status != PGRES_TUPLES_OK) check(answer.get(), PGRES_COMMAND_OK);
  }
}

std::vector<Record> Loop::make_records(std::int64_t now) {
  std::vector<Record> records;
  for (std::uint64_t n = 0; n < options_.requests_per_commit; ++n) {
    for (RandomRecord& made : records_.request(time_of_microseconds(now), options_.results,
                                               static_cast<std::uint64_t>(rows_))) {
      Record record{.position = rows_ + 1,
                    .at = now,
                    .request = requests_ + static_cast<std::int64_t>(n) + 1,
                    .count = static_cast<std::int32_t>(made.count),
                    .body = std::move(made.body)};
      for (auto& byte : record.chain) byte = static_cast<char>(chains_());
      rows_ += record.count;
      records.push_back(std::move(record));
    }
  }
  records.back().group_end = 1;
  return records;
}

void Loop::insert_records(std::span<const Record> records) {
  for (auto& array : columns_) array.begin(records.size());
  for (const Record& record : records) {
    columns_[0].add(record.position);
    columns_[1].add(record.at);
    columns_[2].add(record.request);
    columns_[3].add(record.count);
    columns_[4].add(std::int16_t{1});
    columns_[5].add(record.group_end);
    columns_[6].add(std::string_view("key"));
    columns_[7].add(std::string_view("1"));
    columns_[8].add(std::string_view("request"));
    columns_[9].add(std::string_view(record.chain));
    columns_[10].add(std::string_view(record.body));
  }
  send_rows("records", columns_);
}

// Takes the lock, and waits until rows may be sent.
void Loop::begin_copy() {
  if (PQsendQuery(database_, begin_and_copy_sql) != 1) fail(PQerrorMessage(database_));
  check(Answer(PQgetResult(database_)).get(), PGRES_COMMAND_OK);
  check(Answer(PQgetResult(database_)).get(), PGRES_TUPLES_OK);
  check(Answer(PQgetResult(database_)).get(), PGRES_COPY_IN);
}

void Loop::copy_records(std::span<const Record> records) {
  copied_ = copy_header;
  for (const Record& record : records) {
    append(copied_, record_columns);
    for (const auto value : {record.position, record.at, record.request}) {
      append_value(copied_, value);
    }
    for (const auto value : {org, record.count}) append_value(copied_, value);
    for (const auto value : {std::int16_t{1}, record.group_end}) append_value(copied_, value);
    for (const std::string_view value : {"key", "1", "request"}) append_value(copied_, value);
    append_value(copied_, std::string_view(record.chain));
    append_value(copied_, std::string_view(record.body));
  }
  append(copied_, std::int16_t{-1});
  if (PQputCopyData(database_, copied_.data(), static_cast<int>(copied_.size())) != 1 ||
      PQputCopyEnd(database_, nullptr) != 1) {
    fail(PQerrorMessage(database_));
  }
  check(Answer(PQgetResult(database_)).get(), PGRES_COMMAND_OK);
  while (Answer(PQgetResult(database_))) {
  }
}

void Loop::make_requests(std::int64_t now) {
  for (auto& array : request_rows_) array.begin(options_.requests_per_commit);
  for (std::uint64_t n = 0; n < options_.requests_per_commit; ++n) {
    request_rows_[0].add(++requests_);
    request_rows_[1].add(now);
    request_rows_[2].add(rows_);
    request_rows_[3].add(static_cast<std::int32_t>(options_.results));
    request_rows_[4].add(static_cast<std::int32_t>(options_.results));
  }
}

void Loop::commit_group() {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  std::vector<Record> records;
  if (options_.copy) {
    begin_copy();
    records = make_records(now);
    copy_records(records);
    PQenterPipelineMode(database_);
  } else {
    PQenterPipelineMode(database_);
    send("begin", {});
    send("lock", {});
    finish_pipeline();
    records = make_records(now);
    insert_records(records);
  }
  make_requests(now);
  send_rows("requests", request_rows_);
  std::string last_id;
  std::string last_at;
  append(last_id, rows_);
  append(last_at, now);
  send("head", std::array<Parameter, 3>{last_id, last_at, records.back().chain});
  send("commit", {});
  finish_pipeline();
  PQexitPipelineMode(database_);
}

// The database has the schema of src/store/postgres/migrations, and nothing else.
Database open(const std::string& address) {
  Database database(PQconnectdb(address.c_str()));
  if (PQstatus(database.get()) != CONNECTION_OK) fail(PQerrorMessage(database.get()));
  const Answer answer(PQexec(database.get(), org_sql));
  if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) fail(PQerrorMessage(database.get()));
  return database;
}

// The size of the write-ahead log so far.
double wal_bytes(PGconn* database) {
  const Answer answer(PQexec(database, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) fail(PQerrorMessage(database));
  return std::strtod(PQgetvalue(answer.get(), 0, 0), nullptr);
}

int run(const Arguments& arguments) {
  const auto mode = arguments.text("mode", "unnest");
  if (mode != "unnest" && mode != "copy") fail("--mode must be unnest or copy");
  const auto database = open(arguments.required("address"));
  const LoopOptions options{.requests_per_commit = arguments.number("requests-per-commit", 16),
                            .results = arguments.number("results", 100),
                            .entities = arguments.number("entities", 100'000),
                            .rules = arguments.number("rules", 10),
                            .copy = mode == "copy"};
  const auto wanted = std::chrono::milliseconds(arguments.number("milliseconds", 3'000));
  const auto wal_begin = wal_bytes(database.get());
  Loop loop(database.get(), options);
  std::vector<double> times_ms;
  const auto begin = Clock::now();
  const auto cpu_begin = std::clock();
  for (auto last = begin; last - begin < wanted;) {
    loop.commit_group();
    const auto now = Clock::now();
    times_ms.push_back(1e3 * duration<double>(now - last).count());
    last = now;
  }
  const double seconds = duration<double>(Clock::now() - begin).count();
  const double cpu = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
  const double wal = wal_bytes(database.get()) - wal_begin;
  std::ranges::sort(times_ms);
  const auto rows = static_cast<double>(loop.rows());
  fmt::print(
      R"({{"rows":{},"commits":{},"seconds":{:.3f},"outcomes_per_second":{:.0f},"cpu_us":{:.3f},"wal_bytes":{:.1f},)"
      R"("p50_ms":{:.3f},"p99_ms":{:.3f}}})"
      "\n",
      loop.rows(), times_ms.size(), seconds, rows / seconds, 1e6 * cpu / rows, wal / rows,
      times_ms[times_ms.size() / 2], times_ms[times_ms.size() * 99 / 100]);
  return 0;
}

}  // namespace
}  // namespace scorekeeper::bench

int main(int argc, char** argv) {
  return scorekeeper::bench::run(scorekeeper::bench::Arguments(argc, argv));
}
