#include "base/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/metrics.h"

namespace scorekeeper {
namespace {

std::map<std::string, double> values() {
  std::map<std::string, double> found;
  for (const auto& family : process_metrics()) {
    const auto& metric = family.metric.front();
    found[family.name] =
        family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  return found;
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const auto before = values();
  const std::vector<const char*> names{"process_cpu_seconds_total",
                                       "process_max_fds",
                                       "process_open_fds",
                                       "process_resident_memory_bytes",
                                       "process_start_time_seconds",
                                       "process_threads",
                                       "process_virtual_memory_bytes",
                                       "scorekeeper_build_info"};
  for (const char* name : names) {
    ASSERT_TRUE(before.contains(name)) << name;
    EXPECT_GT(before.at(name), 0) << name;
  }
  EXPECT_EQ(before.size(), names.size());
  const double now = static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count());
  EXPECT_LE(before.at("process_start_time_seconds"), now + 1);
  EXPECT_GT(before.at("process_start_time_seconds"), now - 86'400);
  EXPECT_GE(before.at("process_virtual_memory_bytes"), before.at("process_resident_memory_bytes"));
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(values().at("process_open_fds"), before.at("process_open_fds") + 1);
  ::close(file);
}

TEST(ProcessMetrics, AreOnThePageOfAllMetrics) {
  Metrics metrics;
  const std::string page = metrics.write();
  EXPECT_TRUE(page.contains("scorekeeper_build_info{version=\"" SCOREKEEPER_VERSION "\"} 1"))
      << page;
  EXPECT_TRUE(page.contains("# TYPE process_cpu_seconds_total counter")) << page;
}

}  // namespace
}  // namespace scorekeeper
