#include "base/log_writer.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"

namespace scorekeeper::log {
namespace {

constexpr std::chrono::milliseconds patience{3'000};
// The patience of a process that dies of a signal: it must end soon, also if nobody reads its
// lines.
constexpr int fatal_patience_ms = 2'000;
constexpr int fatal_step_ms = 10;
// A line that comes after silence is written at once. The lines that follow it are written
// together, because to wake the thread and to write for each line costs more than to make it.
constexpr std::chrono::milliseconds pause_time{1};
constexpr std::size_t pause_bytes = 64 << 10;
constexpr int no_room_pause_ms = 1;

std::atomic<std::uint64_t> dropped_of_all{0};

// Until all is written, the descriptor fails, or `given_up`: where it is ready, a piece of PIPE_BUF
// bytes does not block. Returns what was not written. Where others write to the same pipe or
// terminal, and one of them made it non-blocking, there may be no room although it was ready.
std::string_view write_all(int descriptor, std::string_view text,
                           const std::atomic<bool>& given_up) {
  while (!text.empty() && !given_up) {
    pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 100) <= 0) continue;
    const auto piece = text.substr(0, PIPE_BUF);
    const auto written = ::write(descriptor, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      ::poll(nullptr, 0, no_room_pause_ms);
      continue;
    }
    if (written <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return text;
}

}  // namespace

struct LogWriter::State {
  explicit State(const LogWriterOptions& given) : options(given) {}

  void add(std::string& line, bool is_error);
  void pause() REQUIRES(mutex);
  bool wait_written();
  void run();
  void write(std::string_view lines, std::uint64_t told);
  void wait_after_fatal() const;

  const LogWriterOptions options;
  Mutex mutex;
  CondVar changed;
  std::string waiting GUARDED_BY(mutex);
  std::atomic<bool> given_up = false;
  std::atomic<bool> unwritten = false;          // lines wait or are being written
  std::uint64_t dropped GUARDED_BY(mutex) = 0;  // since it was told
  std::uint64_t lost = 0;                       // could not be written; the thread's
  bool writing GUARDED_BY(mutex) = false;
  bool idle GUARDED_BY(mutex) = false;    // the thread sleeps until there is a line
  bool urgent GUARDED_BY(mutex) = false;  // what waits is not to wait for more
  bool stopped GUARDED_BY(mutex) = false;
};

namespace {

using State = LogWriter::State;

// The writer that lives; null: there is none.
std::atomic<State*> current{nullptr};

// The thread that writes: nobody else would write for it.
thread_local bool is_writer = false;

// A process that dies of a signal says what it had to say.
void on_fatal(int signal) {
  if (const auto* const state = current.load(); state && !is_writer) state->wait_after_fatal();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::terminate_handler other_terminate = nullptr;

// An exception that nobody caught, in whichever thread: one line says what it was.
[[noreturn]] void on_terminate() {
  if (const auto thrown = std::current_exception(); thrown && !is_writer && current.load()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      error("terminated", {{"what", exception.what()}});
    } catch (...) {
      error("terminated", {{"what", "not a std::exception"}});
    }
    std::abort();
  }
  if (other_terminate != nullptr) other_terminate();
  std::abort();
}

void catch_terminate() {
  if (const auto known = std::get_terminate(); known != on_terminate) other_terminate = known;
  std::set_terminate(on_terminate);
}

void catch_fatal_signals() {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction known{};
    // A sanitizer has its own.
    if (::sigaction(signal, nullptr, &known) != 0 || known.sa_handler != SIG_DFL) continue;
    struct sigaction ours{};
    ours.sa_handler = on_fatal;
    ::sigaction(signal, &ours, nullptr);
  }
}

std::string line_about(std::uint64_t dropped) {
  return fmt::format(R"({{"time":"{}","level":"warning","event":"log_lines_dropped","count":{}}})"
                     "\n",
                     rfc3339(SystemClock().now()), dropped);
}

}  // namespace

void LogWriter::State::add(std::string& line, bool is_error) {
  bool wake = false;
  {
    const Lock lock(mutex);
    const auto room = is_error ? 2 * options.bytes_max : options.bytes_max;
    if (waiting.size() + line.size() > room) {
      ++dropped;
      ++dropped_of_all;
      unwritten = true;
      return;
    }
    waiting += line;
    unwritten = true;
    urgent = urgent || is_error || waiting.size() >= pause_bytes;
    wake = idle || urgent;
  }
  if (wake) changed.notify_all();
}

void LogWriter::State::pause() {
  const auto until = std::chrono::steady_clock::now() + pause_time;
  while (!stopped && !urgent && std::chrono::steady_clock::now() < until) {
    changed.wait_for(mutex, pause_time);
  }
}

// In a handler of signals, where no lock can be waited for. The other threads go on meanwhile, and
// so the writer's thread writes what it has and what waits. Lines are lost where the signal came
// in that thread or while a line was being added, and where nobody reads them in time.
void LogWriter::State::wait_after_fatal() const {
  for (int waited = 0; unwritten && waited < fatal_patience_ms; waited += fatal_step_ms) {
    ::poll(nullptr, 0, fatal_step_ms);
  }
}

bool LogWriter::State::wait_written() {
  const auto until = std::chrono::steady_clock::now() + patience;
  const Lock lock(mutex);
  while (writing || !waiting.empty() || dropped != 0) {
    urgent = true;
    changed.notify_all();
    if (std::chrono::steady_clock::now() >= until) return false;
    changed.wait_for(mutex, std::chrono::milliseconds(100));
  }
  return true;
}

// A descriptor that fails, as of a file on a full disk, may work again: the line that counts what
// was lost goes with the next lines. `told`: the number in the last line, if that counts.
void LogWriter::State::write(std::string_view lines, std::uint64_t told) {
  const auto rest = write_all(options.descriptor, lines, given_up);
  if (rest.empty()) return;
  auto count = static_cast<std::uint64_t>(std::ranges::count(rest, '\n'));
  if (told != 0) --count;
  dropped_of_all += count;
  lost = count + told;
}

void LogWriter::State::run() {
  is_writer = true;
  std::string lines;
  for (;;) {
    std::uint64_t told = 0;
    {
      const Lock lock(mutex);
      writing = false;
      unwritten = !waiting.empty() || dropped != 0;
      changed.notify_all();
      pause();
      idle = true;
      while (!stopped && waiting.empty() && dropped == 0) changed.wait(mutex);
      idle = urgent = false;
      if (given_up || (waiting.empty() && dropped == 0)) return;
      lines.clear();
      lines.swap(waiting);
      told = std::exchange(dropped, 0) + std::exchange(lost, 0);
      if (told != 0) lines += line_about(told);
      writing = true;
    }
    write(lines, told);
  }
}

LogWriter::LogWriter(const LogWriterOptions& options)
    : state_(std::make_unique<State>(options)), thread_([this] { state_->run(); }) {
  catch_fatal_signals();
  catch_terminate();
  current = state_.get();
}

LogWriter::~LogWriter() {
  current = nullptr;
  if (!state_->wait_written()) state_->given_up = true;
  {
    const Lock lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
  thread_.join();
}

std::uint64_t dropped_lines() { return dropped_of_all; }

bool hand_over(std::string& line, bool is_error) {
  auto* const state = current.load();
  if (state == nullptr) return false;
  state->add(line, is_error);
  return true;
}

void wait_written() {
  if (auto* const state = current.load()) state->wait_written();
}

}  // namespace scorekeeper::log
