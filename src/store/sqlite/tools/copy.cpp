#include "store/sqlite/tools/copy.h"

#include <array>
#include <bit>
#include <charconv>
#include <utility>

#include "store/fingerprint.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/secrets.h"

namespace scorekeeper::store::sqlite {
namespace {

Error refused(const std::string& path, const std::string& why) {
  return make_error(Code::conflict, "cannot copy into " + path + ": " + why);
}

std::int64_t number_of(const std::string& digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool is_log(const Table& table) { return std::string_view(table.name) == "log"; }

// Another table has the key of the log: no index of `log` does.
std::string rows_of(const Table& table) {
  if (is_log(table)) return "log_row AS p JOIN log AS t ON t.row = p.row";
  return quoted(table.name) + " AS t";
}
std::string stored(const Table& table, const Column& column) {
  const std::string_view name = column.name;
  const bool is_key = is_log(table) && (name == "org" || name == "position");
  return (is_key ? "p." : "t.") + quoted(column.name);
}

// The expression that reads a column: `row` of a relation counts over all relations here, and in a
// copy within each definition.
std::string expression_of(const Table& table, const Column& column) {
  if (std::string_view(table.name) == "relation" && std::string_view(column.name) == "row") {
    return "(SELECT count(*) FROM relation AS r WHERE r.org = t.org"
           " AND r.defined_by = t.defined_by AND r.row <= t.row)";
  }
  return stored(table, column);
}

std::string page_sql(const Table& table, bool from_start) {
  std::string columns;
  for (const Column& column : table.columns) {
    columns += (columns.empty() ? "" : ", ") + expression_of(table, column);
  }
  std::string key;
  std::string order;
  std::string after;
  for (std::size_t n = table.unique_over_orgs ? 1 : 0; n < table.key_columns; ++n) {
    const std::string comma = key.empty() ? "" : ", ";
    key += comma + expression_of(table, table.columns[n]);
    order += comma + stored(table, table.columns[n]);
    after += comma + "?" + std::to_string(n + 1);
  }
  std::string sql = "SELECT " + columns + " FROM " + rows_of(table);
  if (!from_start) sql += " WHERE (" + key + ") > (" + after + ")";
  return sql + " ORDER BY " + order;
}

// Rows of a table, page by page; the statement stays open until the end of the table.
class TableReader {
 public:
  explicit TableReader(SqliteConnection& connection) : connection_(connection) {}

  Result<void> begin(const Table& table, const std::string& after) {
    table_ = &table;
    ended_ = false;
    rows_ = TRY(connection_.prepare(page_sql(table, after.empty())));
    if (after.empty()) return {};
    key_ = split_copy_key(table, after);
    for (std::size_t n = table.unique_over_orgs ? 1 : 0; n < key_.size(); ++n) {
      const int index = static_cast<int>(n) + 1;
      if (is_text(table.columns[n].type)) {
        rows_.bind_text(index, key_[n]);
      } else {
        rows_.bind(index, number_of(key_[n]));
      }
    }
    return {};
  }

  Result<void> next(CopyPage& page) {
    page.clear(*table_);
    while (!ended_ && page.rows() < page_rows(*table_)) {
      ended_ = !TRY(rows_.step());
      if (!ended_) take_row(page);
    }
    return {};
  }

  void close() { rows_ = Statement(); }

 private:
  void take_row(CopyPage& page) {
    int at = 0;
    for (const Column& column : table_->columns) {
      if (rows_.is_null(at)) {
        page.add_null();
      } else if (column.type == ColumnType::bytes) {
        page.add(rows_.blob(at));
      } else if (column.type == ColumnType::text) {
        page.add(rows_.text(at));
      } else {
        page.add(rows_.integer(at));
      }
      ++at;
    }
  }

  SqliteConnection& connection_;
  const Table* table_ = nullptr;
  std::vector<std::string> key_;
  Statement rows_;
  bool ended_ = false;
};

class SqliteCopySource final : public CopySource {
 public:
  SqliteCopySource(LockFile lock, SqliteConnection connection)
      : lock_(std::move(lock)), connection_(std::move(connection)) {}

  Result<void> begin_table(const Table& table, const std::string& after) override {
    return reader_.begin(table, after);
  }
  Result<void> next(CopyPage& page) override { return reader_.next(page); }

  Result<CopyMarks> marks() override {
    CopyMarks marks{.secrets = TRY(read_secrets(connection_)),
                    .requests_reserved = {static_cast<std::uint64_t>(TRY(connection_.query_integer(
                        "SELECT value FROM meta WHERE key = 'requests_reserved'")))},
                    .state = {}};
    Statement state =
        TRY(connection_.prepare("SELECT printf('%d %d %d %d %d %d %d',"
                                " (SELECT coalesce(max(row), 0) FROM log),"
                                " (SELECT coalesce(sum(position), 0) FROM log_head),"
                                " (SELECT coalesce(sum(floor + audit_floor), 0) FROM log_head),"
                                " (SELECT coalesce(min(id), 0) FROM request),"
                                " (SELECT coalesce(max(id), 0) FROM request),"
                                " (SELECT value FROM meta WHERE key = 'keys_version'),"
                                " (SELECT value FROM meta WHERE key = 'requests_reserved'))"));
    if (TRY(state.step())) marks.state = state.text(0);
    return marks;
  }

 private:
  LockFile lock_;
  SqliteConnection connection_;
  TableReader reader_{connection_};
};

// Columns that a table makes by itself here.
bool is_left_out(const Table& table, const Column& column) {
  return std::string_view(table.name) == "relation" && std::string_view(column.name) == "row";
}

std::string insert_into(const Table& table) {
  std::string columns;
  std::string values;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    if (is_left_out(table, table.columns[n])) continue;
    const char* const comma = columns.empty() ? "" : ", ";
    columns += comma + quoted(table.columns[n].name);
    values += std::string(comma) + "?" + std::to_string(n + 1);
  }
  return "INSERT INTO " + quoted(table.name) + " (" + columns + ") VALUES (" + values + ")";
}

void bind_row(Statement& insert, const CopyPage& page, std::size_t row) {
  const Table& table = page.table();
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const Column& what = table.columns[column];
    if (is_left_out(table, what)) continue;
    const int index = static_cast<int>(column) + 1;
    if (page.is_null(row, column)) {
      insert.bind_null(index);
    } else if (what.type == ColumnType::bytes) {
      insert.bind_blob(index, page.bytes(row, column));
    } else if (what.type == ColumnType::text) {
      insert.bind_text(index, page.text(row, column));
    } else {
      insert.bind(index, page.number(row, column));
    }
  }
}

class SqliteCopyTarget final : public CopyTarget {
 public:
  SqliteCopyTarget(LockFile lock, SqliteConnection connection, std::string path)
      : lock_(std::move(lock)), connection_(std::move(connection)), path_(std::move(path)) {}

