#include "http/workers.h"

#include <utility>

namespace scorekeeper::http {

Workers::Workers(unsigned threads, std::size_t queue_jobs_max)
    : thread_count_(threads == 0 ? 1 : threads), queue_jobs_max_(queue_jobs_max) {}

void Workers::start() {
  for (unsigned i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { run(); });
}

bool Workers::post(Job job) {
  {
    Lock lock(mutex_);
    if (stopped_ || queue_.size() >= queue_jobs_max_) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void Workers::stop() {
  std::deque<Job> unrun;
  {
    Lock lock(mutex_);
    stopped_ = true;
    unrun.swap(queue_);
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::run() {
  for (;;) {
    Job job;
    {
      Lock lock(mutex_);
      while (!stopped_ && queue_.empty()) changed_.wait(mutex_);
      if (stopped_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace scorekeeper::http
