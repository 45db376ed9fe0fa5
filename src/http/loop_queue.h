// The way back to the event loop, from any thread: jobs gather under a mutex and the loop is woken
// once for all that came meanwhile (a group commit answers many requests at a time). Shared by the
// server and every Reply, because a Reply may outlive the server: then its job is destroyed unrun.
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

  // Runs the job on the loop: at once when the caller is on it, else as soon as the loop comes by.
  void post(Job job);
  // After this the io_context may go. The loop no longer runs.
  void close();

 private:
  void run();

  Mutex mutex_;
  boost::asio::io_context* context_ GUARDED_BY(mutex_);  // null = closed
  std::vector<Job> jobs_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::http
