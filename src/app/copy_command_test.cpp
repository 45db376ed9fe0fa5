#include "app/copy_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "app/copy_fixture.h"
#include "app/store_commands.h"
#include "app/stores.h"
#include "base/test_directory.h"
#include "store/postgres/postgres_fixture.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::app {
namespace {

using store::CopyStep;
using store::postgres::TestDatabase;

const store::CopyObserver watch_nothing = [](const CopyStep&) { return Result<void>(); };

Result<store::CopyReport> try_copy(const std::string& from, const std::string& to,
                                   const store::CopyObserver& observer = watch_nothing) {
  const auto source = TRY(open_copy_source(from));
  const auto target = TRY(open_copy_target(to));
  return store::copy_store(*source, *target, observer);
}

Result<store::CopyReport> copy_well(const std::string& from, const std::string& to) {
  auto report = try_copy(from, to);
  EXPECT_TRUE(report) << report.error().detail;
  return report;
}

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "none" : result.error().detail;
}

// Breaks off after so many pages, again and again, and goes on from there.
void copy_in_pieces(const std::string& from, const std::string& to, int pages) {
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    int left = pages;
    const auto report = try_copy(from, to, [&](const CopyStep& step) -> Result<void> {
      if (step.what != CopyStep::What::copied || step.last || --left > 0) return {};
      return make_error(Code::unavailable, "broken off");
    });
    if (report) return;
    ASSERT_EQ(report.error().detail, "broken off");
  }
  FAIL() << "it never ends";
}

void expect_sound(const std::string& directory) {
  const auto found = store::sqlite::verify(directory + "/scorekeeper.db");
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->faults_total, 0U) << testing::PrintToString(found->faults);
}

void expect_same(const std::string& one, const std::string& other) {
  const StoreTeller left(one);
  const StoreTeller right(other);
  for (const auto& [table, rows] : left.text) EXPECT_EQ(rows, right.text.at(table)) << table;
  EXPECT_EQ(left.secrets, right.secrets);
}

class CopyTest : public testing::Test {
 protected:
  // The addresses of a directory, a database and a directory again.
  std::string first() const { return directory_.path("first"); }
  std::string database() const { return database_.address(); }
  std::string second() const { return directory_.path("second"); }

  TestDirectory directory_;
  TestDatabase database_;
};

TEST_F(CopyTest, ThereAndBackGivesTheSame) {
  {
    const FilledStore filled(first());
  }
  const auto report = copy_well(first(), database());
  ASSERT_TRUE(report);
  for (const auto& table : report->tables) EXPECT_GT(table.sum.rows, 0U) << table.name;
  expect_same(first(), database());
  ASSERT_TRUE(copy_well(database(), second()));
  expect_same(first(), second());
  expect_sound(first());
  expect_sound(second());
}

TEST_F(CopyTest, BackAndThereGivesTheSame) {
  {
    const FilledStore filled(database());
  }
  ASSERT_TRUE(copy_well(database(), first()));
  expect_same(database(), first());
  expect_sound(first());
  const TestDatabase other;
  ASSERT_TRUE(copy_well(first(), other.address()));
  expect_same(database(), other.address());
}

// Heads, and what a new record and a new request get.
void expect_goes_on(const std::string& store, const store::Heads& before, RequestNumber used) {
  Metrics metrics;
  const auto open = open_store(config_of(store), {}, metrics);
  ASSERT_TRUE(open) << open.error().detail;
  EXPECT_EQ(open->log().heads()->heads, before.heads);
  EXPECT_GT(open->log().reserve_requests(1)->number, used.number);
  const store::LogGroup group{.org = {3},
                              .entities = {{.number = {1}, .reference = "queue:ops/e1"}},
                              .outcomes = {store::first_outcome(1, 1, "new")}};
  ASSERT_TRUE(append_group(open->log(), group));
  const store::Head& head = before.heads.at(2);
  const auto records = open->log().read({3}, head.last, 10);
  ASSERT_EQ(records->records.size(), 1U);
  const store::LogRecord& record = records->records.front();
  EXPECT_EQ(record.position.number, head.last.number + 1);
  EXPECT_GT(record.at, head.last_at);
  EXPECT_EQ(record.chain, chain_after(head.chain, record));
}

