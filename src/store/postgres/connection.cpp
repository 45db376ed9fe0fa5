#include "store/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace scorekeeper::store::postgres {
namespace {

constexpr std::chrono::milliseconds network_patience{5'000};  // above the statement timeout
constexpr int poll_milliseconds = 200;  // then it is looked whether the server stops

enum Oid : std::uint32_t {
  oid_int2 = 21,
  oid_int4 = 23,
  oid_int8 = 20,
  oid_text = 25,
  oid_bytea = 17
};

template <class Number>
void append_big_endian(std::string& text, Number number) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    text += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xff);
  }
}

// The header of an array of one dimension without NULLs.
void append_array_header(std::string& text, std::uint32_t element, std::size_t size) {
  append_big_endian(text, std::int32_t{size == 0 ? 0 : 1});
  append_big_endian(text, std::int32_t{0});
  append_big_endian(text, element);
  if (size == 0) return;
  append_big_endian(text, static_cast<std::int32_t>(size));
  append_big_endian(text, std::int32_t{1});
}

template <class Number>
void append_array(std::string& text, std::uint32_t element, std::span<const Number> values) {
  append_array_header(text, element, values.size());
  for (const Number value : values) {
    append_big_endian(text, static_cast<std::int32_t>(sizeof(Number)));
    append_big_endian(text, value);
  }
}

std::string_view trimmed(const char* message) {
  std::string_view text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// By class of SQLSTATE: connections, resources, rollbacks, operators, locks, a standby.
bool is_passing(std::string_view state) {
  for (const std::string_view passing : {"08", "53", "40", "57", "55", "58", "25"}) {
    if (state.starts_with(passing)) return true;
  }
  return state.empty();
}

Error error_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view known = state == nullptr ? "" : state;
  std::string detail = "PostgreSQL: ";
  detail += trimmed(message == nullptr ? PQresultErrorMessage(result) : message);
  if (!known.empty()) detail += " (" + std::string(known) + ")";
  return make_error(is_passing(known) ? Code::unavailable : Code::internal, std::move(detail));
}

// In a commit a warning means that it is stored here, but perhaps not on the standby.
void take_notice(void* warned, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) == "WARNING") {
    *static_cast<bool*>(warned) = true;
  }
}

}  // namespace

// Whether libpq can read the address, whose text may hold a password: nothing of it is repeated.
Result<void> check_address(const std::string& address) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(address.c_str(), &problem);
  bool good = options != nullptr;
  // libpq would repeat a port that is none in its error: it may be the rest of a password with a
  // bare slash or colon in it.
  for (const PQconninfoOption* option = options; good && option->keyword != nullptr; ++option) {
    const std::string_view value = option->val == nullptr ? "" : option->val;
    good = std::string_view(option->keyword) != "port" ||
           value.find_first_not_of("0123456789,") == std::string_view::npos;
  }
  PQconninfoFree(options);
  PQfreemem(problem);
  if (good) return {};
  return invalid("store: not an address that libpq can read; see docs/deployment.md");
}

void Parameters::begin_value(int format) {
  values_.push_back({.at = text_.size()});
  formats_.push_back(format);
}

Parameters& Parameters::add(std::int64_t value) {
  return add(std::string_view(std::to_string(value)));
}

Parameters& Parameters::add(std::string_view text) {
  begin_value(0);
  text_ += text;
  end_value();
  text_ += '\0';
  return *this;
}

Parameters& Parameters::add_null() {
  begin_value(0);
  values_.back().null = true;
  return *this;
}

Parameters& Parameters::add_bytes(std::span<const std::byte> bytes) {
  begin_value(1);
  if (!bytes.empty()) text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  end_value();
  return *this;
}

template <class Number>
Parameters& Parameters::add_numbers(std::uint32_t element, std::span<const Number> values) {
  begin_value(1);
  append_array(text_, element, values);
  end_value();
  return *this;
}

Parameters& Parameters::add_array(std::span<const std::int16_t> values) {
  return add_numbers(oid_int2, values);
}
Parameters& Parameters::add_array(std::span<const std::int32_t> values) {
  return add_numbers(oid_int4, values);
}
Parameters& Parameters::add_array(std::span<const std::int64_t> values) {
  return add_numbers(oid_int8, values);
}

