// The embedded store: one SQLite file in a directory. Owns every connection; each connection
// belongs to one thread: the committer's, the checkpointer's, the readers' (a small pool).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/log.h"

namespace scorekeeper::store::sqlite {

inline constexpr const char* file_name = "scorekeeper.db";
inline constexpr const char* lock_file_name = "scorekeeper.lock";

// The reason why a store refuses every write from now on. Views live as long as the call that
// carries them.
struct StoreFailure {
  std::string_view event;   // of the log: "fsync_failed", "store_removed"
  std::string_view where;   // what was under way, or the file that is gone
  std::string_view detail;  // a sentence for the operator
};
void log_failure(const StoreFailure& failure);
// Logs, flushes the log and ends the process at once, with status 1: closing the store would
// write what may not be written.
void end_process(const StoreFailure& failure);

struct StoreOptions {
  std::string directory;
  unsigned readers = 3;  // connections for readers
  std::chrono::milliseconds checkpoint_interval{20};
  std::size_t wal_pages_restart = 8'000;  // a log longer than this and nearly copied is restarted
  std::size_t wal_bytes_max = std::size_t{4} << 30;  // above it appends are answered `unavailable`
  // So many records get their rows in log_place together: some milliseconds of an append.
  std::int64_t records_placed_at_once = 16'384;
  // Called once, on the thread that saw it. When it returns, every write is `unavailable` from then
  // on, and the process must end without closing the store (app/service.h).
  std::function<void(const StoreFailure&)> on_failure = end_process;
  std::string vfs{};  // name of a SQLite VFS: failing disks of tests; empty = the system's
};

// The server's store. open() creates the directory (0700) and the file, takes the lock file (a
// second server is an Error that says so), checks SQLite's version, migrates, checkpoints
// (TRUNCATE), and starts the checkpointer. All Errors name the directory.
class Store : public Log, public Catalog {
 public:
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options, Metrics& metrics);
  ~Store() override = default;  // stops the checkpointer, checkpoints, closes

  // Calls on_failure when a file of the store is gone. Every commit looks too; this is for a server
  // that has nothing to commit. Any thread.
  virtual void look_at_files() = 0;
};

// The command line's key tables, of a store that exists: where there is none, the Error says who
// makes one. Takes no lock file.
Result<std::unique_ptr<KeyStore>> open_keys(const std::string& directory);
// In the same way, for `scorekeeper prune`.
Result<std::unique_ptr<Pruner>> open_pruner(const std::string& directory);

}  // namespace scorekeeper::store::sqlite
