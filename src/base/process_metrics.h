// Metrics of the process itself, under the names that Prometheus' client libraries give them
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), and the build.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

namespace scorekeeper {

// Reads /proc at each call: some 20 µs, and a microsecond for each open file. Values that the
// system does not tell are left out. Any thread.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace scorekeeper
