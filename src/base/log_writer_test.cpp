#include "base/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace scorekeeper::log {
namespace {

// A pipe that is read when the test wants it.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  ~Pipe() {
    ::close(ends_[0]);
    close_in();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int in() const { return ends_[1]; }
  void close_in() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  // Reads until that text is there, or the other end is closed.
  std::string read_until(std::string_view text) const {
    std::string read;
    char bytes[4096];
    while (read.find(text) == std::string::npos) {
      const auto got = ::read(ends_[0], bytes, sizeof bytes);
      if (got <= 0) break;
      read.append(bytes, static_cast<std::size_t>(got));
    }
    return read;
  }

 private:
  int ends_[2] = {-1, -1};
};

int count(std::string_view text, std::string_view part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(LogWriter, WritesEveryLineInOrder) {
  Pipe pipe;
  {
    const LogWriter writer({.descriptor = pipe.in()});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([thread] {
        for (int i = 0; i < 50; ++i) warning("line", {{"thread", thread}, {"i", i}});
      });
    }
    for (auto& thread : threads) thread.join();
    flush();
  }
  pipe.close_in();
  const auto text = pipe.read_until("never");
  EXPECT_EQ(count(text, "\n"), 200);
  for (int thread = 0; thread < 4; ++thread) {
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
      at = text.find("\"thread\":" + std::to_string(thread) + ",\"i\":" + std::to_string(i) + "}\n",
                     at);
      ASSERT_NE(at, std::string::npos) << thread << " " << i;
    }
  }
}

// Nobody asks for them: a line after silence, one that follows at once, one after a while.
TEST(LogWriter, WritesWhatFollowsWithoutBeingAsked) {
  Pipe pipe;
  const LogWriter writer({.descriptor = pipe.in()});
  std::string text;
  for (int round = 0; round < 100; ++round) {
    const std::string last = "\"i\":" + std::to_string(round) + "}\n";
    warning("first");
    warning("second", {{"i", round}});
    text += pipe.read_until(last);
    ASSERT_TRUE(text.ends_with(last)) << text;
  }
  EXPECT_EQ(count(text, "\n"), 200);
}

TEST(LogWriter, AReaderThatHangsKeepsNobodyWaiting) {
  Pipe pipe;
  const auto before = dropped_lines();
  std::string read;
  std::thread reader;
  {
    const LogWriter writer({.descriptor = pipe.in(), .bytes_max = 64 << 10});
    const std::string text(1'000, 'x');
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 10'000; ++i) warning("much", {{"text", text}});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_GT(dropped_lines() - before, 9'000U);
    error("important");  // has room of its own
    reader = std::thread([&] { read = pipe.read_until("never"); });
  }
  pipe.close_in();
  reader.join();
  EXPECT_EQ(count(read, "\"event\":\"important\""), 1);
  EXPECT_GE(count(read, "\"event\":\"log_lines_dropped\",\"count\":"), 1);
  EXPECT_EQ(static_cast<std::uint64_t>(count(read, "\"much\"")) + dropped_lines() - before,
            10'000U);
}

TEST(LogWriter, EndsBesideAReaderThatHangs) {
  Pipe pipe;
  const auto begin = std::chrono::steady_clock::now();
  {
    const LogWriter writer({.descriptor = pipe.in()});
    warning("much", {{"text", std::string(1 << 20, 'x')}});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(LogWriterDeathTest, AFatalEndWritesWhatWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const LogWriter writer;
        warning("last words");
        std::abort();
      },
      "last words");
}

void wait_until_full(const Pipe& pipe) {
  pollfd room{.fd = pipe.in(), .events = POLLOUT, .revents = 0};
  while (::poll(&room, 1, 0) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// A process that logs to the pipe and dies; its number. Returns when it is about to.
pid_t die_logging(const Pipe& pipe) {
  const Pipe dying;
  const auto child = ::fork();
  if (child != 0) {
    dying.read_until("!");
    return child;
  }
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const LogWriter writer({.descriptor = pipe.in()});
  // The writer's thread has the first and meets a full pipe, the other one waits for it.
  warning("much", {{"text", std::string(1 << 20, 'x')}});
  wait_until_full(pipe);
  warning("last words");
  EXPECT_EQ(::write(dying.in(), "!", 1), 1);
  std::abort();
}

// The signal that ended it; 0 = it had to be killed, since it did not end within the deadline.
int wait_for_end(pid_t child) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(LogWriter, AFatalEndBesideAReaderThatHangsIsAnEnd) {
  Pipe pipe;
  EXPECT_EQ(wait_for_end(die_logging(pipe)), SIGABRT);
}

TEST(LogWriter, AFatalEndAlsoWritesWhatTheThreadHas) {
  Pipe pipe;
  const auto child = die_logging(pipe);
  pipe.close_in();
  const auto text = pipe.read_until("never");
  EXPECT_EQ(wait_for_end(child), SIGABRT);
  EXPECT_NE(text.find(std::string(1 << 20, 'x') + "\"}\n"), std::string::npos);
  EXPECT_EQ(count(text, "\"last words\""), 1);
}

TEST(LogWriter, WithoutOneLinesAreWrittenAtOnce) {
  testing::internal::CaptureStderr();
  warning("at once");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("at once"), std::string::npos);
}

}  // namespace
}  // namespace scorekeeper::log
