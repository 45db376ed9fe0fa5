// Rate limits: fixed, calendar-aligned windows for each application key or token, and for each org,
// with a limit of its own, so that one busy key leaves something to the others. A caller of an
// issuer has no key of ours and counts for the org alone. Owned by the gate; any thread. Its memory
// is bounded by the keys that were used in one period.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "http/message.h"

namespace scorekeeper::api {

// One window as the five rate-limit headers describe it.
struct RateWindow {
  std::uint64_t limit = 0;   // requests in a period
  std::uint64_t period = 0;  // seconds
  std::uint64_t remaining = 0;
  std::uint64_t reset = 0;  // seconds until the next period, rounded up
  std::string_view name;    // static text

  bool operator==(const RateWindow&) const = default;
};

// x-ratelimit-limit, -period, -remaining, -reset, -name: in lower case, as the Java client wants
// them.
void append_rate_headers(const RateWindow& window, std::vector<http::Header>& headers);

inline constexpr std::string_view key_limit_name = "scorecard_requests_per_key";
inline constexpr std::string_view org_limit_name = "scorecard_requests_per_org";
inline constexpr std::string_view queue_limit_name = "intake_queue";

class RateLimiter {
 public:
  explicit RateLimiter(const Limits& limits);

  struct Decision {
    bool allowed = false;
    RateWindow window;  // the one of key and org with less left; the key's when it is the same
  };
  // Counts one request, or refuses it and counts nothing. `key` may be none: then the org alone
  // counts.
  Decision take(OrgId org, KeyId key, Time now) EXCLUDES(mutex_);

 private:
  std::uint64_t key_limit_;
  std::uint64_t org_limit_;
  std::uint64_t period_;  // seconds; this and the limits never change
  Mutex mutex_;
  std::uint64_t current_ GUARDED_BY(mutex_) = 0;  // number of the period that is counted
  std::unordered_map<KeyId, std::uint64_t> keys_ GUARDED_BY(mutex_);
  std::unordered_map<OrgId, std::uint64_t> orgs_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::api
