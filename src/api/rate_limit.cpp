#include "api/rate_limit.h"

#include <algorithm>
#include <string>

namespace scorekeeper::api {

void append_rate_headers(const RateWindow& window, std::vector<http::Header>& headers) {
  headers.reserve(headers.size() + 5);
  headers.push_back({.name = "x-ratelimit-limit", .value = std::to_string(window.limit)});
  headers.push_back({.name = "x-ratelimit-period", .value = std::to_string(window.period)});
  headers.push_back({.name = "x-ratelimit-remaining", .value = std::to_string(window.remaining)});
  headers.push_back({.name = "x-ratelimit-reset", .value = std::to_string(window.reset)});
  headers.push_back({.name = "x-ratelimit-name", .value = std::string(window.name)});
}

RateLimiter::RateLimiter(const Limits& limits)
    : key_limit_(limits.rate_limit_requests),
      org_limit_(limits.rate_limit_org_requests),
      period_(std::max<std::uint64_t>(limits.rate_limit_period_seconds, 1)) {}

RateLimiter::Decision RateLimiter::take(OrgId org, KeyId key, Time now) {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0));
  RateWindow window{
      .limit = key_limit_, .period = period_, .remaining = 0, .reset = 0, .name = key_limit_name};
  const Lock lock(mutex_);
  // Threads come with times that are a little apart, so one from the period before counts in this
  // one. From further back it is the clock that was ahead and came back.
  const auto period = seconds / period_;
  if (period > current_ || period + 1 < current_) {
    current_ = period;
    keys_.clear();
    orgs_.clear();
  }
  window.reset = (current_ + 1) * period_ - seconds;
  auto& org_used = orgs_[org];
  std::uint64_t none = 0;
  auto& key_used = key ? keys_[key] : none;
  const bool allowed = key_used < key_limit_ && org_used < org_limit_;
  if (allowed) {
    ++org_used;
    ++key_used;
  }
  window.remaining = key_limit_ - key_used;
  const auto org_remaining = org_limit_ - org_used;
  if (!key || org_remaining < window.remaining) {
    window.limit = org_limit_;
    window.remaining = org_remaining;
    window.name = org_limit_name;
  }
  return {.allowed = allowed, .window = window};
}

}  // namespace scorekeeper::api
