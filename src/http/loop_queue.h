// Passes jobs from any thread to the event loop. The loop is woken once for all jobs that wait (a
// group commit answers many requests). Shared by the server and every Reply; a Reply may outlive
// the server, and its job is then destroyed without being run.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "base/mutex.h"

namespace scorekeeper::http {

class LoopQueue {
 public:
  using Job = std::move_only_function<void()>;

  explicit LoopQueue(boost::asio::io_context& context) : context_(&context) {}
  LoopQueue(const LoopQueue&) = delete;
  LoopQueue& operator=(const LoopQueue&) = delete;

  // Runs the job on the loop: at once if the caller is on the loop, else in the loop's next turn.
  void post(Job job);
  // Call it after the loop has stopped; then the io_context may be destroyed.
  void close();

 private:
  void run();

  Mutex mutex_;
  boost::asio::io_context* context_ GUARDED_BY(mutex_);  // null = closed
  std::vector<Job> jobs_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::http