TEST_F(CopyTest, WhatIsWrittenToACopyIsBehindAllThatWasCopied) {
  store::Heads before;
  RequestNumber used;
  {
    FilledStore filled(database());
    before = *filled.store().log().heads();
    used = *filled.store().log().reserve_requests(1);
  }
  ASSERT_EQ(before.heads.size(), FilledStore::orgs);
  const TestDatabase other;
  ASSERT_TRUE(copy_well(database(), first()));
  ASSERT_TRUE(copy_well(first(), other.address()));
  expect_goes_on(first(), before, used);
  expect_goes_on(other.address(), before, used);
  expect_sound(first());
}

TEST_F(CopyTest, BrokenOffAnywhereItGoesOn) {
  {
    const FilledStore filled(first());
  }
  for (const int pages : {1, 2, 5}) {
    const TestDatabase middle;
    copy_in_pieces(first(), middle.address(), pages);
    expect_same(first(), middle.address());
    const std::string back = directory_.path("back" + std::to_string(pages));
    copy_in_pieces(middle.address(), back, pages);
    expect_same(first(), back);
    expect_sound(back);
  }
}

const char* const stopped = "stopped by the test";

// Stops at the first step of that kind.
store::CopyObserver stop_at(CopyStep::What what) {
  return [what](const CopyStep& step) -> Result<void> {
    if (step.what != what) return {};
    return make_error(Code::unavailable, stopped);
  };
}

TEST_F(CopyTest, NobodyOpensACopyThatIsNotFinished) {
  {
    const FilledStore filled(first());
  }
  for (const auto what : {CopyStep::What::copied, CopyStep::What::verified}) {
    const TestDatabase middle;
    const std::string back = directory_.path(what == CopyStep::What::copied ? "a" : "b");
    ASSERT_EQ(error_of(try_copy(first(), middle.address(), stop_at(what))), stopped);
    {
      const TestDatabase whole;
      ASSERT_TRUE(copy_well(first(), whole.address()));
      ASSERT_EQ(error_of(try_copy(whole.address(), back, stop_at(what))), stopped);
    }
    Metrics metrics;
    for (const std::string& store : {middle.address(), back}) {
      const std::string not_finished = "a copy that is not finished";
      const auto refuses = [&](const std::string& why) {
        EXPECT_NE(why.find(not_finished), std::string::npos) << why;
      };
      refuses(error_of(open_store(config_of(store), {}, metrics)));
      refuses(error_of(open_keys(store)));
      refuses(error_of(open_copy_source(store)));
      refuses(error_of(store_migrate_status(store, Format::text)));
      refuses(error_of(store_migrate_up(store, Format::text)));
    }
    EXPECT_NE(error_of(store_verify(back, Format::text)).find("not finished"), std::string::npos);
  }
}

// Damage of the target before it is verified is found, and the error names the table.
TEST_F(CopyTest, DamageIsNoticed) {
  {
    const FilledStore filled(first());
  }
  ASSERT_TRUE(copy_well(first(), database()));
  struct Damage {
    const char* table;
    const char* sql;
  };
  const Damage damages[] = {
      {"rule", "UPDATE rule SET level = level + 1 WHERE number = 2"},
      {"key", "UPDATE key SET expires_at = NULL"},
      {"relation", "DELETE FROM relation WHERE defined_by = 3"},
      {"log_head", "UPDATE log_head SET at = at + 1 WHERE org = 2"},
      {"log",
       "UPDATE log_head SET floor = 9000; DELETE FROM log WHERE org = 1 AND kind = 1;"
       "UPDATE log_head SET floor = 0"},
      {"log",
       "UPDATE log_head SET floor = 9000; UPDATE log SET body = body || ' ' WHERE org = 3;"
       "UPDATE log_head SET floor = 0"},
      {"log_catalog", "DELETE FROM log_catalog WHERE org = 2 AND position = 2"},
      {"entity", "UPDATE entity SET live = 1 WHERE number = 40"},
      {"request", "UPDATE request SET position = position + 1"}};
  for (const auto& [table, sql] : damages) {
    const auto message = "the copy differs from the source: table " + std::string(table);
    const TestDatabase other;
    bool damaged = false;
    const auto into_database = try_copy(first(), other.address(), [&](const CopyStep& step) {
      if (step.what != CopyStep::What::verified || std::exchange(damaged, true)) {
        return Result<void>();
      }
      return other.connect().execute(sql);
    });
    EXPECT_TRUE(error_of(into_database).starts_with(message)) << error_of(into_database);
    EXPECT_NE(error_of(open_keys(other.address())), "none");
    const std::string back = directory_.path("back");
    damaged = false;
    const auto into_directory =
        try_copy(database(), back, [&](const CopyStep& step) -> Result<void> {
          if (step.what != CopyStep::What::verified || std::exchange(damaged, true)) return {};
          auto file = TRY(
              store::sqlite::SqliteConnection::open({.path = back + "/scorekeeper.db", .vfs = {}}));
          // A view here, of this table and the end of the log.
          std::string here = sql;
          for (auto at = here.find("log_head"); at != std::string::npos;
               at = here.find("log_head", at)) {
            here.replace(at, 8, "log_placed_head");
          }
          return file.execute(here.c_str());
        });
    EXPECT_TRUE(error_of(into_directory).starts_with(message)) << error_of(into_directory);
    EXPECT_NE(error_of(open_keys(back)), "none");
    // It does not heal.
    EXPECT_TRUE(error_of(try_copy(database(), back)).starts_with(message));
    std::filesystem::remove_all(back);
  }
}

