// Writes log lines on a thread of its own: while a LogWriter lives, a thread that logs hands its
// line over and goes on, however slow stderr is. A line after silence and an error are written at
// once, the lines that follow each millisecond together. The lines that wait are bounded: over the
// bound they are dropped and counted, and a line says how many; errors have as much room again.
// Lines that stderr refuses (a file on a full disk) count as dropped. An exception that nobody
// catches ends the process with a line `terminated`. Made by main before the other threads;
// outlives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/limits.h"

namespace scorekeeper::log {

struct LogWriterOptions {
  int descriptor = 2;
  std::size_t bytes_max = log_bytes_max;
};

class LogWriter {
 public:
  explicit LogWriter(const LogWriterOptions& options = {});
  // Writes what waits, for some seconds at most: a reader of stderr that hangs does not keep the
  // process alive.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  struct State;

 private:
  std::unique_ptr<State> state_;
  std::thread thread_;
};

// Lines that all writers of the process have dropped.
std::uint64_t dropped_lines();

// For log.cpp: false when there is no writer.
bool hand_over(std::string& line, bool is_error);
// Waits until what was handed over is written, for some seconds at most.
void wait_written();

}  // namespace scorekeeper::log
