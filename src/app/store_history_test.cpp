// Any history of servers on each real store (intake/history_fixture.h), with what each can fail in:
// a failing disk and a failed fsync, connections that are cut at the COMMIT and in between; and
// with keys that the command line makes beside the servers. Afterwards the state tables are what a
// replay makes of the logs: `verify` says so, of a database once it is copied.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "app/stores.h"
#include "base/test_directory.h"
#include "intake/history_fixture.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/proxy_fixture.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/fault_vfs.h"
#include "store/sqlite/query_rows.h"
#include "store/sqlite/tools/backup.h"
#include "store/sqlite/tools/verify.h"

namespace scorekeeper::app {
namespace {

using intake::ViewCounts;

// The faults in a directory, or nothing.
std::string find_faults(const std::string& directory, const ViewCounts& wanted) {
  const std::string file = directory + "/" + store::sqlite::file_name;
  const auto found = store::sqlite::verify(file);
  if (!found) return found.error().detail;
  if (found->faults_total > 0) return testing::PrintToString(found->faults);
  const auto counts = store::sqlite::query_rows(
      file,
      "SELECT (SELECT count(*) FROM outcome), (SELECT count(*) FROM outcome_history), "
      "(SELECT count(*) FROM audit)");
  const auto should = fmt::format("{}|{}|{}", wanted.outcomes, wanted.changes, wanted.events);
  return counts.front() == should ? "" : "views: " + counts.front() + ", not " + should;
}

// Writes as the command line does in another process.
class CommandLine {
 public:
  explicit CommandLine(const std::string& store) : store_(store) {
    const auto made = open()->create_org("acme", time_of_seconds(1));
    EXPECT_TRUE(made) << made.error().detail;
  }
  // The store has gone there.
  void follow(const std::string& store) { store_ = store; }
  void make_key(Time now) {
    Key key{.id = {},
            .org = {1},
            .name = fmt::format("key {}", ++keys_),
            .hash = {},
            .scopes = {},
            .created_at = now,
            .revoked_at = {}};
    key.hash[0] = std::byte(keys_);
    key.hash[1] = std::byte(keys_ >> 8);
    const auto keys = open();
    const auto made = keys->create_key(key);
    ASSERT_TRUE(made) << made.error().detail;
    if (keys_ % 2 != 0) return;
    ASSERT_TRUE(keys->revoke_key(made->id, now));
  }

 private:
  std::unique_ptr<store::KeyStore> open() {
    auto keys = open_keys(store_);
    EXPECT_TRUE(keys) << keys.error().detail;
    return *std::move(keys);
  }

  std::string store_;
  int keys_ = 0;
};

Result<store::Pruned> prune_beside(const std::string& store, const store::PruneWork& work) {
  const auto pruner = TRY(open_pruner(store));
  return pruner->prune(work);
}

class SqliteSite {
 public:
  static constexpr std::size_t servers = 1;
  static constexpr bool restores_beside_servers = false;
  static constexpr std::array faults{"a full disk", "a failed write", "a failed fsync"};

