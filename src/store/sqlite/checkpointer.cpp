#include "store/sqlite/checkpointer.h"

#include "base/log.h"
#include "store/sqlite/schema.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::uint64_t frame_bytes =
    page_bytes + 24;  // a frame's header (sqlite.org/fileformat2.html §4.1)
// A restart copies what is left while the committer waits: some 4 MiB, unless the log runs away
// from us.
constexpr std::uint64_t restart_rest_frames = 1'000;
constexpr std::uint64_t runaway_factor = 4;
constexpr int passes_max = 4;  // each copies what was appended during the one before: less and less

}  // namespace

struct Checkpointer::Copied {
  int code = SQLITE_OK;
  std::uint64_t frames = 0;  // in the log
  std::uint64_t copied = 0;  // of them, in the database file
};

void Durability::fail_fsync(std::string_view during) {
  fail({.event = "fsync_failed",
        .where = during,
        .detail = "what is on disk is unknown to the running kernel: the process ends; a restart "
                  "recovers every acknowledged outcome"});
}

void Durability::fail_files(std::string_view missing) {
  fail({.event = "store_removed",
        .where = missing,
        .detail = "a file of the store was removed or replaced under the running server, so that "
                  "nothing more can be stored: the process ends"});
}

Checkpointer::Checkpointer(SqliteConnection connection, CheckpointerOptions options,
                           Durability& durability, Metrics& metrics)
    : connection_(std::move(connection)),
      options_(options),
      durability_(durability),
      wal_bytes_(metrics.gauge("scorekeeper_wal_bytes",
                               "Bytes of the store's write-ahead log that are in use.")),
      seconds_(metrics.histogram("scorekeeper_checkpoint_seconds",
                                 "Duration of copying the write-ahead log into the database.",
                                 {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3})),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (!durability_.lost()) copy(SQLITE_CHECKPOINT_TRUNCATE);
}

void Checkpointer::committed(std::uint64_t frames) {
  set_frames(frames);
  bool wake = false;
  {
    Lock lock(mutex_);
    wake = !std::exchange(work_, true);
  }
  if (wake) changed_.notify_one();
}

std::uint64_t Checkpointer::wal_bytes() const {
  return frames_.load(std::memory_order_relaxed) * frame_bytes;
}

void Checkpointer::set_frames(std::uint64_t frames) {
  frames_.store(frames, std::memory_order_relaxed);
  wal_bytes_.set(static_cast<double>(frames * frame_bytes));
}

void Checkpointer::run() {
  while (wait_for_work()) {
    if (checkpoint()) continue;
    Lock lock(mutex_);
    work_ = true;
  }
}

// Until something is committed, and then one interval more, so that a checkpoint takes what gathers
// in it.
bool Checkpointer::wait_for_work() {
  Lock lock(mutex_);
  while (!work_ && !stopping_) changed_.wait(mutex_);
  const auto start = std::chrono::steady_clock::now();
  for (auto left = options_.interval; left.count() > 0 && !stopping_;) {
    changed_.wait_for(mutex_, left);
    left = options_.interval - std::chrono::duration_cast<std::chrono::milliseconds>(
                                   std::chrono::steady_clock::now() - start);
  }
  work_ = false;
  return !stopping_;
}

bool Checkpointer::checkpoint() {
  if (durability_.lost()) return true;
  Copied done = copy_nearly_all();
  const std::uint64_t rest = done.frames - done.copied;
  const bool near =
      rest <= restart_rest_frames || done.frames >= runaway_factor * options_.pages_restart;
  if (done.code == SQLITE_OK && done.frames >= options_.pages_restart && near) done = restart();
  return done.code == SQLITE_OK && done.copied == done.frames;
}

Checkpointer::Copied Checkpointer::copy_nearly_all() {
  Copied done = copy(SQLITE_CHECKPOINT_PASSIVE);
  for (int pass = 1; pass < passes_max; ++pass) {
    const bool near =
        done.frames < options_.pages_restart || done.frames - done.copied <= restart_rest_frames;
    if (done.code != SQLITE_OK || near) break;
    done = copy(SQLITE_CHECKPOINT_PASSIVE);
  }
  return done;
}

Checkpointer::Copied Checkpointer::restart() {
  {
    Lock lock(mutex_);
    restarting_ = true;
    while (writing_) turn_changed_.wait(mutex_);
  }
  const Copied done = copy(SQLITE_CHECKPOINT_RESTART);
  if (done.code == SQLITE_OK) set_frames(0);
  {
    Lock lock(mutex_);
    restarting_ = false;
  }
  turn_changed_.notify_all();
  return done;
}

void Checkpointer::begin_write() {
  Lock lock(mutex_);
  while (restarting_) turn_changed_.wait(mutex_);
  writing_ = true;
}

void Checkpointer::end_write() {
  bool wanted = false;
  {
    Lock lock(mutex_);
    writing_ = false;
    wanted = restarting_;
  }
  if (wanted) turn_changed_.notify_all();
}

Checkpointer::Copied Checkpointer::copy(int mode) {
  const auto start = std::chrono::steady_clock::now();
  int frames = 0;
  int copied = 0;
  Copied result;
  result.code = sqlite3_wal_checkpoint_v2(connection_.get(), "main", mode, &frames, &copied);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (result.code == SQLITE_OK) {
    result.frames = static_cast<std::uint64_t>(frames);
    result.copied = static_cast<std::uint64_t>(copied);
    seconds_.observe(took.count());
  } else if (is_fsync_failure(sqlite3_extended_errcode(connection_.get()))) {
    durability_.fail_fsync("checkpoint");
  } else if ((result.code & 0xff) != SQLITE_BUSY && result.code != last_code_) {
    const Error error = error_of(connection_.get(), result.code, "the store cannot checkpoint");
    log::warning("checkpoint_failed", {{"detail", error.detail}});
  }
  if ((result.code & 0xff) != SQLITE_BUSY) last_code_ = result.code;
  return result;
}

}  // namespace scorekeeper::store::sqlite
