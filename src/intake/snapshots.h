// Writes the file of snapshots (store/snapshot_file.h), so that the next start need not read the
// whole log: once much has changed, hourly where something has, and at the end. The copy is made on
// a thread of its own, which looks at each matrix for less than a millisecond at a time; whoever
// writes and reads goes on meanwhile. A failure is told and counted, and nothing else: the file
// that is there stays. Committer thread, but for the thread of SnapshotJob.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "intake/follower.h"
#include "matrix/matrix.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

// One file on its way. It needs to hear where the logs stand once all is copied: in between others
// have written, and the snapshot has some of that.
class SnapshotJob {
 public:
  // Copies these orgs, which ascend.
  SnapshotJob(matrix::Matrix& matrix, std::string path, store::SnapshotIdentity identity,
              std::vector<OrgId> orgs);
  ~SnapshotJob();  // gives it up
  SnapshotJob(const SnapshotJob&) = delete;
  SnapshotJob& operator=(const SnapshotJob&) = delete;

  const std::vector<OrgId>& orgs() const { return orgs_; }
  bool is_copied() const { return step_ == Step::copied; }
  bool is_done() const { return step_ == Step::done; }
  // Once it is copied; an origin for each org.
  void finish(std::vector<store::SnapshotOrigin> origins) EXCLUDES(mutex_);
  // Once it is done.
  const Result<void>& result() const { return result_; }

 private:
  enum class Step : std::uint8_t { copying, copied, finishing, done };
  void run() EXCLUDES(mutex_);
  Result<void> write() EXCLUDES(mutex_);

  matrix::Matrix& matrix_;
  std::string path_;
  store::SnapshotIdentity identity_;
  std::vector<OrgId> orgs_;
  std::atomic<Step> step_ = Step::copying;
  std::atomic<bool> given_up_ = false;
  Result<void> result_{};  // its thread's until it is done
  Mutex mutex_;
  CondVar changed_;
  std::optional<std::vector<store::SnapshotOrigin>> origins_ GUARDED_BY(mutex_);
  std::thread thread_;  // last: started when all else is there
};

class Snapshots {
 public:
  Snapshots(matrix::Matrix& matrix, const SnapshotOptions& options, Metrics& metrics);

  // The logs are folded; `positions`: of the snapshots that they were folded from, added up.
  void open(const store::Secrets& secrets, std::uint64_t positions, Time now);
  // Begins a file when it is time, and goes on with one that was begun. Never waits.
  void step(Time now, const Follower& follower);
  // The last one, if something has changed since the one before; gives up after a time.
  void finish(const Follower& follower);

 private:
  bool is_wanted(Time now, const Follower& follower) const;
  void begin(Time now, const Follower& follower);
  void go_on(const Follower& follower);
  void note(const Result<void>& result);
  Result<void> write_last(const std::vector<store::Head>& heads) const;

  matrix::Matrix& matrix_;
  const SnapshotOptions& options_;
  Counter& written_;
  Counter& failures_;
  Gauge& position_;
  store::SnapshotIdentity identity_;
  std::uint64_t positions_ = 0;      // that the file has
  std::uint64_t new_positions_ = 0;  // of the one that is being written, at its beginning
  std::uint64_t foldings_ = 0;       // then
  Time next_look_{};
  Time last_{};  // when the latest one was begun, whatever became of it
  std::optional<Time> failed_;
  std::unique_ptr<SnapshotJob> job_;
};

}  // namespace scorekeeper::intake