  Result<CopyPlace> begin(const CopyMarks& source) override;
  Result<void> put(const CopyPage& page, const std::string& key) override;
  Result<void> finish(const CopyMarks& source) override;

  Result<void> begin_table(const Table& table, const std::string& after) override {
    return reader_.begin(table, after);
  }
  Result<void> next(CopyPage& page) override { return reader_.next(page); }

 private:
  Result<void> create(const CopyMarks& source);
  Result<void> put_meta(std::string_view key, std::int64_t value);
  Result<void> put_secret(std::string_view key, SipKey secret);

  LockFile lock_;
  SqliteConnection connection_;
  std::string path_;
  TableReader reader_{connection_};
  const Table* table_ = nullptr;  // that insert_ is for
  Statement insert_;
  Statement place_record_;  // the one that was inserted last
  Statement move_;
};

Result<CopyPlace> SqliteCopyTarget::begin(const CopyMarks& source) {
  // A crash of the machine takes the last pages with the place they led to, or neither.
  TRY(
      connection_.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;"
                          "PRAGMA cache_size = -32768"));
  if (!TRY(is_unfinished(connection_))) TRY(create(source));
  Statement found =
      TRY(connection_.prepare("SELECT source, state, place_table, place_key FROM copy_progress"));
  if (!TRY(found.step())) return refused(path_, "it does not say how far it has come");
  const auto same = check_same_source(source, found.text(0), found.text(1));
  if (!same) return refused(path_, same.error().detail);
  CopyPlace place{.table = std::string(found.text(2)), .key = std::string(found.text(3))};
  found.reset();
  move_ = TRY(connection_.prepare("UPDATE copy_progress SET place_table = ?1, place_key = ?2"));
  return place;
}

