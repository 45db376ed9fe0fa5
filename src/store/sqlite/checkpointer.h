// The checkpointer: a thread with a connection of its own that copies the write-ahead log into the
// database file, so that no commit ever does (docs/decisions/0001-sqlite-from-the-amalgamation.md
// has what that costs). PASSIVE soon after every commit; RESTART when the log is long and nearly
// copied, because passive alone never lets a busy log wrap. A reader or a writer in the way means
// "later", never a wait. It sleeps while nothing is committed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {

// Whether the disk still keeps its promises. Any thread.
class Durability {
 public:
  explicit Durability(std::function<void(const StoreFailure&)> on_failure)
      : on_failure_(std::move(on_failure)) {}

  bool lost() const { return lost_.load(std::memory_order_relaxed); }
  // `during`: "commit", "checkpoint".
  void fail_fsync(std::string_view during);
  void fail_files(std::string_view missing);

 private:
  void fail(const StoreFailure& failure) {
    if (!lost_.exchange(true)) on_failure_(failure);
  }

  std::atomic<bool> lost_{false};
  std::function<void(const StoreFailure&)> on_failure_;
};

struct CheckpointerOptions {
  std::chrono::milliseconds interval;
  std::size_t pages_restart = 0;
};

class Checkpointer {
 public:
  // `connection` has no busy handler. `durability` outlives this.
  Checkpointer(SqliteConnection connection, CheckpointerOptions options, Durability& durability,
               Metrics& metrics);
  ~Checkpointer();  // stops the thread, then copies the whole log and truncates it

  // Committer thread, after each commit: the log has so many frames now.
  void committed(std::uint64_t frames) EXCLUDES(mutex_);
  // Committer thread: around each transaction. begin_write() waits while the log is being
  // restarted.
  void begin_write() EXCLUDES(mutex_);
  void end_write() EXCLUDES(mutex_);
  // Any thread. Bytes of the log that are in use.
  std::uint64_t wal_bytes() const;

 private:
  void run();
  bool wait_for_work() EXCLUDES(mutex_);
  // true: the whole log is copied.
  bool checkpoint();
  struct Copied;
  Copied copy(int mode);
  Copied copy_nearly_all();
  Copied restart() EXCLUDES(mutex_);
  void set_frames(std::uint64_t frames);

  SqliteConnection connection_;  // the thread's; the destructor's once it has joined
  CheckpointerOptions options_;
  Durability& durability_;
  Gauge& wal_bytes_;
  Histogram& seconds_;
  std::atomic<std::uint64_t> frames_{0};
  int last_code_ = SQLITE_OK;  // the thread's: an error is logged when it changes

  Mutex mutex_;
  CondVar changed_;
  bool work_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  CondVar turn_changed_;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool restarting_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace scorekeeper::store::sqlite
