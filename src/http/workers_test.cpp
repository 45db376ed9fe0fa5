#include "http/workers.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace scorekeeper::http {
namespace {

constexpr std::chrono::seconds patience{10};

// A job that says that it runs and ends when it is told to. The job may outlive the Blocker.
class Blocker {
 public:
  [[nodiscard]] Workers::Job job() const {
    return [state = state_] {
      state->running.set_value();
      state->go_on.get_future().wait();
    };
  }
  bool wait_running() {
    return state_->running.get_future().wait_for(patience) == std::future_status::ready;
  }
  void go_on() { state_->go_on.set_value(); }

 private:
  struct State {
    std::promise<void> running;
    std::promise<void> go_on;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST(Workers, ServesSharesInTurn) {
  Workers workers({.threads = 1, .running_per_share_max = 1, .waiting_per_share_max = 10});
  workers.start();
  Blocker first;
  ASSERT_TRUE(workers.post(1, first.job()));
  ASSERT_TRUE(first.wait_running());
  std::string order;  // written by the one thread
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(workers.post(1, [&] { order += 'a'; }));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(workers.post(2, [&] { order += 'b'; }));
  std::promise<void> done;
  ASSERT_TRUE(workers.post(3, [&] { order += 'c'; }));
  ASSERT_TRUE(workers.post(1, [&] { done.set_value(); }));
  first.go_on();
  ASSERT_EQ(done.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_EQ(order, "bcabaa");
}

TEST(Workers, YieldTheProcessorToOtherThreads) {
  Workers workers({.threads = 1, .running_per_share_max = 1, .waiting_per_share_max = 1});
  workers.start();
  std::promise<int> niceness;
  ASSERT_TRUE(workers.post(1, [&] { niceness.set_value(getpriority(PRIO_PROCESS, 0)); }));
  auto told = niceness.get_future();
  ASSERT_EQ(told.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(told.get(), std::min(getpriority(PRIO_PROCESS, 0) + workers_niceness, 19));
}

TEST(Workers, LeaveAThreadToTheOtherShares) {
  Workers workers({.threads = 3, .running_per_share_max = 2, .waiting_per_share_max = 10});
  workers.start();
  Blocker busy[2];
  for (auto& one : busy) {
    ASSERT_TRUE(workers.post(1, one.job()));
    ASSERT_TRUE(one.wait_running());
  }
  std::promise<void> third;
  ASSERT_TRUE(workers.post(1, [&] { third.set_value(); }));
  std::promise<void> other;
  ASSERT_TRUE(workers.post(2, [&] { other.set_value(); }));
  EXPECT_EQ(other.get_future().wait_for(patience), std::future_status::ready);
  auto waits = third.get_future();
  EXPECT_EQ(waits.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  busy[0].go_on();
  EXPECT_EQ(waits.wait_for(patience), std::future_status::ready);
  busy[1].go_on();
}

TEST(Workers, AFullQueueRefusesItsShareAlone) {
  Workers workers({.threads = 1, .running_per_share_max = 1, .waiting_per_share_max = 2});
  workers.start();
  Blocker first;
  ASSERT_TRUE(workers.post(1, first.job()));
  ASSERT_TRUE(first.wait_running());
  EXPECT_TRUE(workers.post(1, [] {}));
  EXPECT_TRUE(workers.post(1, [] {}));
  EXPECT_FALSE(workers.post(1, [] {}));
  EXPECT_TRUE(workers.post(2, [] {}));
  std::promise<void> next;
  EXPECT_TRUE(workers.post_next(1, [&] { next.set_value(); }));
  first.go_on();
  EXPECT_EQ(next.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_TRUE(workers.post(1, [] {}));
}

TEST(Workers, AJobThatThrowsIsOneLineAndGone) {
  Workers workers({.threads = 1, .running_per_share_max = 1, .waiting_per_share_max = 3});
  const auto held = std::make_shared<int>(1);
  std::promise<void> next;
  ASSERT_TRUE(workers.post(1, [held] { throw std::bad_alloc(); }));
  ASSERT_TRUE(workers.post(1, [held] { throw 1; }));
  ASSERT_TRUE(workers.post(1, [&] { next.set_value(); }));
  testing::internal::CaptureStderr();
  workers.start();
  EXPECT_EQ(next.get_future().wait_for(patience), std::future_status::ready);
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find(R"("event":"job_threw","what":"std::bad_alloc")"), std::string::npos);
  EXPECT_NE(lines.find(R"("event":"job_threw","what":"not a std::exception")"), std::string::npos);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Workers, StopDestroysWhatWaits) {
  Workers workers({.threads = 1, .running_per_share_max = 1, .waiting_per_share_max = 2});
  workers.start();
  const auto held = std::make_shared<int>(1);
  Blocker first;
  ASSERT_TRUE(workers.post(1, first.job()));
  ASSERT_TRUE(first.wait_running());
  ASSERT_TRUE(workers.post(1, [held] { FAIL() << "it ran"; }));
  std::thread stopper([&] { workers.stop(); });
  const auto until = std::chrono::steady_clock::now() + patience;
  while (held.use_count() > 1 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(held.use_count(), 1);
  first.go_on();
  stopper.join();
  EXPECT_FALSE(workers.post(1, [] {}));
  EXPECT_FALSE(workers.post_next(1, [] {}));
}

}  // namespace
}  // namespace scorekeeper::http
