// The one wrapper of libpq's handles. A PgConnection belongs to one thread at a time; handing it
// over needs a happens-before of the caller's. Parameters go as text or as binary arrays, results
// come as text.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct pg_conn;
struct pg_result;

namespace scorekeeper::store::postgres {

// A statement of ours: prepared once on each connection that runs it. Both live for ever. One whose
// name is empty is planned anew each time, for the values that it gets, and its text lives as long
// as the call.
struct Statement {
  const char* name;
  const char* sql;
};

// The parameters of one execution. Texts are copied.
class Parameters {
 public:
  Parameters& add(std::int64_t value);
  // Numbers of 64 bits are stored by their bits: the upper half is negative.
  Parameters& add_bits(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
  Parameters& add(std::string_view text);
  Parameters& add_null();
  Parameters& add(std::optional<std::int64_t> value) { return value ? add(*value) : add_null(); }
  Parameters& add_bytes(std::span<const std::byte> bytes);
  // Arrays, in PostgreSQL's binary format: $N::smallint[], integer[], bigint[], text[], bytea[].
  Parameters& add_array(std::span<const std::int16_t> values);
  Parameters& add_array(std::span<const std::int32_t> values);
  Parameters& add_array(std::span<const std::int64_t> values);
  Parameters& add_array(std::span<const std::string_view> values);
  Parameters& add_array(std::span<const std::span<const std::byte>> values);

  std::size_t size() const { return formats_.size(); }

 private:
  friend class PgConnection;
  struct Value {
    std::size_t at = 0;
    std::size_t length = 0;
    bool null = false;
  };
  template <class Number>
  Parameters& add_numbers(std::uint32_t element, std::span<const Number> values);
  void begin_value(int format);
  void end_value() { values_.back().length = text_.size() - values_.back().at; }

  std::string text_;
  std::vector<Value> values_;
  std::vector<int> formats_;
};

// The answer of a statement. Views live as long as this.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* handle) : handle_(handle) {}

  int size() const;
  int columns() const;
  bool empty() const { return size() == 0; }
  std::uint64_t changed() const;  // rows that it inserted, updated or deleted
  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;
  std::int64_t integer(int row, int column) const;
  std::uint64_t u64(int row, int column) const {
    return static_cast<std::uint64_t>(integer(row, column));
  }
  std::uint32_t u32(int row, int column) const {
    return static_cast<std::uint32_t>(integer(row, column));
  }
  std::vector<std::byte> bytes(int row, int column) const;  // of a bytea

 private:
  struct Clear {
    void operator()(pg_result* handle) const;
  };
  std::unique_ptr<pg_result, Clear> handle_;
};

struct ConnectOptions {
  std::string address;  // a URL or a connection string, as libpq reads them
  std::chrono::seconds connect_timeout{3};
  std::chrono::milliseconds statement_timeout{10'000};  // of all but COMMIT
  // Of the steady clock: what waits then, even for a COMMIT, is given up. Outlives the connections.
  const std::atomic<std::chrono::steady_clock::time_point>* give_up_at = nullptr;
};

// Errors: `unavailable` for what the network, the server or another transaction causes, `internal`
// for what our SQL or its data causes. None shows a password.
class PgConnection {
 public:
  // A primary that takes writes: a standby is refused, and of several hosts the primary is taken.
  static Result<PgConnection> open(const ConnectOptions& options);

  Result<void> execute(const char* sql);  // one statement or more, without parameters
  Result<Rows> query(const char* sql);    // one statement, without parameters
  Result<Rows> run(const Statement& statement, const Parameters& parameters = {});

  // Statements that go to the server together and are answered together: one round trip.
  // begin_batch(); add(…) for each; then finish_batch(): the rows of each, or the first Error.
  // Statements behind one that fails are not run.
  void begin_batch();
  void add(const Statement& statement, const Parameters& parameters = {});
  Result<std::vector<Rows>> finish_batch();

  // As finish_batch(), of a batch that ends with COMMIT: waits for its answer without end. After a
  // failure in_doubt() says whether the transaction may be stored all the same: the connection was
  // lost, or a synchronous standby did not confirm.
  Result<std::vector<Rows>> finish_commit();
  bool in_doubt() const { return in_doubt_; }

  bool is_broken() const;
  bool in_transaction() const;
  // The WAL's timeline: another one after a standby was promoted.
  Result<std::uint32_t> timeline();

 private:
  struct Finish {
    void operator()(pg_conn* handle) const;
  };
  explicit PgConnection(pg_conn* handle) : handle_(handle) {}

  Error lost();
  // Until an answer can be read without waiting.
  Result<void> wait_for_answer();
  Result<void> read_batch(std::vector<Rows>& answers);

  std::unique_ptr<pg_conn, Finish> handle_;
  std::unique_ptr<bool> warned_ = std::make_unique<bool>(false);  // the notice receiver's
  std::set<std::string_view> prepared_;                           // names
  struct Sent {
    const char* name;  // of the statement
    bool preparation;
  };
  std::vector<Sent> batch_;
  bool sent_all_ = true;
  bool committing_ = false;
  bool in_doubt_ = false;
  bool broken_ = false;
  std::chrono::milliseconds patience_{};  // for an answer to anything but COMMIT
  const std::atomic<std::chrono::steady_clock::time_point>* give_up_at_ = nullptr;
};

}  // namespace scorekeeper::store::postgres
