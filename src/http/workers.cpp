#include "http/workers.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "base/log.h"

namespace scorekeeper::http {

Workers::Workers(const WorkersOptions& options) : options_(options) {
  options_.threads = std::max(options_.threads, 1U);
  options_.running_per_share_max = std::max(options_.running_per_share_max, 1U);
}

void Workers::start() {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
}

bool Workers::post(Share share, Job job) {
  return add(share, std::move(job), options_.waiting_per_share_max);
}

bool Workers::post_next(Share share, Job job) {
  return add(share, std::move(job), std::numeric_limits<std::size_t>::max());
}

bool Workers::add(Share share, Job job, std::size_t waiting_max) {
  const Lock lock(mutex_);
  if (stopped_) return false;
  auto& queue = queues_[share];
  if (queue.jobs.size() >= waiting_max) return false;
  queue.jobs.push_back(std::move(job));
  give_turn(share, queue);
  return true;
}

void Workers::give_turn(Share share, Queue& queue) {
  if (queue.has_turn || queue.jobs.empty()) return;
  if (queue.running >= options_.running_per_share_max) return;
  queue.has_turn = true;
  turns_.push_back(share);
  changed_.notify_one();
}

void Workers::stop() {
  std::unordered_map<Share, Queue> unrun;
  {
    const Lock lock(mutex_);
    stopped_ = true;
    turns_.clear();
    unrun.swap(queues_);
  }
  changed_.notify_all();
  unrun.clear();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

// Memory ran out, most likely: the other jobs go on.
void Workers::run(Job& job) {
  try {
    job();
  } catch (const std::exception& exception) {
    log::error("job_threw", {{"what", exception.what()}});
  } catch (...) {
    log::error("job_threw", {{"what", "not a std::exception"}});
  }
}

void Workers::run() {
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + workers_niceness);  // this thread's
  for (;;) {
    Job job;
    Share share = 0;
    {
      const Lock lock(mutex_);
      while (!stopped_ && turns_.empty()) changed_.wait(mutex_);
      if (stopped_) return;
      share = turns_.front();
      turns_.pop_front();
      auto& queue = queues_[share];
      queue.has_turn = false;
      ++queue.running;
      job = std::move(queue.jobs.front());
      queue.jobs.pop_front();
      give_turn(share, queue);
    }
    run(job);
    job = nullptr;  // what it holds goes before the share's next job
    const Lock lock(mutex_);
    if (stopped_) return;
    auto& queue = queues_[share];
    --queue.running;
    give_turn(share, queue);
    if (queue.jobs.empty() && queue.running == 0) queues_.erase(share);
  }
}

}  // namespace scorekeeper::http
