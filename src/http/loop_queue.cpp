#include "http/loop_queue.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"

namespace scorekeeper::http {

void LoopQueue::post(Job job) {
  bool on_loop = false;
  {
    Lock lock(mutex_);
    if (context_ == nullptr) return;
    on_loop = context_->get_executor().running_in_this_thread();
    if (!on_loop) {
      // Posted under the lock because close() must not let the io_context go meanwhile; it takes no
      // other lock of ours and runs nothing.
      if (jobs_.empty()) boost::asio::post(*context_, [this] { run(); });
      jobs_.push_back(std::move(job));
    }
  }
  if (on_loop) job();
}

void LoopQueue::run() {
  std::vector<Job> jobs;
  {
    Lock lock(mutex_);
    jobs.swap(jobs_);
  }
  for (auto& job : jobs) {
    try {
      job();
    } catch (const std::exception& exception) {  // the others are of other connections
      log::error("loop_threw", {{"what", exception.what()}});
    }
  }
}

void LoopQueue::close() {
  std::vector<Job> unrun;
  Lock lock(mutex_);
  context_ = nullptr;
  unrun.swap(jobs_);
}

}  // namespace scorekeeper::http
