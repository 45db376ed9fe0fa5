// A small pool of threads behind a bounded queue. Owned by the server; post() from any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace scorekeeper::http {

class Workers {
 public:
  using Job = std::move_only_function<void()>;

  Workers(unsigned threads, std::size_t queue_jobs_max);
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  // false when the queue is full or the pool has stopped. Jobs do not throw.
  bool post(Job job);
  // Waits for the jobs that run; those that wait are destroyed unrun. May be called twice.
  void stop();

 private:
  void run();

  unsigned thread_count_;
  std::size_t queue_jobs_max_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> queue_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // start() and stop() only
};

}  // namespace scorekeeper::http