Parameters& Parameters::add_array(std::span<const std::string_view> values) {
  begin_value(1);
  append_array_header(text_, oid_text, values.size());
  for (const std::string_view value : values) {
    append_big_endian(text_, static_cast<std::int32_t>(value.size()));
    text_ += value;
  }
  end_value();
  return *this;
}

Parameters& Parameters::add_array(std::span<const std::span<const std::byte>> values) {
  begin_value(1);
  append_array_header(text_, oid_bytea, values.size());
  for (const auto value : values) {
    append_big_endian(text_, static_cast<std::int32_t>(value.size()));
    if (!value.empty()) text_.append(reinterpret_cast<const char*>(value.data()), value.size());
  }
  end_value();
  return *this;
}

void Rows::Clear::operator()(pg_result* handle) const { PQclear(handle); }
int Rows::size() const { return PQntuples(handle_.get()); }
int Rows::columns() const { return PQnfields(handle_.get()); }

std::uint64_t Rows::changed() const {
  const std::string_view text = PQcmdTuples(handle_.get());
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

bool Rows::is_null(int row, int column) const {
  return PQgetisnull(handle_.get(), row, column) != 0;
}

std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(handle_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(handle_.get(), row, column))};
}

std::int64_t Rows::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::vector<std::byte> Rows::bytes(int row, int column) const {
  std::string_view hex = text(row, column);
  std::vector<std::byte> bytes;
  if (hex.starts_with("\\x")) hex.remove_prefix(2);
  bytes.reserve(hex.size() / 2);
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

void PgConnection::Finish::operator()(pg_conn* handle) const { PQfinish(handle); }

Result<PgConnection> PgConnection::open(const ConnectOptions& options) {
  TRY(check_address(options.address));
  const std::string connect_timeout = std::to_string(options.connect_timeout.count());
  // The address comes later, and its settings win.
  const std::array names{"connect_timeout",  "target_session_attrs",
                         "client_encoding",  "application_name",
                         "keepalives_idle",  "keepalives_interval",
                         "keepalives_count", "tcp_user_timeout",
                         "dbname",           static_cast<const char*>(nullptr)};
  const std::array values{connect_timeout.c_str(),
                          "read-write",
                          "UTF8",
                          "scorekeeper",
                          "3",
                          "2",
                          "3",
                          "5000",
                          options.address.c_str(),
                          static_cast<const char*>(nullptr)};
  PgConnection connection(PQconnectdbParams(names.data(), values.data(), 1));
  PGconn* handle = connection.handle_.get();
  if (handle == nullptr || PQstatus(handle) != CONNECTION_OK) {
    std::string detail = "cannot reach PostgreSQL: ";
    detail += handle == nullptr ? "out of memory" : trimmed(PQerrorMessage(handle));
    return make_error(Code::unavailable, std::move(detail));
  }
  connection.patience_ = options.statement_timeout + network_patience;
  connection.give_up_at_ = options.give_up_at;
  PQsetNoticeReceiver(handle, take_notice, connection.warned_.get());
  const auto timeout = std::to_string(options.statement_timeout.count());
  // Overrides the settings of the database and of the role.
  const std::string settings = "SET bytea_output = hex; SET statement_timeout = " + timeout +
                               "; SET lock_timeout = " + timeout +
                               "; SET idle_in_transaction_session_timeout = 5000"
                               // The server ends a session whose client is cut off, and with it
                               // the locks that it holds.
                               "; SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2"
                               "; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000";
  TRY(connection.execute(settings.c_str()));
  return connection;
}

Error PgConnection::lost() {
  broken_ = true;
  const std::string_view why = trimmed(PQerrorMessage(handle_.get()));
  return make_error(Code::unavailable, "the connection to PostgreSQL is lost: " +
                                           std::string(why.empty() ? "no answer in time" : why));
}

Result<void> PgConnection::wait_for_answer() {
  using std::chrono::steady_clock;
  PGconn* handle = handle_.get();
  const auto begin = steady_clock::now();
  while (PQisBusy(handle) != 0) {
    pollfd wanted{.fd = PQsocket(handle), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, poll_milliseconds);
    if (ready < 0 && errno != EINTR) return lost();
    if (ready > 0 && PQconsumeInput(handle) == 0) return lost();
    const auto now = steady_clock::now();
    const bool given_up = give_up_at_ != nullptr && give_up_at_->load() <= now;
    if (ready == 0 && (given_up || (!committing_ && now - begin > patience_))) return lost();
  }
  return {};
}

// Takes what a statement outside of a batch answers; the last result counts.
Result<Rows> PgConnection::query(const char* sql) {
  if (broken_) return lost();
  if (PQsendQuery(handle_.get(), sql) == 0) return lost();
  Rows rows;
  std::optional<Error> failed;
  for (;;) {
    TRY(wait_for_answer());
    PGresult* result = PQgetResult(handle_.get());
    if (result == nullptr) break;
    Rows taken(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !failed) {
      failed = error_of(result);
    }
    rows = std::move(taken);
  }
  if (PQstatus(handle_.get()) != CONNECTION_OK) return lost();
  if (failed) return *std::move(failed);
  return rows;
}

Result<void> PgConnection::execute(const char* sql) {
  auto rows = query(sql);
  if (!rows) return std::move(rows).error();
  return {};
}

void PgConnection::begin_batch() {
  batch_.clear();
  sent_all_ = !broken_ && PQenterPipelineMode(handle_.get()) == 1;
}

void PgConnection::add(const Statement& statement, const Parameters& parameters) {
  if (!sent_all_) return;
  PGconn* handle = handle_.get();
  if (*statement.name == '\0' || prepared_.insert(statement.name).second) {
    sent_all_ = PQsendPrepare(handle, statement.name, statement.sql, 0, nullptr) == 1;
    batch_.push_back({statement.name, true});
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto& value : parameters.values_) {
    values.push_back(value.null ? nullptr : parameters.text_.data() + value.at);
    lengths.push_back(static_cast<int>(value.length));
  }
  sent_all_ = sent_all_ && PQsendQueryPrepared(handle, statement.name,
                                               static_cast<int>(parameters.size()), values.data(),
                                               lengths.data(), parameters.formats_.data(), 0) == 1;
  batch_.push_back({statement.name, false});
}

Result<void> PgConnection::read_batch(std::vector<Rows>& answers) {
  std::optional<Error> failed;
  for (const Sent& sent : batch_) {
    TRY(wait_for_answer());
    PGresult* result = PQgetResult(handle_.get());
    if (result == nullptr) return lost();
    Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!done && !failed && status != PGRES_PIPELINE_ABORTED) failed = error_of(result);
    if (!done && sent.preparation) prepared_.erase(sent.name);
    if (done && !sent.preparation) answers.push_back(std::move(rows));
    if (PQstatus(handle_.get()) != CONNECTION_OK) return lost();
    TRY(wait_for_answer());
    if (PGresult* rest = PQgetResult(handle_.get()); rest != nullptr) {
      PQclear(rest);
      return lost();
    }
  }
  TRY(wait_for_answer());
  const Rows sync(PQgetResult(handle_.get()));
  if (failed) return *std::move(failed);
  return {};
}

