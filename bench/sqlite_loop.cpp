// The peer of the ledger: a bare loop that appends the same rows to the same schema with the same
// pragmas, statements of 20 rows and a checkpoint thread alike (limits §3, G5). It knows neither
// HTTP nor JSON nor the matrix: what SQLite itself can do on this machine. Prints one line of JSON.
#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "arguments.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr int rows_per_statement = 20;
constexpr int change_columns = 12;
constexpr std::chrono::milliseconds checkpoint_interval{20};
constexpr int wal_pages_restart = 8'000;
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
  std::uint64_t rows_per_commit = 10'000;
  std::uint64_t results = 100;  // rows of one request
  std::uint64_t entities = 100'000;
  std::uint64_t rules = 10;
};

class Loop {
 public:
  Loop(sqlite3* database, LoopOptions options) : database_(database), options_(options) {
    std::string row = "(?";
    for (int column = 1; column < change_columns; ++column) row += ",?";
    row += ')';
    std::string sql = "INSERT INTO outcome_change VALUES " + row;
    for (int n = 1; n < rows_per_statement; ++n) sql += "," + row;
    changes_ = prepare(database, sql);
    request_ = prepare(database, "INSERT INTO request VALUES (?,1,1,?,?,?,?)");
    remarks_ = "Evaluated by run 0123456789abcdef of the nightly build, see handbook";
  }

  void commit_group();
  std::uint64_t rows() const { return rows_; }

 private:
  void bind_row(int at, std::int64_t now);
  void insert_request(std::int64_t now);

  sqlite3* database_;
  LoopOptions options_;
  Statement changes_;
  Statement request_;
  std::mt19937_64 generator_{20'260'501};
  std::uint64_t rows_ = 0;
  std::uint64_t requests_ = 0;
  std::string remarks_;
};

void Loop::bind_row(int at, std::int64_t now) {
  const auto random = generator_();
  const auto row = static_cast<std::int64_t>(++rows_);
  const std::array<std::int64_t, change_columns - 1> values{
      row,
      static_cast<std::int64_t>(random % rows_),
      1,
      static_cast<std::int64_t>(random % options_.rules + 1),
      static_cast<std::int64_t>((random >> 16U) % options_.entities + 1),
      static_cast<std::int64_t>(random % 3 + 1),
      now / 1'000'000,
      static_cast<std::int64_t>(generator_()),
      now,
      1,
      static_cast<std::int64_t>(requests_ + 1)};
  for (int i = 0; i < change_columns - 1; ++i) {
    sqlite3_bind_int64(changes_.get(), at + i + 1, values[static_cast<std::size_t>(i)]);
  }
  sqlite3_bind_text(changes_.get(), at + change_columns, remarks_.data(),
                    static_cast<int>(remarks_.size()), nullptr);
}

void Loop::insert_request(std::int64_t now) {
  int parameter = 0;
  for (const auto value :
       {static_cast<std::int64_t>(++requests_), now, static_cast<std::int64_t>(options_.results),
        static_cast<std::int64_t>(options_.results), static_cast<std::int64_t>(rows_)}) {
    sqlite3_bind_int64(request_.get(), ++parameter, value);
  }
  check(sqlite3_step(request_.get()), database_);
  sqlite3_reset(request_.get());
}

void Loop::commit_group() {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  execute(database_, "BEGIN IMMEDIATE");
  for (std::uint64_t row = 0; row < options_.rows_per_commit; row += rows_per_statement) {
    for (int n = 0; n < rows_per_statement; ++n) bind_row(n * change_columns, now);
    check(sqlite3_step(changes_.get()), database_);
    sqlite3_reset(changes_.get());
    while (rows_ >= (requests_ + 1) * options_.results) insert_request(now);
  }
  execute(database_, "COMMIT");
}

int run(const Arguments& arguments) {
  const auto path = arguments.required("file");
  const Database database = open(path);
  for (const auto* const step : store::sqlite::migrations()) execute(database.get(), step);
  const LoopOptions options{.rows_per_commit = arguments.number("rows-per-commit", 10'000),
                            .results = arguments.number("results", 100),
                            .entities = arguments.number("entities", 100'000),
                            .rules = arguments.number("rules", 10)};
  const auto wanted = std::chrono::milliseconds(arguments.number("milliseconds", 3'000));
  const Checkpointer checkpointer(path);
  Loop loop(database.get(), options);
  const auto begin = Clock::now();
  const auto cpu_begin = std::clock();  // of all threads
  std::uint64_t commits = 0;
  for (; Clock::now() - begin < wanted; ++commits) loop.commit_group();
  const double seconds = duration<double>(Clock::now() - begin).count();
  const double cpu = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
  fmt::print(
      R"({{"rows":{},"commits":{},"seconds":{:.3f},"outcomes_per_second":{:.0f},"cpu_us":{:.3f}}})"
      "\n",
      loop.rows(), commits, seconds, static_cast<double>(loop.rows()) / seconds,
      1e6 * cpu / static_cast<double>(loop.rows()));
  return 0;
}

}  // namespace
}  // namespace scorekeeper::bench

int main(int argc, char** argv) {
  return scorekeeper::bench::run(scorekeeper::bench::Arguments(argc, argv));
}