TEST_F(CopyTest, WrongTargetsAreRefused) {
  {
    const FilledStore filled(first());
  }
  const auto refused = [](const Result<store::CopyReport>& report, const std::string& why) {
    EXPECT_NE(error_of(report).find(why), std::string::npos) << error_of(report);
  };
  ASSERT_TRUE(copy_well(first(), database()));
  ASSERT_TRUE(copy_well(database(), second()));
  refused(try_copy(first(), database()), "it has a store or other tables already");
  refused(try_copy(database(), second()), "it has a store already");
  const TestDatabase foreign;
  ASSERT_TRUE(foreign.connect().execute("CREATE TABLE mine (x integer)"));
  refused(try_copy(first(), foreign.address()), "it has a store or other tables already");
  EXPECT_EQ(foreign.connect().query("SELECT to_regclass('schema_version')")->text(0, 0), "");
  const std::string text = directory_.path("text");
  std::filesystem::create_directory(text);
  write_file(text + "/scorekeeper.db", std::string(5'000, 'x'));
  refused(try_copy(database(), text), "file is not a database");
  refused(try_copy(directory_.path("nowhere"), foreign.address()), "No such file");
  const TestDatabase empty;
  refused(try_copy(empty.address(), directory_.path("third")), "the database has no store");
  EXPECT_FALSE(std::filesystem::exists(directory_.path("third")));
}

TEST_F(CopyTest, ACopyGoesOnWithItsOwnSourceOnly) {
  {
    const FilledStore filled(first());
  }
  {
    const FilledStore filled(second());
  }
  ASSERT_EQ(error_of(try_copy(first(), database(), stop_at(CopyStep::What::verified))), stopped);
  EXPECT_NE(error_of(try_copy(second(), database())).find("the unfinished copy of another store"),
            std::string::npos);
  ASSERT_TRUE((*open_keys(first()))->create_org("late", time_of_microseconds(1)));
  EXPECT_NE(error_of(try_copy(first(), database())).find("before something was written to it"),
            std::string::npos);
}

// Retention changes records in place and moves no position.
TEST_F(CopyTest, ACopyDoesNotGoOnAfterAPruneOfItsSource) {
  {
    const FilledStore filled(first());
  }
  const auto prune = [](const std::string& store, bool audit) {
    const Time all = time_of_seconds(4'000'000'000);
    store::PruneWork work{.org = {1}, .history_before = all};
    if (audit) work.audit_before = all;
    const auto pruner = open_pruner(store);
    ASSERT_TRUE(pruner) << pruner.error().detail;
    for (bool more = true; more;) {
      const auto piece = (*pruner)->prune(work);
      ASSERT_TRUE(piece) << piece.error().detail;
      more = piece->next.has_value();
    }
  };
  const auto goes_on = [](const Result<store::CopyReport>& copied) {
    return error_of(copied).find("before something was written to it") == std::string::npos;
  };
  for (const bool audit : {false, true}) {
    const TestDatabase there;
    ASSERT_EQ(error_of(try_copy(first(), there.address(), stop_at(CopyStep::What::verified))),
              stopped);
    prune(first(), audit);
    EXPECT_FALSE(goes_on(try_copy(first(), there.address()))) << audit;
  }
  {
    const FilledStore filled(directory_.path("third"));
  }
  ASSERT_TRUE(copy_well(directory_.path("third"), database()));
  for (const bool audit : {false, true}) {
    const std::string back = directory_.path("back" + std::to_string(audit));
    ASSERT_EQ(error_of(try_copy(database(), back, stop_at(CopyStep::What::verified))), stopped);
    prune(database(), audit);
    EXPECT_FALSE(goes_on(try_copy(database(), back))) << audit;
  }
}

TEST_F(CopyTest, AServedStoreIsNotCopied) {
  FilledStore filled(first());
  EXPECT_NE(error_of(try_copy(first(), database())).find("is in use by process"),
            std::string::npos);
}

TEST_F(CopyTest, TheSourceMayBeADatabaseThatIsWritten) {
  FilledStore filled(database());
  const StoreTeller before(database());
  bool written = false;
  const auto report = try_copy(database(), first(), [&](const CopyStep& step) -> Result<void> {
    if (step.table.name != std::string_view("entity") || std::exchange(written, true)) return {};
    filled.append({1}, 10);
    return {};
  });
  ASSERT_TRUE(report) << report.error().detail;
  ASSERT_TRUE(written);
  expect_sound(first());
  const StoreTeller copied(first());
  EXPECT_EQ(copied.text, before.text);
  EXPECT_NE(StoreTeller(database()).text, before.text);
}

// A column that a migration brings must be copied, or be made by the copy.
TEST_F(CopyTest, EveryColumnIsCopied) {
  {
    const FilledStore filled(first());
  }
  {
    Metrics metrics;
    ASSERT_TRUE(open_store(config_of(database()), {}, metrics));
  }
  const std::set<std::string> embedded_only = {
      "meta.key", "meta.value", "log.row", "log_place.org", "log_place.position", "log_place.row"};
  const std::set<std::string> database_only = {"meta.key",
                                               "meta.value",
                                               "secret.name",
                                               "secret.value",
                                               "schema_version.version",
                                               "last_reported.saved_at"};
  std::set<std::string> copied;
  for (const auto& table : store::all_tables()) {
    for (const auto& column : table.columns)
      copied.insert(std::string(table.name) + "." + column.name);
  }
  std::set<std::string> embedded;
  auto file =
      store::sqlite::SqliteConnection::open({.path = first() + "/scorekeeper.db", .vfs = {}});
  ASSERT_TRUE(file);
  auto rows = file->prepare(
      "SELECT m.name || '.' || c.name FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS c"
      " WHERE (m.type = 'table' OR m.name = 'log_head') AND c.hidden = 0"
      " AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'log_placed_head'");
  ASSERT_TRUE(rows);
  while (*rows->step()) embedded.insert(std::string(rows->text(0)));
  auto expected = copied;
  expected.insert(embedded_only.begin(), embedded_only.end());
  EXPECT_EQ(embedded, expected);
  std::set<std::string> in_database;
  auto connection = database_.connect();
  const auto columns = connection.query(
      "SELECT table_name || '.' || column_name FROM information_schema.columns"
      " JOIN information_schema.tables USING (table_schema, table_name)"
      " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'");
  ASSERT_TRUE(columns);
  for (int row = 0; row < columns->size(); ++row) {
    in_database.insert(std::string(columns->text(row, 0)));
  }
  expected = copied;
  expected.insert(database_only.begin(), database_only.end());
  EXPECT_EQ(in_database, expected);
}

TEST(CopyCommand, GoesBetweenDifferentKindsOfStores) {
  for (const auto& [from, to] :
       {std::pair("a", "b"), std::pair("postgres://a", "postgresql://b")}) {
    const auto refused = store_copy(from, to, Format::text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
  }
}

TEST(CopyCommand, Reports) {
  const CopyResult result{
      .from = "dir",
      .to = "postgres://u:***@host/db",
      .report = {.tables = {{.name = "org", .sum = {.rows = 2, .checksum = 255}},
                            {.name = "key", .sum = {.rows = 3, .checksum = 0}}}},
      .seconds = 1.25};
  EXPECT_EQ(write_copy_result(result, Format::text),
            "org: 2 rows, checksum 00000000000000ff\n"
            "key: 3 rows, checksum 0000000000000000\n"
            "copied dir to postgres://u:***@host/db: 5 rows in 1.2 s, verified\n");
  EXPECT_EQ(write_copy_result(result, Format::json),
            R"({"from":"dir","to":"postgres://u:***@host/db","tables":{)"
            R"("org":{"rows":2,"checksum":"00000000000000ff"},)"
            R"("key":{"rows":3,"checksum":"0000000000000000"}},"milliseconds":1250})"
            "\n");
}

}  // namespace
}  // namespace scorekeeper::app
