// Time: wall time in whole microseconds, and the Clock that gives it (a fake in tests).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace scorekeeper {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

inline std::int64_t microseconds_of(Time time) { return time.time_since_epoch().count(); }
inline Time time_of_microseconds(std::int64_t microseconds) {
  return Time(std::chrono::microseconds(microseconds));
}
// Whole seconds since 1970, as the matrix keeps them (good until 2106).
inline std::uint32_t seconds_of(Time time) {
  return static_cast<std::uint32_t>(microseconds_of(time) / 1'000'000);
}
inline Time time_of_seconds(std::uint32_t seconds) { return Time(std::chrono::seconds(seconds)); }

// RFC 3339 in UTC: "2026-05-14T19:32:24.85885Z"; microseconds with trailing zeros (and then the
// point) trimmed, as in recorded answers.
std::string rfc3339(Time time);

// Whether work that is due every `interval`, next at `next`, is due now. If the clock was set back,
// it is.
inline bool is_due(Time now, Time next, std::chrono::microseconds interval) {
  return now >= next || now + interval < next;
}

// Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace scorekeeper