  SqliteSite() { reopen(0); }
  store::Log& log(std::size_t = 0) { return *store_; }
  store::Catalog& catalog(std::size_t = 0) { return *store_; }
  void reopen(std::size_t) {
    store_.reset();
    dead_ = false;
    auto opened = store::sqlite::Store::open({.directory = place_,
                                              .on_failure = [this](const auto&) { dead_ = true; },
                                              .vfs = disk_.name()},
                                             metrics_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
    if (!command_line_) command_line_.emplace(place_);
    command_line_->follow(place_);
  }
  Result<store::Pruned> prune(const store::PruneWork& work) { return prune_beside(place_, work); }
  // The files as they lie there, while the server goes on. A reader that goes on meanwhile keeps
  // the copied parts from being written over.
  void crash(std::size_t n, const std::function<void()>& stop) {
    const std::string place = next_place();
    std::filesystem::create_directory(place);
    {
      auto reader = store::sqlite::SqliteConnection::open({.path = database(place_), .vfs = {}});
      ASSERT_TRUE(reader && reader->execute("BEGIN") &&
                  reader->query_integer("SELECT count(*) FROM meta"));
      for (const char* const suffix : {"", "-wal"}) {
        std::filesystem::copy_file(database(place_) + suffix, database(place) + suffix);
      }
    }
    stop();
    place_ = place;
    reopen(n);
  }
  void back_up() {
    backup_ = directory_.path(fmt::format("backup-{}", ++places_));
    const auto made = store::sqlite::back_up(place_, backup_);
    ASSERT_TRUE(made) << made.error().detail;
  }
  void restore() {
    store_.reset();
    place_ = next_place();
    const auto restored = store::sqlite::restore(backup_, place_);
    ASSERT_TRUE(restored) << restored.error().detail;
    reopen(0);
  }
  bool is_dead(std::size_t) const { return dead_; }
  void fail(std::size_t, std::size_t fault) {
    if (fault == 0) disk_.fail_writes(1 + fails_++ % 6, SQLITE_FULL);
    if (fault == 1) disk_.fail_writes(1 + fails_++ % 6, SQLITE_IOERR_WRITE);
    if (fault == 2) disk_.fail_syncs(1, SQLITE_IOERR_FSYNC);
  }
  void repair(std::size_t) { disk_.repair(); }
  void make_key(Time now) { command_line_->make_key(now); }
  std::string check(const ViewCounts& wanted) { return find_faults(place_, wanted); }

  std::string refused_remarks{};

 private:
  static std::string database(const std::string& place) {
    return place + "/" + store::sqlite::file_name;
  }
  std::string next_place() { return directory_.path(fmt::format("store-{}", ++places_)); }

  store::sqlite::FaultVfs disk_{"history"};
  TestDirectory directory_;
  std::string place_ = directory_.store();
  std::string backup_;
  int places_ = 0;
  Metrics metrics_;
  std::unique_ptr<store::sqlite::Store> store_;
  std::optional<CommandLine> command_line_;
  std::atomic<bool> dead_ = false;
  std::int64_t fails_ = 0;
};

TEST(AnyHistoryOnSqlite, LeavesWhatItsLogFoldsTo) {
  static constexpr std::array wanted{"a full disk: not stored", "a failed write: not stored",
                                     "restores", "snapshots not used"};
  intake::run_histories<SqliteSite>(8, 90, wanted);
}

class PostgresSite {
 public:
  static constexpr std::size_t servers = 2;
  static constexpr bool restores_beside_servers = true;
  static constexpr std::array faults{"a COMMIT that is lost", "a COMMIT whose answer is lost",
                                     "connections that end"};

  PostgresSite() {
    for (auto& store : stores_) store = open(proxy_of(store).folder());
    store_ = open(store::postgres::postgres_server().folder());
    command_line_.emplace(address());
  }
  store::Log& log(std::size_t n) { return *stores_[n]; }
  store::Log& log() { return *store_; }
  store::Catalog& catalog(std::size_t n) { return *stores_[n]; }
  store::Catalog& catalog() { return *store_; }
  void reopen(std::size_t n) {
    stores_[n].reset();
    stores_[n] = open(proxies_[n].folder());
  }
  bool is_dead(std::size_t) const { return false; }
  void fail(std::size_t n, std::size_t fault) {
    using store::postgres::Cut;
    if (fault == 0) proxies_[n].cut(Cut::before_it_arrives);
    if (fault == 1) proxies_[n].cut(Cut::before_the_answer);
    if (fault != 2) return;
    const auto ended = database_.connect().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    ASSERT_TRUE(ended) << ended.error().detail;
  }
  void repair(std::size_t n) { proxies_[n].cut(store::postgres::Cut::never); }
  Result<store::Pruned> prune(const store::PruneWork& work) {
    return prune_beside(address(), work);
  }
  void crash(std::size_t n, const std::function<void()>& stop) {
    stop();
    reopen(n);
  }
  // Both beside the servers, whose connections end.
  void back_up() {
    const std::string last = std::exchange(backup_, fmt::format("{}_backup_{}", name(), ++copies_));
    close(name());
    run("CREATE DATABASE " + backup_ + " TEMPLATE " + name());
    run("ALTER DATABASE " + name() + " ALLOW_CONNECTIONS true");
    if (!last.empty()) run("DROP DATABASE " + last);
  }
  // As docs/operations.md says: another history has another epoch.
  void restore() {
    const std::string copy = fmt::format("{}_copy_{}", name(), ++copies_);
    run("CREATE DATABASE " + copy + " TEMPLATE " + backup_);
    {
      auto connection = store::postgres::PgConnection::open(
          {.address = store::postgres::postgres_server().address(copy)});
      ASSERT_TRUE(connection &&
                  connection->execute("UPDATE meta SET value = (random() * 9e18)::bigint"
                                      " WHERE key = 'epoch'"));
    }
    close(name());
    run("DROP DATABASE " + name());
    run("ALTER DATABASE " + copy + " RENAME TO " + name());
  }
  void make_key(Time now) { command_line_->make_key(now); }
  std::string check(const ViewCounts& wanted) {
    const TestDirectory directory;
    const auto copied = copy_to(directory.store());
    if (!copied) return copied.error().detail;
    const auto rows = count_rows();
    if (!rows) return rows.error().detail;
    if (*rows != std::array{wanted.outcomes, wanted.changes, wanted.events}) {
      return "views: " + testing::PrintToString(*rows);
    }
    return find_faults(directory.store(), wanted);
  }

