// A small pool of threads behind bounded queues, one for each share (an organisation, say). Shares
// are served in turn, so that nobody waits for all that somebody else has asked before. Its threads
// yield the processor to the loop and to the thread that commits: what they do takes long, and
// everybody waits for those two. Owned by the server; post() from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"

namespace scorekeeper::http {

// Added to the niceness of the process: a third of the processor where others want it too.
inline constexpr int workers_niceness = 5;

struct WorkersOptions {
  unsigned threads = 1;
  // Jobs of one share that run at a time; the other threads are left to the other shares.
  unsigned running_per_share_max = 1;
  std::size_t waiting_per_share_max = 1;
};

class Workers {
 public:
  using Job = std::move_only_function<void()>;
  // The share that a job counts for; the pool does not know what stands behind the number.
  using Share = std::uint64_t;

  explicit Workers(const WorkersOptions& options);
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  // false when the queue of the share is full or the pool has stopped. A job that
  // throws is logged and gone, as what it holds: whoever waits for it must be told by that.
  bool post(Share share, Job job);
  // The next piece of work that has begun: finds a place in a full queue too. false when the pool
  // has stopped.
  bool post_next(Share share, Job job);
  // Waits for the jobs that run; those that wait are destroyed unrun. May be called twice.
  void stop();

 private:
  // The jobs of one share. It is in `turns_` once when it has a job that may run.
  struct Queue {
    std::deque<Job> jobs;
    unsigned running = 0;
    bool has_turn = false;
  };

  bool add(Share share, Job job, std::size_t waiting_max);
  void give_turn(Share share, Queue& queue) REQUIRES(mutex_);
  void run();
  static void run(Job& job);

  WorkersOptions options_;
  Mutex mutex_;
  CondVar changed_;
  std::unordered_map<Share, Queue> queues_ GUARDED_BY(mutex_);  // none is empty and idle
  std::deque<Share> turns_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // start() and stop() only
};

}  // namespace scorekeeper::http
