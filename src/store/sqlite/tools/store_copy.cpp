#include "store/sqlite/tools/store_copy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "store/sqlite/log_reader.h"
#include "store/sqlite/schema.h"
#include "store/table.h"

namespace scorekeeper::store::sqlite {
namespace {

// Tables whose rows are only appended, by ascending rowid; of requests the first ones are deleted.
constexpr std::array<std::string_view, 2> growing_tables{"log", "request"};
// Some 30 ms of a read transaction.
constexpr std::uint32_t rows_per_piece = 2'000;
// A server that appends as fast as we copy: what is left then goes into the last transaction.
constexpr int rounds_max = 20;
// Copies that a prune made worthless, before the backup is given up; and how long it is watched.
constexpr int tries_max = 10;
constexpr std::chrono::milliseconds pieces_interval{500};

// One row for each record: made from those that were copied, outside of the read transaction.
constexpr std::string_view table_of_places = "log_place";
constexpr std::string_view table_of_heads = "log_placed_head";

bool is_growing(std::string_view table) {
  return std::ranges::find(growing_tables, table) != growing_tables.end();
}

}  // namespace

// And creates the tables, but for SQLite's own (sqlite_stat1). Indexes are built faster when the
// rows are there, and no trigger must count the copying: they come last.
Result<void> StoreCopy::read_schema() {
  schema_version_ = TRY(source_.query_integer("PRAGMA schema_version"));
  Statement schema = TRY(
      source_.prepare("SELECT type, name, sql FROM sqlite_schema"
                      " WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_' ORDER BY rowid"));
  while (TRY(schema.step())) {
    if (schema.text(0) != "table") {
      last_statements_.emplace_back(schema.text(2));
      continue;
    }
    TRY(target_.execute(std::string(schema.text(2)).c_str()));
    tables_.emplace_back(schema.text(1));
  }
  for (const char* const name : {"application_id", "user_version"}) {
    const std::string pragma = "PRAGMA " + std::string(name);
    const auto value = TRY(source_.query_integer(pragma));
    last_statements_.push_back(pragma + " = " + std::to_string(value));
  }
  return {};
}

// The columns that are stored, not generated.
Result<std::string> StoreCopy::columns_of(const std::string& table) {
  Statement names =
      TRY(target_.prepare("SELECT group_concat('\"' || name || '\"', ', ' ORDER BY cid)"
                          " FROM pragma_table_xinfo(?1) WHERE hidden = 0"));
  names.bind_text(1, table);
  if (!TRY(names.step())) return make_error(Code::internal, "there is no table " + table);
  std::string columns(names.text(0));
  names.reset();
  return columns;
}

Result<StoreCopy::Pipe> StoreCopy::open_pipe(const std::string& table, std::string_view where) {
  const std::string columns = TRY(columns_of(table));
  Pipe pipe;
  pipe.from =
      TRY(source_.prepare("SELECT " + columns + " FROM " + quoted(table) + std::string(where)));
  std::string sql = "INSERT INTO " + quoted(table) + " (" + columns + ") VALUES (?";
  for (int n = 1; n < pipe.from.result_columns(); ++n) sql += ",?";
  pipe.to = TRY(target_.prepare(sql + ")"));
  return pipe;
}

Result<std::uint64_t> StoreCopy::pour(Pipe& pipe) {
  const int columns = pipe.from.result_columns();
  std::uint64_t poured = 0;
  while (TRY(pipe.from.step())) {
    for (int n = 0; n < columns; ++n) pipe.to.bind_column(n + 1, pipe.from, n);
    pipe.last = pipe.from.integer(0);
    TRY(pipe.to.run());
    ++poured;
  }
  return poured;
}

// The rows of a growing table after that rowid, up to its last one at the moment; returns that.
Result<std::int64_t> StoreCopy::copy_appended(std::string_view table, std::int64_t after) {
  const std::string name(table);
  const auto last =
      TRY(source_.query_integer("SELECT coalesce(max(rowid), 0) FROM " + quoted(name)));
  Pipe pipe = TRY(open_pipe(name, " WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid LIMIT ?3"));
  pipe.last = after;
  std::uint64_t poured = rows_per_piece;
  while (poured == rows_per_piece) {
    pipe.from.bind(1, pipe.last);
    pipe.from.bind(2, last);
    pipe.from.bind(3, rows_per_piece);
    poured = TRY(pour(pipe));
    rows_[name] += poured;
  }
  return std::max(after, last);
}

Result<void> StoreCopy::copy_most() {
  for (int round = 0; round < rounds_max; ++round) {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    for (const std::string& name : tables_) {
      if (!is_growing(name)) continue;
      before += rows_[name];
      copied_[name] = TRY(copy_appended(name, copied_[name]));
      after += rows_[name];
    }
    if (after - before < rows_per_piece) break;
  }
  return {};
}

// Inside one read transaction.
Result<void> StoreCopy::copy_rest() {
  if (TRY(source_.query_integer("PRAGMA schema_version")) != schema_version_) {
    return make_error(Code::unavailable,
                      "the store was brought up to date meanwhile: start the backup again");
  }
  for (const std::string& table : tables_) {
    if (table == table_of_places) continue;
    if (is_growing(table)) {
      copied_[table] = TRY(copy_appended(table, copied_[table]));
    } else {
      Pipe pipe = TRY(open_pipe(table, ""));
      rows_[table] = TRY(pour(pipe));
    }
  }
  rows_[std::string(table_of_heads)] = static_cast<std::uint64_t>(
      TRY(source_.query_integer("SELECT count(*) FROM log_head")));  // make_places() makes the rest
  // Requests that were forgotten since they were copied.
  const auto first =
      TRY(source_.query_integer("SELECT coalesce(min(id), 0x7fffffffffffffff) FROM request"));
  Statement forget = TRY(target_.prepare("DELETE FROM request WHERE id < ?1"));
  forget.bind(1, first);
  TRY(forget.run());
  rows_["request"] -= static_cast<std::uint64_t>(sqlite3_changes64(target_.get()));
  return {};
}

// False: retention has changed meanwhile what was copied.
Result<bool> StoreCopy::copy_at_once() {
  const auto floors = TRY(sum_of_floors(source_));
  TRY(copy_most());
  TRY(source_.execute("BEGIN"));
  auto copied = [&]() -> Result<bool> {
    if (TRY(sum_of_floors(source_)) != floors) return false;
    TRY(copy_rest());
    return true;
  }();
  TRY(source_.execute("COMMIT"));
  return copied;
}

Result<void> StoreCopy::drop_rows() {
  for (const std::string_view table : growing_tables) {
    TRY(target_.execute(("DELETE FROM " + quoted(table)).c_str()));
  }
  rows_.clear();
  copied_.clear();
  return {};
}

// Until no piece has come for a while: more of them would make another copy worthless, too.
Result<void> StoreCopy::wait_until_pruned() {
  for (std::int64_t before = -1;;) {
    const auto floors = TRY(sum_of_floors(source_));
    if (std::exchange(before, floors) == floors) return {};
    std::this_thread::sleep_for(pieces_interval);
  }
}

Result<void> StoreCopy::copy_rows() {
  for (int tries = 1; tries <= tries_max; ++tries) {
    if (TRY(copy_at_once())) return {};
    TRY(drop_rows());
    TRY(wait_until_pruned());
  }
  return make_error(Code::unavailable, "changes were pruned meanwhile: start the backup again");
}

Result<void> StoreCopy::make_places() {
  rows_[std::string(table_of_places)] = rows_["log"];
  TRY(target_.execute(place_heads));
  return target_.execute(
      "INSERT INTO log_place SELECT org, position, row FROM log ORDER BY org, position;"
      "UPDATE meta SET value = (SELECT coalesce(max(row), 0) FROM log) WHERE key = 'log_placed'");
}

Result<void> StoreCopy::run() {
  TRY(target_.execute("BEGIN"));
  TRY(read_schema());
  TRY(copy_rows());
  TRY(make_places());
  for (const std::string& sql : last_statements_) TRY(target_.execute(sql.c_str()));
  return target_.execute("COMMIT");
}

}  // namespace scorekeeper::store::sqlite
