#include "base/process_metrics.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace scorekeeper {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fields of /proc/self/stat behind the name of the program, which may have spaces: from the
// third one on (proc(5)).
struct Stat {
  std::uint64_t threads = 0;
  std::uint64_t started_ticks = 0;  // since the system started
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<Stat> read_stat() {
  const std::string text = read_text("/proc/self/stat");
  const auto behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(behind_name + 1));
  const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  const auto number = [&](std::size_t field) {
    std::uint64_t value = 0;
    const std::string& found = all[field - 3];
    std::from_chars(found.data(), found.data() + found.size(), value);
    return value;
  };
  if (all.size() < 22) return std::nullopt;
  return Stat{.threads = number(20),
              .started_ticks = number(22),
              .virtual_bytes = number(23),
              .resident_pages = number(24)};
}

// Seconds since 1970 at which the system started.
std::optional<std::uint64_t> boot_time() {
  const std::string text = read_text("/proc/stat");
  constexpr std::string_view name = "\nbtime ";
  const auto place = text.find(name);
  if (place == std::string::npos) return std::nullopt;
  std::uint64_t seconds = 0;
  std::from_chars(text.data() + place + name.size(), text.data() + text.size(), seconds);
  return seconds;
}

std::optional<double> count_open_files() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  double count = -1;  // the directory itself is one of them
  for (; files != std::filesystem::directory_iterator(); files.increment(error)) {
    if (error) return std::nullopt;
    ++count;
  }
  return count;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

class Families {
 public:
  void gauge(const char* name, const char* help, double value) {
    ClientMetric metric;
    metric.gauge.value = value;
    add(name, help, MetricType::Gauge, std::move(metric));
  }
  void counter(const char* name, const char* help, double value) {
    ClientMetric metric;
    metric.counter.value = value;
    add(name, help, MetricType::Counter, std::move(metric));
  }
  void add(const char* name, const char* help, MetricType type, ClientMetric metric) {
    families_.push_back({name, help, type, {std::move(metric)}});
  }
  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_build(Families& families) {
  ClientMetric metric;
  metric.gauge.value = 1;
  metric.label = {{"version", SCOREKEEPER_VERSION}};
  families.add("scorekeeper_build_info", "Always 1; the labels tell the version.",
               MetricType::Gauge, std::move(metric));
}

void add_stat(Families& families) {
  const auto stat = read_stat();
  if (!stat) return;
  families.gauge("process_virtual_memory_bytes", "Virtual memory.",
                 static_cast<double>(stat->virtual_bytes));
  families.gauge(
      "process_resident_memory_bytes", "Resident memory.",
      static_cast<double>(stat->resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  families.gauge("process_threads", "Threads.", static_cast<double>(stat->threads));
  if (const auto boot = boot_time()) {
    families.gauge("process_start_time_seconds", "Start, in seconds since 1970.",
                   static_cast<double>(*boot) + static_cast<double>(stat->started_ticks) /
                                                    static_cast<double>(::sysconf(_SC_CLK_TCK)));
  }
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  Families families;
  add_build(families);
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    families.counter("process_cpu_seconds_total", "Processor time, user and system.",
                     seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  }
  add_stat(families);
  if (const auto open = count_open_files()) {
    families.gauge("process_open_fds", "Open file descriptors.", *open);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    families.gauge("process_max_fds", "Limit of open file descriptors.",
                   static_cast<double>(files.rlim_cur));
  }
  return families.take();
}

}  // namespace scorekeeper