Result<void> SqliteCopyTarget::create(const CopyMarks& source) {
  const auto objects = TRY(connection_.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (objects > 0) return refused(path_, "it has a store already");
  return create_unfinished(connection_, [&]() -> Result<void> {
    TRY(
        connection_.execute("CREATE TABLE copy_progress (source TEXT NOT NULL, state TEXT NOT NULL,"
                            " place_table TEXT NOT NULL, place_key TEXT NOT NULL) STRICT"));
    const std::string fingerprint = write_fingerprint(source.secrets);
    Statement insert =
        TRY(connection_.prepare("INSERT INTO copy_progress VALUES (?1, ?2, '', '')"));
    insert.bind_text(1, fingerprint);
    insert.bind_text(2, source.state);
    TRY(insert.run());
    TRY(put_secret("change_key", source.secrets.change_key));
    return put_secret("request_key", source.secrets.request_key);
  });
}

Result<void> SqliteCopyTarget::put_secret(std::string_view key, SipKey secret) {
  const auto bytes =
      std::bit_cast<std::array<std::byte, sizeof(SipKey)>>(std::array{secret.k0, secret.k1});
  Statement insert = TRY(connection_.prepare("INSERT INTO meta VALUES (?1, ?2)"));
  insert.bind_text(1, key);
  insert.bind_blob(2, bytes);
  return insert.run();
}

Result<void> SqliteCopyTarget::put_meta(std::string_view key, std::int64_t value) {
  Statement insert = TRY(connection_.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)"));
  insert.bind_text(1, key);
  insert.bind(2, value);
  return insert.run();
}

Result<void> SqliteCopyTarget::put(const CopyPage& page, const std::string& key) {
  if (table_ != &page.table()) {
    table_ = &page.table();
    insert_ = TRY(connection_.prepare(insert_into(*table_)));
    if (is_log(*table_)) {
      place_record_ =
          TRY(connection_.prepare("INSERT INTO log_place SELECT org, position, row FROM log"
                                  " WHERE row = last_insert_rowid()"));
    }
  }
  TRY(connection_.execute("BEGIN IMMEDIATE"));
  for (std::size_t row = 0; row < page.rows(); ++row) {
    bind_row(insert_, page, row);
    TRY(insert_.run());
    if (!is_log(*table_)) continue;
    TRY(place_record_.run());
  }
  if (is_log(*table_)) {
    TRY(put_meta("log_placed", sqlite3_last_insert_rowid(connection_.get())));
  }
  move_.bind_text(1, table_->name);
  move_.bind_text(2, key);
  TRY(move_.run());
  return connection_.execute("COMMIT");
}

Result<void> SqliteCopyTarget::finish(const CopyMarks& source) {
  reader_.close();
  insert_ = Statement();
  place_record_ = Statement();
  move_ = Statement();
  TRY(connection_.execute("PRAGMA synchronous = FULL"));
  TRY(connection_.execute("BEGIN IMMEDIATE"));
  TRY(put_meta("requests_reserved", std::bit_cast<std::int64_t>(source.requests_reserved.number)));
  TRY(connection_.execute("DROP TABLE copy_progress"));
  TRY(mark_finished(connection_));
  TRY(connection_.execute("COMMIT"));
  return connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& directory) {
  const std::string path = database_path(directory);
  ReadStore store = TRY(open_to_read(path));
  TRY(check_known(path, store.version));
  if (store.version < known_version()) {
    return make_error(Code::unavailable, "cannot copy " + path + ": it has schema version " +
                                             std::to_string(store.version) +
                                             "; `scorekeeper migrate up` first");
  }
  LockFile lock = TRY(LockFile::take(directory));
  // The key commands may write all the same.
  TRY(store.connection.execute("BEGIN; SELECT count(*) FROM meta"));
  return std::make_unique<SqliteCopySource>(std::move(lock), std::move(store.connection));
}

Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& directory) {
  TRY(make_private_directory(directory));
  LockFile lock = TRY(LockFile::take(directory));
  TRY(make_directory(directory));
  std::string path = database_path(directory);
  SqliteConnection connection =
      TRY(open_connection({.path = path, .vfs = {}, .busy_timeout = write_lock_timeout}));
  const auto readable = is_unfinished(connection);
  if (!readable) return refused(path, readable.error().detail);
  return std::make_unique<SqliteCopyTarget>(std::move(lock), std::move(connection),
                                            std::move(path));
}

}  // namespace scorekeeper::store::sqlite
