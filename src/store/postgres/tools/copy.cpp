#include "store/postgres/tools/copy.h"

#include <chrono>
#include <optional>
#include <utility>

#include "store/fingerprint.h"
#include "store/postgres/row_arrays.h"
#include "store/postgres/schema.h"
#include "store/postgres/tools/copy_reader.h"

namespace scorekeeper::store::postgres {
namespace {

// Longer than any page takes; a connection that is lost is noticed before.
constexpr std::chrono::hours statement_patience{1};

constexpr Statement begin_page{"begin_page", "BEGIN"};
constexpr Statement commit_page{"commit_page", "COMMIT"};
constexpr Statement begin_progress{"begin_progress",
                                   "INSERT INTO copy_progress VALUES ($1::text, $2::text, '', '')"};
constexpr Statement move_progress{"move_progress",
                                  "UPDATE copy_progress SET place_table = $1, place_key = $2"};
constexpr Statement set_reserved{
    "set_reserved", "UPDATE meta SET value = $1::bigint WHERE key = 'requests_reserved'"};

Error refused(const std::string& why) {
  return make_error(Code::conflict, "cannot copy into the database: " + why);
}

Result<PgConnection> connect(const std::string& address) {
  PgConnection connection =
      TRY(PgConnection::open({.address = address, .statement_timeout = statement_patience}));
  // The other store may keep us waiting. Rows come in the order of an index, at once.
  TRY(
      connection.execute("SET idle_in_transaction_session_timeout = 0; SET enable_sort = off;"
                         "SET enable_incremental_sort = off; SET enable_bitmapscan = off"));
  return connection;
}

class PostgresCopySource final : public CopySource {
 public:
  explicit PostgresCopySource(PgConnection connection) : connection_(std::move(connection)) {}

  Result<void> begin_table(const Table& table, const std::string& after) override {
    return reader_.begin(table, after);
  }
  Result<void> next(CopyPage& page) override { return reader_.next(page); }

  Result<CopyMarks> marks() override {
    const Rows meta = TRY(connection_.query(
        "SELECT (SELECT value FROM meta WHERE key = 'requests_reserved'),"
        " concat_ws(' ',"
        " (SELECT string_agg(concat_ws(':', org, position, chain, floor, audit_floor), ',' ORDER "
        "BY org)"
        "  FROM log_head),"
        " (SELECT string_agg(key || ':' || value, ',' ORDER BY key) FROM meta),"
        " (SELECT max(saved_at) FROM last_reported), (SELECT min(accepted_at) FROM request))"));
    return CopyMarks{.secrets = TRY(read_secrets(connection_)),
                     .requests_reserved = {meta.u64(0, 0)},
                     .state = std::string(meta.text(0, 1))};
  }

 private:
  PgConnection connection_;
  TableReader reader_{connection_};
};

void add_cell(ColumnArrays& arrays, const CopyPage& page, std::size_t row, std::size_t column) {
  const ColumnType type = page.table().columns[column].type;
  if (type == ColumnType::bytes) {
    arrays.add(page.bytes(row, column));
  } else if (type == ColumnType::text) {
    arrays.add(page.text(row, column));
  } else if (page.is_null(row, column)) {
    arrays.add(std::optional<std::int64_t>());
  } else {
    arrays.add(page.number(row, column));
  }
}

Parameters arrays_of(const CopyPage& page) {
  ColumnArrays arrays;
  for (std::size_t row = 0; row < page.rows(); ++row) {
    arrays.begin_row();
    for (std::size_t column = 0; column < page.table().columns.size(); ++column) {
      add_cell(arrays, page, row, column);
    }
  }
  return arrays.parameters();
}

class PostgresCopyTarget final : public CopyTarget {
 public:
  explicit PostgresCopyTarget(PgConnection connection) : connection_(std::move(connection)) {}

  Result<CopyPlace> begin(const CopyMarks& source) override;
  Result<void> put(const CopyPage& page, const std::string& key) override;
  Result<void> finish(const CopyMarks& source) override;

