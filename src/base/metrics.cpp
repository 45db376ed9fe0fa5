#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <map>

#include "base/mutex.h"
#include "base/process_metrics.h"

namespace scorekeeper {
namespace {

prometheus::Labels labels_of(const MetricLabels& labels) {
  return prometheus::Labels(labels.begin(), labels.end());
}

}  // namespace

struct Metrics::Registry {
  prometheus::Registry registry;
  Mutex mutex;
  // By the library's object, which is the same for the same name and labels.
  std::map<const void*, Counter> counters GUARDED_BY(mutex);
  std::map<const void*, Gauge> gauges GUARDED_BY(mutex);
  std::map<const void*, Histogram> histograms GUARDED_BY(mutex);
};

void Counter::add(double amount) { counter_.Increment(amount); }
double Counter::value() const { return counter_.Value(); }
void Gauge::set(double value) { gauge_.Set(value); }
void Gauge::add(double amount) { gauge_.Increment(amount); }
double Gauge::value() const { return gauge_.Value(); }
void Histogram::observe(double value) { histogram_.Observe(value); }

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
  return registry_->counters.try_emplace(&metric, metric).first->second;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                      const MetricLabels& labels) {
  Lock lock(registry_->mutex);
  auto& metric = prometheus::BuildGauge()
                     .Name(name)
                     .Help(help)
                     .Register(registry_->registry)
                     .Add(labels_of(labels));
  return registry_->gauges.try_emplace(&metric, metric).first->second;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const MetricLabels& labels) {
  Lock lock(registry_->mutex);
  auto& metric = prometheus::BuildHistogram()
                     .Name(name)
                     .Help(help)
                     .Register(registry_->registry)
                     .Add(labels_of(labels), bounds);
  return registry_->histograms.try_emplace(&metric, metric).first->second;
}

std::string Metrics::write() const {
  auto families = registry_->registry.Collect();
  auto process = process_metrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace scorekeeper
