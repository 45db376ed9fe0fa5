// Counters, gauges and histograms of the process, in Prometheus' text format. Registered once at
// start, then updated from any thread without locks of ours.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scorekeeper {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
  virtual double value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
  virtual double value() const = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

// Owns every metric it hands out; references stay good as long as it lives. The same name with the
// same labels gives the same metric. Names carry the unit: scorekeeper_commit_seconds.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help,
                   const MetricLabels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  // `bounds`: upper bounds of the buckets, ascending.
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const MetricLabels& labels = {});
  // The exposition format 0.0.4, for Content-Type text/plain; version=0.0.4.
  std::string write() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
};

}  // namespace scorekeeper