  Result<void> begin_table(const Table& table, const std::string& after) override {
    if (!connection_.in_transaction()) TRY(connection_.execute("BEGIN READ ONLY"));
    return reader_.begin(table, after);
  }
  Result<void> next(CopyPage& page) override { return reader_.next(page); }

 private:
  Result<CopyPlace> find_place(const CopyMarks& source);
  Result<void> commit();

  PgConnection connection_;
  TableReader reader_{connection_};
  const Table* table_ = nullptr;  // that insert_ is for
  std::string insert_;
};

Result<void> PostgresCopyTarget::commit() {
  connection_.begin_batch();
  connection_.add(commit_page);
  TRY(connection_.finish_commit());
  return {};
}

Result<CopyPlace> PostgresCopyTarget::begin(const CopyMarks& source) {
  TRY(connection_.execute("BEGIN"));
  // A server that is making a store of the database meanwhile is waited for, and found.
  TRY(make_version_table(connection_));
  const Unfinished found = TRY(lock_to_copy(connection_));
  if (found == Unfinished::other) return refused("it has a store or other tables already");
  if (found == Unfinished::no_store) {
    TRY(create_unfinished(connection_, source.secrets));
    TRY(
        connection_.execute("CREATE TABLE copy_progress (source text NOT NULL, state text NOT NULL,"
                            " place_table text NOT NULL, place_key text COLLATE \"C\" NOT NULL)"));
    TRY(connection_.run(begin_progress,
                        Parameters().add(write_fingerprint(source.secrets)).add(source.state)));
  }
  CopyPlace place = TRY(find_place(source));
  TRY(commit());
  // A crash of the database takes only the last pages, together with the place that they led to.
  TRY(connection_.execute("SET synchronous_commit = off"));
  return place;
}

Result<CopyPlace> PostgresCopyTarget::find_place(const CopyMarks& source) {
  const Rows rows =
      TRY(connection_.query("SELECT source, state, place_table, place_key FROM copy_progress"));
  if (rows.empty()) return refused("it does not say how far it has come");
  const auto same = check_same_source(source, rows.text(0, 0), rows.text(0, 1));
  if (!same) return refused(same.error().detail);
  return CopyPlace{.table = std::string(rows.text(0, 2)), .key = std::string(rows.text(0, 3))};
}

Result<void> PostgresCopyTarget::put(const CopyPage& page, const std::string& key) {
  if (table_ != &page.table()) {
    table_ = &page.table();
    insert_ = insert_arrays_sql(*table_);
  }
  connection_.begin_batch();
  connection_.add(begin_page);
  connection_.add(Statement{.name = "", .sql = insert_.c_str()}, arrays_of(page));
  connection_.add(move_progress, Parameters().add(std::string_view(table_->name)).add(key));
  connection_.add(commit_page);
  TRY(connection_.finish_commit());
  return {};
}

Result<void> PostgresCopyTarget::finish(const CopyMarks& source) {
  if (connection_.in_transaction()) TRY(connection_.execute("COMMIT"));
  // The first server would else plan without knowing anything of the tables.
  TRY(connection_.execute("RESET synchronous_commit; ANALYZE"));
  TRY(connection_.execute("BEGIN"));
  TRY(connection_.run(set_reserved, Parameters().add_bits(source.requests_reserved.number)));
  TRY(connection_.execute("DROP TABLE copy_progress"));
  TRY(mark_finished(connection_));
  return commit();
}

}  // namespace

Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& address) {
  PgConnection connection = TRY(connect(address));
  const auto known = known_version();
  const auto version = TRY(version_of(connection));
  if (version == 0) return make_error(Code::not_found, "the database has no store");
  if (version != known) {
    return make_error(Code::unavailable, "cannot copy the database: it has schema version " +
                                             std::to_string(version) + ", this release copies " +
                                             std::to_string(known));
  }
  TRY(connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  return std::make_unique<PostgresCopySource>(std::move(connection));
}

Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& address) {
  return std::make_unique<PostgresCopyTarget>(TRY(connect(address)));
}

}  // namespace scorekeeper::store::postgres