  std::string refused_remarks{};

 private:
  std::string address() const { return database_.address(); }
  const std::string& name() const { return database_.name(); }
  static void run(const std::string& sql) {
    auto admin = store::postgres::PgConnection::open(
        {.address = store::postgres::postgres_server().address("postgres"),
         .statement_timeout = std::chrono::minutes(1)});
    ASSERT_TRUE(admin) << admin.error().detail;
    const auto done = admin->execute(sql.c_str());
    ASSERT_TRUE(done) << sql << ": " << done.error().detail;
  }
  // To all, until it is opened again or gone.
  static void close(const std::string& database) {
    run("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database +
        "'");
  }
  store::postgres::CuttingProxy& proxy_of(const std::unique_ptr<store::postgres::Store>& store) {
    return proxies_[static_cast<std::size_t>(&store - stores_.data())];
  }
  std::unique_ptr<store::postgres::Store> open(const std::string& folder) {
    auto opened = store::postgres::Store::open({.address = database_.address_through(folder)});
    EXPECT_TRUE(opened) << opened.error().detail;
    return *std::move(opened);
  }
  Result<void> copy_to(const std::string& directory) {
    const auto source = TRY(open_copy_source(address()));
    const auto target = TRY(open_copy_target(directory));
    TRY(store::copy_store(*source, *target, [](const store::CopyStep&) { return Result<void>(); }));
    return {};
  }
  Result<std::array<std::size_t, 3>> count_rows() {
    auto connection = database_.connect();
    const auto rows = TRY(connection.query(
        "SELECT (SELECT count(*) FROM outcome), (SELECT count(*) FROM outcome_history), "
        "(SELECT count(*) FROM audit)"));
    return std::array<std::size_t, 3>{rows.u64(0, 0), rows.u64(0, 1), rows.u64(0, 2)};
  }

  store::postgres::TestDatabase database_;
  std::string backup_;
  int copies_ = 0;
  std::array<store::postgres::CuttingProxy, servers> proxies_{
      store::postgres::CuttingProxy(store::postgres::postgres_server().folder()),
      store::postgres::CuttingProxy(store::postgres::postgres_server().folder())};
  std::array<std::unique_ptr<store::postgres::Store>, servers> stores_;
  std::unique_ptr<store::postgres::Store> store_;
  std::optional<CommandLine> command_line_;
};

TEST(AnyHistoryOnPostgres, LeavesWhatItsLogFoldsTo) {
  static constexpr std::array wanted{"a COMMIT that is lost: not stored",
                                     "a COMMIT whose answer is lost: answered, stored",
                                     "tails failed", "calls of a second server", "failovers"};
  intake::run_histories<PostgresSite>(5, 90, wanted);
}

}  // namespace
}  // namespace scorekeeper::app
