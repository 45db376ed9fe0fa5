#include "http/request_metrics.h"

#include <algorithm>

namespace scorekeeper::http {
namespace {

constexpr std::array methods = {Method::get,   Method::head,    Method::post,    Method::put,
                                Method::patch, Method::delete_, Method::options, Method::other};

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::malformed:
      return "malformed";
    case Reason::header_size:
      return "header_size";
    case Reason::not_found:
      return "not_found";
    case Reason::method:
      return "method";
    case Reason::timeout:
      return "timeout";
    case Reason::body_size:
      return "body_size";
    case Reason::encoding:
      return "encoding";
    case Reason::connections:
      return "connections";
    case Reason::body_memory:
      return "body_memory";
    case Reason::workers:
      return "workers";
    case Reason::answer_memory:
      return "answer_memory";
    case Reason::client_certificate:
      return "client_certificate";
    case Reason::handshake:
      return "handshake";
  }
  return "other";
}

// From what memory answers in to what the write deadline allows.
const std::vector<double> bounds = {0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                    0.05,   0.1,    0.25,  0.5,    1,     5,    30};

}  // namespace

RequestMetrics::RequestMetrics(Metrics& metrics, const Router& router)
    : metrics_(metrics), router_(router) {
  for (const auto& route : router.routes()) {
    lines_.push_back({.method = std::string(http::name_of(route.method)),
                      .route = route.pattern,
                      .seconds = nullptr,
                      .by_status = {}});
  }
  for (const auto method : methods) {
    lines_.push_back({.method = std::string(http::name_of(method)),
                      .route = "none",
                      .seconds = nullptr,
                      .by_status = {}});
  }
  for (auto& line : lines_) {
    line.seconds = &metrics.histogram("scorekeeper_http_request_seconds",
                                      "From the first byte of a request to the last of its answer.",
                                      bounds, {{"route", line.route}});
  }
  for (std::size_t i = 0; i < reason_count; ++i) {
    rejected_[i] = &metrics.counter("scorekeeper_http_rejected_total",
                                    "Requests and TLS handshakes that no handler saw, by reason.",
                                    {{"reason", std::string(name_of(static_cast<Reason>(i)))}});
  }
  connections_ = &metrics.gauge("scorekeeper_http_connections", "Open connections.");
}

void RequestMetrics::answered(const Route* route, Method method, int status, double seconds) {
  std::size_t index = 0;
  if (route != nullptr) {
    index = static_cast<std::size_t>(route - router_.routes().data());
  } else {
    const auto at = std::ranges::find(methods, method) - methods.begin();
    index = router_.routes().size() + static_cast<std::size_t>(at);
  }
  auto& line = lines_[index];
  counter(line, status).add(1);
  line.seconds->observe(seconds);
}

Counter& RequestMetrics::counter(Line& line, int status) {
  for (const auto& [known, counter] : line.by_status) {
    if (known == status) return *counter;
  }
  auto& made = metrics_.counter(
      "scorekeeper_http_requests_total", "Answered requests.",
      {{"method", line.method}, {"route", line.route}, {"status", std::to_string(status)}});
  line.by_status.emplace_back(status, &made);
  return made;
}

}  // namespace scorekeeper::http
