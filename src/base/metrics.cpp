#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

#include "base/mutex.h"

namespace scorekeeper {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) override { counter_.Increment(amount); }
  double value() const override { return counter_.Value(); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }
  void add(double amount) override { gauge_.Increment(amount); }
  double value() const override { return gauge_.Value(); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

prometheus::Labels labels_of(const MetricLabels& labels) {
  return prometheus::Labels(labels.begin(), labels.end());
}

}  // namespace

struct Metrics::Registry {
  prometheus::Registry registry;
  Mutex mutex;
  // Keyed by the prometheus-cpp object: one wrapper for one metric.
  std::map<const void*, std::unique_ptr<Counter>> counters GUARDED_BY(mutex);
  std::map<const void*, std::unique_ptr<Gauge>> gauges GUARDED_BY(mutex);
  std::map<const void*, std::unique_ptr<Histogram>> histograms GUARDED_BY(mutex);
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help,
                          const MetricLabels& labels) {
  Lock lock(registry_->mutex);
  auto& metric = prometheus::BuildCounter()
                     .Name(name)
                     .Help(help)
                     .Register(registry_->registry)
                     .Add(labels_of(labels));
  auto& wrapper = registry_->counters[&metric];
  if (!wrapper) wrapper = std::make_unique<PrometheusCounter>(metric);
  return *wrapper;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                      const MetricLabels& labels) {
  Lock lock(registry_->mutex);
  auto& metric = prometheus::BuildGauge()
                     .Name(name)
                     .Help(help)
                     .Register(registry_->registry)
                     .Add(labels_of(labels));
  auto& wrapper = registry_->gauges[&metric];
  if (!wrapper) wrapper = std::make_unique<PrometheusGauge>(metric);
  return *wrapper;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const MetricLabels& labels) {
  Lock lock(registry_->mutex);
  auto& metric = prometheus::BuildHistogram()
                     .Name(name)
                     .Help(help)
                     .Register(registry_->registry)
                     .Add(labels_of(labels), bounds);
  auto& wrapper = registry_->histograms[&metric];
  if (!wrapper) wrapper = std::make_unique<PrometheusHistogram>(metric);
  return *wrapper;
}

std::string Metrics::write() const {
  return prometheus::TextSerializer().Serialize(registry_->registry.Collect());
}

}  // namespace scorekeeper