Result<std::vector<Rows>> PgConnection::finish_batch() {
  if (!sent_all_ || PQpipelineSync(handle_.get()) != 1) return lost();
  std::vector<Rows> answers;
  const Result<void> read = read_batch(answers);
  if (!broken_ && PQexitPipelineMode(handle_.get()) != 1) return lost();
  if (!read) return read.error();
  return answers;
}

Result<std::vector<Rows>> PgConnection::finish_commit() {
  in_doubt_ = false;
  committing_ = true;
  *warned_ = false;
  auto answers = finish_batch();
  committing_ = false;
  // A batch that could not be sent whole has no COMMIT at its end.
  in_doubt_ = *warned_ || (!answers && broken_ && sent_all_);
  if (answers && *warned_) {
    return make_error(Code::unavailable, "a synchronous standby did not confirm the commit");
  }
  return answers;
}

Result<Rows> PgConnection::run(const Statement& statement, const Parameters& parameters) {
  begin_batch();
  add(statement, parameters);
  auto answers = TRY(finish_batch());
  return std::move(answers.front());
}

bool PgConnection::is_broken() const { return broken_ || PQstatus(handle_.get()) != CONNECTION_OK; }

bool PgConnection::in_transaction() const {
  return PQtransactionStatus(handle_.get()) != PQTRANS_IDLE;
}

Result<std::uint32_t> PgConnection::timeline() {
  const Rows rows = TRY(
      query("SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"));
  return rows.u32(0, 0);
}

}  // namespace scorekeeper::store::postgres
