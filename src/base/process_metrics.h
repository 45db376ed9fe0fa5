// Metrics of the process itself, under the names that Prometheus' client libraries give them
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), and the build.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace scorekeeper {

// Reads /proc at each call, all open files among it: not for each request. Values that the system
// does not tell are left out. Any thread.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace scorekeeper
