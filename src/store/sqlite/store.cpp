#include "store/sqlite/store.h"

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "store/sqlite/audit.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/entity_reader.h"
#include "store/sqlite/keys.h"
#include "store/sqlite/last_reports.h"
#include "store/sqlite/log_writer.h"
#include "store/sqlite/old_requests.h"
#include "store/sqlite/prune.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/secrets.h"
#include "store/sqlite/writer.h"

namespace scorekeeper::store::sqlite {
namespace {

// docs/decisions/0001-sqlite-from-the-amalgamation.md#context has the reason.
constexpr int library_version_min = 3'051'003;
constexpr std::chrono::milliseconds reader_busy_timeout{1'000};
// Nothing else appends but the commands that people type.
constexpr std::chrono::milliseconds command_line_interval{1'000};

Result<void> check_library() {
  if (sqlite3_libversion_number() >= library_version_min) return {};
  return make_error(Code::internal, std::string("SQLite ") + sqlite3_libversion() +
                                        " can corrupt a write-ahead log: 3.51.3 is needed");
}

// Nobody appends to the log meanwhile.
Result<void> rewrite_log(SqliteConnection& connection, const std::string& path) {
  TRY(connection.execute("BEGIN IMMEDIATE"));
  const auto rewritten = rewrite_file(path + "-wal");
  TRY(connection.execute("ROLLBACK"));
  if (rewritten) return {};
  return make_error(rewritten.error().code,
                    rewritten.error().detail +
                        ": the write-ahead log must be written again before it can be relied on; "
                        "make room on its disk and start again, nothing is lost");
}

// After a crash the log may hold commits that were never told durable: now they become so, before
// anything is read. They are copied into the database file, and flushed there. Where that cannot be
// (its disk is full, another process reads or copies), the log is written again in its place: after
// an fsync that failed the kernel takes it for written, so that another fsync would not write it,
// and what is told durable behind it would be lost with it. Then the server serves reads, and the
// checkpointer copies the log when it can. A file system that copies what is written again may need
// room for that, too: without it there is no start.
Result<void> checkpoint_at_start(SqliteConnection& connection, const std::string& path) {
  const int code = sqlite3_wal_checkpoint_v2(connection.get(), "main", SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  const Error error = error_of(connection.get(), code, "cannot checkpoint");
  if ((code & 0xff) == SQLITE_FULL) {
    log::warning("started on a full disk", {{"store", path}, {"detail", error.detail}});
  } else if ((code & 0xff) != SQLITE_BUSY) {
    return error;
  }
  return rewrite_log(connection, path);
}

class SqliteStore final : public Store {
 public:
  SqliteStore(LockFile lock, const StoreOptions& options)
      : lock_(std::move(lock)), durability_(options.on_failure) {}

  Result<void> start(const StoreOptions& options, Metrics& metrics);

  Result<LogPage> read(OrgId org, RowId after, std::size_t records_max) override {
    const auto reader = TRY(readers_->lend());
    return reader->log.read(org, after, records_max);
  }
  Result<std::vector<OutcomeRow>> rows(OrgId org, std::span<const RowId> positions) override {
    const auto reader = TRY(readers_->lend());
    return read_rows(reader->connection, reader->log, org, positions);
  }
  Result<std::optional<AcceptedRequest>> find_request(OrgId org, RequestNumber number) override {
    const auto reader = TRY(readers_->lend());
    return reader->log.find_request(org, number);
  }
  Result<void> ping() override {
    const auto reader = TRY(readers_->lend());
    return reader->ping.run();
  }

  Result<Heads> heads() override {
    const auto reader = TRY(readers_->lend());
    return Heads{.generation = 1, .heads = TRY(reader->log.heads())};
  }
  Result<Append> append(std::span<const OrgId> orgs, const PrepareAppend& prepare) override {
    return writer_->transaction([&] { return log_->append(orgs, prepare); });
  }
  // One writer at a time: whoever waits for one org waits for all.
  std::size_t orgs_in_append_max() const override { return SIZE_MAX; }
  std::chrono::milliseconds follow_interval() const override { return command_line_interval; }
  // The command line writes orgs and keys, which the matrix does not have: answers are right while
  // a commit hangs.
  std::chrono::milliseconds heads_age_max() const override {
    return std::chrono::milliseconds::max();
  }
  Result<RequestNumber> reserve_requests(std::uint64_t count) override {
    return writer_->transaction([&] { return log_->reserve_requests(count); });
  }
  Result<std::uint64_t> forget_requests(Time before, std::uint64_t limit) override {
    return writer_->transaction([&] { return old_requests_->forget(before, limit); });
  }
  Result<Pruned> prune(const PruneWork& work) override {
    return writer_->transaction([&] { return prune_piece(*prune_, work); });
  }
  Result<void> save_reported(std::span<const ReportedBlock> blocks) override {
    return writer_->transaction([&] { return log_->save_reported(blocks); });
  }
  Result<bool> load_new_reports(const std::function<void(const ReportedBlock&)>& block) override {
    const auto reader = TRY(readers_->lend());
    return reports_.load(reader->connection, block);
  }
  void forget_reports_seen() override { reports_ = LastReports(); }

  Result<Secrets> secrets() override { return read_secrets(TRY(readers_->lend())->connection); }
  Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                  const EntityListFilter& filter) override {
    const auto reader = TRY(readers_->lend());
    return sqlite::find_entities(reader->connection, org, filter);
  }
  Result<std::vector<ListedEntity>> read_entities(OrgId org,
                                                  const EntitySelection& selection) override {
    const auto reader = TRY(readers_->lend());
    return sqlite::read_entities(reader->connection, org, selection);
  }
  Result<RelationPage> list_relations(OrgId org, const RelationListFilter& filter) override {
    const auto reader = TRY(readers_->lend());
    return sqlite::list_relations(reader->connection, org, filter);
  }
  using Catalog::list_audit;
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter,
                                             WorkBudget& budget) override {
    const auto reader = TRY(readers_->lend());
    return sqlite::list_audit(reader->connection, reader->log, org, filter, budget);
  }
  Result<Keys> load_keys() override { return sqlite::load_keys(TRY(readers_->lend())->connection); }
  Result<std::uint64_t> keys_version() override;
  void look_at_files() override {
    if (const auto missing = files_.find_missing()) durability_.fail_files(*missing);
  }

 private:
  // Stopped and closed in the reverse order: writers first, the lock last.
  LockFile lock_;
  StoreFiles files_;
  Durability durability_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<LogWriter> log_;
  std::unique_ptr<OldRequests> old_requests_;
  std::unique_ptr<SqlitePruneTables> prune_;
  LastReports reports_;  // committer thread only
};

Result<void> SqliteStore::start(const StoreOptions& options, Metrics& metrics) {
  ConnectionOptions file{.path = database_path(options.directory),
                         .vfs = options.vfs,
                         .busy_timeout = write_lock_timeout};
  SqliteConnection connection = TRY(open_connection(file));
  TRY(migrate(connection, file.path, Migrate::upgrade));
  TRY(make_secrets(connection));
  TRY(checkpoint_at_start(connection, file.path));
  // A log that had to grow gives its space back at the next restart.
  const auto kept = options.wal_pages_restart * 4 * page_bytes;
  TRY(connection.execute(("PRAGMA journal_size_limit = " + std::to_string(kept)).c_str()));
  TRY(connection.execute("PRAGMA cache_size = -32768"));

  file.busy_timeout = std::chrono::milliseconds(0);
  SqliteConnection copying = TRY(open_connection(file));
  checkpointer_ = std::make_unique<Checkpointer>(
      std::move(copying),
      CheckpointerOptions{.interval = options.checkpoint_interval,
                          .pages_restart = options.wal_pages_restart},
      durability_, metrics);
  file.busy_timeout = reader_busy_timeout;
  readers_ = TRY(Readers::open(file, options.readers));
  files_ = TRY(StoreFiles::remember(options.directory));
  writer_ = TRY(Writer::open(std::move(connection), *checkpointer_, durability_,
                             {.wal_bytes_max = options.wal_bytes_max, .files = files_}));
  log_ = TRY(LogWriter::open(writer_->connection(), options.records_placed_at_once));
  old_requests_ = TRY(OldRequests::open(writer_->connection()));
  prune_ = TRY(SqlitePruneTables::open(writer_->connection()));
  return {};
}

Result<std::uint64_t> SqliteStore::keys_version() {
  const auto reader = TRY(readers_->lend());
  if (!TRY(reader->ping.step())) {
    return make_error(Code::internal, "the store has no version of its keys");
  }
  const std::uint64_t version = reader->ping.u64(0);
  reader->ping.reset();
  return version;
}

}  // namespace

void log_failure(const StoreFailure& failure) {
  log::error(failure.event, {{"where", failure.where}, {"detail", failure.detail}});
}

void end_process(const StoreFailure& failure) {
  log_failure(failure);
  log::flush();
  std::_Exit(1);
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, Metrics& metrics) {
  TRY(check_library());
  TRY(make_directory(options.directory));
  LockFile lock = TRY(LockFile::take(options.directory));
  auto store = std::make_unique<SqliteStore>(std::move(lock), options);
  Result<void> started = store->start(options, metrics);
  if (!started) {
    Error error = std::move(started).error();
    if (error.detail.find(options.directory) == std::string::npos) {
      error.detail = "cannot use " + options.directory + ": " + error.detail;
    }
    return error;
  }
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace scorekeeper::store::sqlite
