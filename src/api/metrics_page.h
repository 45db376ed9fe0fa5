// GET /metrics, made at most once in metrics_interval and shared by all who ask meanwhile: making
// it looks at every series, which strangers must not make the event loop do as often as they like.
// Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/mutex.h"

namespace scorekeeper::api {

class MetricsPage {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  std::shared_ptr<const std::string> get(const std::function<std::string()>& make,
                                         Moment now = std::chrono::steady_clock::now()) {
    const Lock lock(mutex_);
    if (!text_ || now - made_at_ >= metrics_interval) {
      text_ = std::make_shared<const std::string>(make());
      made_at_ = now;
    }
    return text_;
  }

 private:
  Mutex mutex_;
  std::shared_ptr<const std::string> text_ GUARDED_BY(mutex_);
  Moment made_at_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::api
