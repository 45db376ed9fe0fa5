// The ledger against a bare loop over SQLite that stores the same rows (goal G5), and the fold at
// start. Compare items_per_second of one run; disks drift.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store.h"
#include "store/sqlite/test_directory.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t group_rows = 10'000;
constexpr std::size_t rows_per_statement = 20;

// Remarks of about 70 bytes, as in the prototype's measurements (limits).
std::vector<OutcomeChange> make_changes(std::size_t rows) {
  static constexpr std::string_view remarks =
      "See: https://app.example.com/services?hostGroup=12345&env=production#ok";
  std::vector<OutcomeChange> changes;
  changes.reserve(rows);
  for (std::size_t n = 0; n < rows; ++n) {
    changes.push_back({.id = {n + 1},
                       .previous = {n},
                       .org = {1},
                       .rule = {static_cast<std::uint32_t>(1 + n % 100)},
                       .entity = {static_cast<std::uint32_t>(1 + n * 7919 % 100'000)},
                       .state = static_cast<State>(1 + n % 3),
                       .first_reported = 1'790'000'000,
                       .hash = n * 0x9e3779b97f4a7c15U,
                       .at = time_of_microseconds(1'790'000'000'000'000),
                       .key = {3},
                       .request = {1'000'000 + n / 100},
                       .remarks = remarks});
  }
  return changes;
}

// The next group: the same rows with higher ids.
void advance(std::vector<OutcomeChange>& changes) {
  for (auto& change : changes) change.id.number += changes.size();
}

void append_through_ledger(benchmark::State& state) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  const Gauge& wal_bytes = metrics.gauge("scorekeeper_wal_bytes", "");
  double wal_bytes_max = 0;
  std::vector<double> seconds;
  auto changes = make_changes(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    const auto start = std::chrono::steady_clock::now();
    const auto done = (*store)->append(
        {.changes = changes, .requests = {}, .entities = {}, .requests_reserved = {}});
    if (!done) state.SkipWithError(done.error().detail.c_str());
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    wal_bytes_max = std::max(wal_bytes_max, wal_bytes.value());
    advance(changes);
  }
  std::ranges::sort(seconds);
  state.counters["p99_ms"] = 1'000 * seconds[seconds.size() * 99 / 100];
  state.counters["wal_mib_max"] = wal_bytes_max / (1 << 20);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// What a bare program does: the C API, no errors checked but the last, one connection; its
// checkpoints run on another thread, as ours do.
class BareLoop {
 public:
  explicit BareLoop(const std::string& directory) {
    ASSERT(make_directory(directory));
    path_ = database_path(directory);
    sqlite3_open(path_.c_str(), &database_);
    sqlite3_exec(database_,
                 ("PRAGMA page_size=" + std::to_string(page_bytes) +
                  ";PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                  "PRAGMA wal_autocheckpoint=0;PRAGMA cache_size=-32768")
                     .c_str(),
                 nullptr, nullptr, nullptr);
    sqlite3_exec(database_,
                 "CREATE TABLE change (id INTEGER PRIMARY KEY, previous INTEGER, org INTEGER,"
                 " rule INTEGER, entity INTEGER, state INTEGER, first INTEGER, hash INTEGER,"
                 " at INTEGER, key INTEGER, request INTEGER, remarks TEXT)",
                 nullptr, nullptr, nullptr);
    std::string sql = "INSERT INTO change VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    for (std::size_t n = 1; n < rows_per_statement; ++n) sql += ",(?,?,?,?,?,?,?,?,?,?,?,?)";
    sqlite3_prepare_v2(database_, sql.c_str(), -1, &insert_, nullptr);
    sqlite3_busy_timeout(database_, 5'000);
    checkpointer_ = std::thread([this] { checkpoint(); });
  }
  ~BareLoop() {
    stop_ = true;
    checkpointer_.join();
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  bool append(std::span<const OutcomeChange> changes) {
    sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (std::size_t row = 0; row < changes.size(); row += rows_per_statement) {
      int at = 0;
      for (const auto& c : changes.subspan(row, rows_per_statement)) {
        for (const auto value :
             {static_cast<std::int64_t>(c.id.number), static_cast<std::int64_t>(c.previous.number),
              std::int64_t{c.org.number}, std::int64_t{c.rule.number},
              std::int64_t{c.entity.number}, static_cast<std::int64_t>(c.state),
              std::int64_t{c.first_reported}, static_cast<std::int64_t>(c.hash),
              microseconds_of(c.at), std::int64_t{c.key.number},
              static_cast<std::int64_t>(c.request.number)}) {
          sqlite3_bind_int64(insert_, ++at, value);
        }
        sqlite3_bind_text(insert_, ++at, c.remarks.data(), static_cast<int>(c.remarks.size()),
                          nullptr);
      }
      sqlite3_step(insert_);
      sqlite3_reset(insert_);
    }
    return sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK;
  }

 private:
  void checkpoint() {
    sqlite3* connection = nullptr;
    sqlite3_open(path_.c_str(), &connection);
    while (!stop_) {
      int frames = 0;
      int copied = 0;
      sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
      if (frames >= 8'000 && frames - copied <= frames / 8) {
        sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    sqlite3_close(connection);
  }

  std::string path_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::atomic<bool> stop_{false};
  std::thread checkpointer_;
};

void append_bare(benchmark::State& state) {
  const TestDirectory directory;
  BareLoop loop(directory.store());
  auto changes = make_changes(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    if (!loop.append(changes)) state.SkipWithError("the bare loop cannot append");
    advance(changes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Entities whose names come in no order.
class NewEntities {
 public:
  std::span<const NewEntity> next(std::size_t count) {
    references_.clear();
    entities_.clear();
    references_.reserve(count);
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint64_t scattered = (++known_ * std::uint64_t{2'654'435'761}) & 0xffffffffU;
      references_.push_back("service:default/team-" + std::to_string(scattered));
      entities_.push_back(
          {.org = {1}, .number = {known_}, .reference = references_.back(), .discovered_at = {}});
    }
    return entities_;
  }
  std::uint32_t known() const { return known_; }

 private:
  std::uint32_t known_ = 0;
  std::vector<std::string> references_;
  std::vector<NewEntity> entities_;
};

// A first load: every outcome is of an entity that was not seen before. range(0): entities that are
// there already, in thousands.
void append_new_entities(benchmark::State& state) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  auto changes = make_changes(group_rows);
  NewEntities entities;
  const auto append = [&] {
    const auto done = (*store)->append({.changes = changes,
                                        .requests = {},
                                        .entities = entities.next(group_rows),
                                        .requests_reserved = {}});
    if (!done) state.SkipWithError(done.error().detail.c_str());
    advance(changes);
  };
  while (entities.known() < static_cast<std::uint32_t>(state.range(0)) * 1'000) append();
  while (state.KeepRunning()) append();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(group_rows));
}

// The last page of the list that has entities without a definition in it, behind all the others.
void list_discovered(benchmark::State& state) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  NewEntities entities;
  const auto count = static_cast<std::size_t>(state.range(0)) * 1'000;
  const auto done = (*store)->append(
      {.changes = {}, .requests = {}, .entities = entities.next(count), .requests_reserved = {}});
  if (!done) state.SkipWithError(done.error().detail.c_str());
  while (state.KeepRunning()) {
    const auto page =
        (*store)->find_entities({1}, {.include_discovered = true, .offset = count - 100});
    if (!page || page->size() != 100) state.SkipWithError("not a page");
  }
}

void fold(benchmark::State& state) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  auto changes = make_changes(group_rows);
  for (std::size_t n = 0; n < 100; ++n) {
    const auto done = (*store)->append(
        {.changes = changes, .requests = {}, .entities = {}, .requests_reserved = {}});
    if (!done) state.SkipWithError(done.error().detail.c_str());
    advance(changes);
  }
  store->reset();
  store = Store::open({.directory = directory.store()}, metrics);
  std::int64_t rows = 0;
  while (state.KeepRunning()) {
    const auto done = (*store)->fold([&](const OutcomeChange&) { ++rows; });
    if (!done) state.SkipWithError(done.error().detail.c_str());
  }
  state.SetItemsProcessed(rows);
}

void look_up_a_page(benchmark::State& state) {
  const TestDirectory directory;
  Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  auto changes = make_changes(group_rows);
  for (std::size_t n = 0; n < 20; ++n) {
    const auto done = (*store)->append(
        {.changes = changes, .requests = {}, .entities = {}, .requests_reserved = {}});
    if (!done) state.SkipWithError(done.error().detail.c_str());
    advance(changes);
  }
  std::vector<RowId> ids;
  ids.reserve(100);
  for (std::uint64_t n = 0; n < 100; ++n) ids.push_back({1 + n * 1'999});
  while (state.KeepRunning()) benchmark::DoNotOptimize((*store)->rows({1}, ids));
  state.SetItemsProcessed(state.iterations() * 100);
}

// Interleaved repetitions, so that a drifting disk hits both sides.
BENCHMARK(append_through_ledger)->Arg(10'000)->Arg(1'600)->UseRealTime()->MinTime(1.5);
BENCHMARK(append_bare)->Arg(10'000)->Arg(1'600)->UseRealTime()->MinTime(1.5);
BENCHMARK(append_new_entities)->Arg(0)->Arg(200)->Arg(1'000)->UseRealTime()->Iterations(20);
BENCHMARK(list_discovered)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK(fold)->Unit(benchmark::kMillisecond);
BENCHMARK(look_up_a_page);

}  // namespace
}  // namespace scorekeeper::store::sqlite
