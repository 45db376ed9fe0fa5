#include "base/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"

namespace {

// A descriptor where others write too: every other write finds no room.
std::atomic<int> shared_descriptor{-1};
std::atomic<int> writes_of_shared{0};

}  // namespace

// Takes the place of the system's.
extern "C" ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (descriptor == shared_descriptor && ++writes_of_shared % 2 == 1) {
    errno = EAGAIN;
    return -1;
  }
  return ::syscall(SYS_write, descriptor, bytes, size);
}

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
    for (std::size_t from = 0; read.find(text, from) == std::string::npos;) {
      from = read.size() - std::min(read.size(), text.size());
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

void wait_until_full(const Pipe& pipe) {
  pollfd room{.fd = pipe.in(), .events = POLLOUT, .revents = 0};
  while (::poll(&room, 1, 0) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
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

// One bound for what waits, and the same again for errors.
TEST(LogWriter, KeepsEightMebibytesOfLinesThatWait) {
  const Pipe pipe;
  const LogWriter writer({.descriptor = pipe.in()});
  warning("held", {{"text", std::string(1 << 20, 'x')}});  // the thread has it, and waits
  wait_until_full(pipe);
  const std::string text(10'000, 'x');
  const auto add_until_dropped = [](const auto& add) {
    std::size_t added = 0;
    for (const auto before = dropped_lines(); dropped_lines() == before; ++added) add();
    return added - 1;
  };
  const auto warnings = add_until_dropped([&] { warning("waits", {{"text", text}}); });
  add_until_dropped([&] { error("waits", {{"text", text}}); });
  const auto read = pipe.read_until("log_lines_dropped");
  const auto begin = read.find('\n') + 1;
  auto end = begin;
  for (std::size_t line = 0; line < warnings; ++line) end = read.find('\n', end) + 1;
  const auto length = (end - begin) / warnings;
  EXPECT_LE(end - begin, log_bytes_max);
  EXPECT_GT(end - begin + length + 10, log_bytes_max);
  const auto all = read.rfind('\n', read.find("log_lines_dropped")) + 1;
  EXPECT_LE(all - begin, 2 * log_bytes_max);
  EXPECT_GT(all - begin + length + 10, 2 * log_bytes_max);
}

TEST(LogWriter, WaitsWhereOthersTakeTheRoom) {
  Pipe pipe;
  const auto before = dropped_lines();
  {
    const LogWriter writer({.descriptor = pipe.in()});
    writes_of_shared = 0;
    shared_descriptor = pipe.in();
    for (int i = 0; i < 5; ++i) warning("line", {{"text", std::string(6'000, 'x')}});
    flush();
    shared_descriptor = -1;
  }
  EXPECT_GT(writes_of_shared, 10);
  pipe.close_in();
  const auto text = pipe.read_until("never");
  EXPECT_EQ(count(text, std::string(6'000, 'x') + "\"}\n"), 5);
  EXPECT_EQ(dropped_lines(), before);
}

// As a file on a full disk, where there is room again.
TEST(LogWriter, TellsWhatADescriptorHasRefused) {
  Pipe pipe;
  const auto before = dropped_lines();
  const int descriptor = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  {
    const LogWriter writer({.descriptor = descriptor});
    for (int i = 0; i < 3; ++i) warning("lost");
    flush();
    EXPECT_EQ(dropped_lines() - before, 3U);
    warning("lost");
    flush();
    EXPECT_EQ(dropped_lines() - before, 4U);
    ASSERT_EQ(::dup2(pipe.in(), descriptor), descriptor);
    warning("heard");
    flush();
    warning("more");
  }
  ::close(descriptor);
  pipe.close_in();
  const auto text = pipe.read_until("never");
  EXPECT_EQ(count(text, "\"lost\""), 0);
  EXPECT_EQ(count(text, "\"heard\""), 1);
  EXPECT_EQ(count(text, "\"event\":\"log_lines_dropped\",\"count\":4}\n"), 1);
  EXPECT_EQ(count(text, "\"more\""), 1);
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

TEST(LogWriterDeathTest, AnExceptionThatNobodyCatchesHasALine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const LogWriter writer;
        std::thread([] { throw std::runtime_error("no memory"); }).join();
      },
      R"("event":"terminated","what":"no memory")");
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
