// The server's counters of requests. Written on the loop, but for rejected(), which any thread may
// call; the look-up of a request's counter makes no strings.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "http/router.h"

namespace scorekeeper::http {

// The reasons for which http/ answers by itself. A new one needs a name in request_metrics.cpp.
enum class Reason {
  malformed,      // 400, 417, 505
  header_size,    // 414, 431
  not_found,      // 404
  method,         // 405
  timeout,        // 408
  body_size,      // 413
  encoding,       // 415
  connections,    // 503 or closed: connections_max and those of one peer
  body_memory,    // 503: body_bytes_in_flight_max and those of one org or peer
  workers,        // 503: the queue of a pool is full
  answer_memory,  // 503: answer_bytes_in_flight_max and those of one org
  // Before a request could come:
  client_certificate,  // the client showed none, or not one of the client CA
  handshake,           // another failure of TLS
};
inline constexpr std::size_t reason_count = 13;

class RequestMetrics {
 public:
  RequestMetrics(Metrics& metrics, const Router& router);

  void rejected(Reason reason) { rejected_[static_cast<std::size_t>(reason)]->add(1); }
  // `route` is null when none matched.
  void answered(const Route* route, Method method, int status, double seconds);
  void connections(std::size_t open) { connections_->set(static_cast<double>(open)); }

 private:
  struct Line {
    std::string method;
    std::string route;
    Histogram* seconds = nullptr;
    std::vector<std::pair<int, Counter*>> by_status;
  };

  Counter& counter(Line& line, int status);

  Metrics& metrics_;
  const Router& router_;
  std::vector<Line> lines_;  // of each route, then of each method without a route
  std::array<Counter*, reason_count> rejected_{};
  Gauge* connections_ = nullptr;
};

}  // namespace scorekeeper::http
