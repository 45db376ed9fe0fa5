// The peer of the log: a bare loop that appends the same records to the same schema with the same
// pragmas and a checkpoint thread alike. It knows neither HTTP nor the matrix, and its chains are
// random: what SQLite itself can do on this machine. Prints one line of JSON.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "arguments.h"
#include "random_records.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::chrono::milliseconds checkpoint_interval{20};
constexpr int wal_pages_restart = 8'000;
constexpr std::uint64_t records_placed_at_once = 16'384;
constexpr int restart_rest_divisor = 8;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

void check(int code, sqlite3* database) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  fmt::print(stderr, "sqlite_loop: {}\n", sqlite3_errmsg(database));
  std::exit(1);
}

void execute(sqlite3* database, const char* sql) {
  check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database);
}

Database open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  check(code, handle);
  sqlite3_busy_timeout(handle, 5'000);
  const auto pragmas = fmt::format(
      "PRAGMA page_size = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
      "PRAGMA temp_store = MEMORY",
      store::sqlite::page_bytes);
  execute(handle, pragmas.c_str());
  return database;
}

Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* handle = nullptr;
  check(sqlite3_prepare_v3(database, sql.c_str(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &handle, nullptr),
        database);
  return Statement(handle);
}

// PASSIVE every interval in which something was committed; RESTART when the log is long and nearly
// copied. On a thread and a connection of its own.
class Checkpointer {
 public:
  explicit Checkpointer(const std::string& path)
      : database_(open(path)), thread_([this] { run(); }) {
    sqlite3_busy_timeout(database_.get(), 0);
  }
  ~Checkpointer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    int frames = 0;
    int copied = 0;
    sqlite3_wal_checkpoint_v2(database_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, &frames,
                              &copied);
  }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, checkpoint_interval, [this] { return stopping_; })) {
      lock.unlock();
      int frames = 0;
      int copied = 0;
      const int code = sqlite3_wal_checkpoint_v2(database_.get(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                                 &frames, &copied);
      if (code == SQLITE_OK && frames >= wal_pages_restart &&
          frames - copied <= frames / restart_rest_divisor) {
        sqlite3_wal_checkpoint_v2(database_.get(), "main", SQLITE_CHECKPOINT_RESTART, &frames,
                                  &copied);
      }
      lock.lock();
    }
  }

  Database database_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

struct LoopOptions {
  std::uint64_t rows_per_commit = 10'000;  // changes
  std::uint64_t results = 100;             // changes of one request
  std::uint64_t entities = 100'000;
  std::uint64_t rules = 10;
  std::uint64_t orgs = 1;
};

class Loop {
 public:
  Loop(sqlite3* database, LoopOptions options)
      : database_(database), options_(options), positions_(options.orgs) {
    record_ = prepare(database,
                      "INSERT INTO log (org, position, count, at, kind, actor_type, actor, request,"
                      " request_id, group_end, chain, body)"
                      " VALUES (?,?,?,?,1,'key','3',?,'',?,randomblob(16),?)");
    request_ = prepare(database, "INSERT INTO request VALUES (?,?,'key','3',?,?,?,?)");
  }

  void commit_group();
  std::uint64_t rows() const { return rows_; }

 private:
  void append_request(std::int64_t now);
  void place_records();
  void run(const Statement& statement, std::initializer_list<std::int64_t> values);

  sqlite3* database_;
  LoopOptions options_;
  std::vector<std::uint64_t> positions_;  // by org
  Statement record_;
  Statement request_;
  RandomRecords records_{options_.rules, options_.entities};
  std::uint64_t rows_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t unplaced_ = 0;  // records
};

// A text is bound before.
void Loop::run(const Statement& statement, std::initializer_list<std::int64_t> values) {
  int parameter = 0;
  for (const auto value : values) sqlite3_bind_int64(statement.get(), ++parameter, value);
  check(sqlite3_step(statement.get()), database_);
  sqlite3_reset(statement.get());
}

void Loop::append_request(std::int64_t now) {
  const std::uint64_t org = ++requests_ % options_.orgs;
  const auto number = static_cast<std::int64_t>(org + 1);
  const auto request = static_cast<std::int64_t>(requests_);
  const auto total = static_cast<std::int64_t>(options_.results);
  const auto records =
      records_.request(time_of_microseconds(now), options_.results, positions_[org]);
  for (const RandomRecord& record : records) {
    sqlite3_bind_text(record_.get(), 7, record.body.data(), static_cast<int>(record.body.size()),
                      nullptr);
    run(record_, {number, static_cast<std::int64_t>(positions_[org] + 1), record.count, now,
                  request, &record == &records.back() ? 1 : 0});
    ++unplaced_;
    positions_[org] += record.count;
    rows_ += record.count;
  }
  const auto position = static_cast<std::int64_t>(positions_[org]);
  run(request_, {request, number, now, total, total, position});
}

void Loop::place_records() {
  execute(database_,
          "INSERT INTO log_place SELECT org, position, row FROM log"
          " WHERE row > (SELECT value FROM meta WHERE key = 'log_placed') ORDER BY org, position");
  execute(database_, store::sqlite::place_heads);
  execute(database_, "UPDATE meta SET value = (SELECT max(row) FROM log) WHERE key = 'log_placed'");
  unplaced_ = 0;
}

void Loop::commit_group() {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  execute(database_, "BEGIN IMMEDIATE");
  const std::uint64_t end = rows_ + options_.rows_per_commit;
  while (rows_ < end) append_request(now);
  if (unplaced_ >= records_placed_at_once) place_records();
  execute(database_, "COMMIT");
}

// By all threads, into whatever files.
std::uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") return value;
  }
  return 0;
}

int run(const Arguments& arguments) {
  const auto path = arguments.required("file");
  const Database database = open(path);
  for (const auto* const step : store::sqlite::migrations()) execute(database.get(), step);
  const LoopOptions options{.rows_per_commit = arguments.number("rows-per-commit", 10'000),
                            .results = arguments.number("results", 100),
                            .entities = arguments.number("entities", 100'000),
                            .rules = arguments.number("rules", 10),
                            .orgs = arguments.number("orgs", 1)};
  const auto wanted = std::chrono::milliseconds(arguments.number("milliseconds", 3'000));
  const Checkpointer checkpointer(path);
  Loop loop(database.get(), options);
  const auto bytes_begin = bytes_written();
  const auto begin = Clock::now();
  const auto cpu_begin = std::clock();  // of all threads
  std::uint64_t commits = 0;
  for (; Clock::now() - begin < wanted; ++commits) loop.commit_group();
  const double seconds = duration<double>(Clock::now() - begin).count();
  const double cpu = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
  fmt::print(
      R"({{"rows":{},"commits":{},"seconds":{:.3f},"outcomes_per_second":{:.0f},"cpu_us":{:.3f},)"
      R"("bytes_written":{:.0f}}})"
      "\n",
      loop.rows(), commits, seconds, static_cast<double>(loop.rows()) / seconds,
      1e6 * cpu / static_cast<double>(loop.rows()),
      static_cast<double>(bytes_written() - bytes_begin) / static_cast<double>(loop.rows()));
  return 0;
}

}  // namespace
}  // namespace scorekeeper::bench

int main(int argc, char** argv) {
  return scorekeeper::bench::run(scorekeeper::bench::Arguments(argc, argv));
}
