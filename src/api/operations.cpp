// The server itself: is it alive, is it ready, what does it measure, which version is it, what can
// it do; and whether an API key is good.
#include <string>
#include <string_view>
#include <utility>

#include "api/errors.h"
#include "api/handlers.h"
#include "json/writer.h"

namespace scorekeeper::api {
namespace {

http::Response text(int status, std::string_view body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = body;
  return response;
}

http::Response json(std::string body) {
  http::Response response;
  response.content_type = plain_json;
  response.body = std::move(body);
  return response;
}

}  // namespace

// The gate has checked the key.
http::Response validate(const Context& /*context*/, const http::Request& /*request*/) {
  return json(json::Writer().begin_object().key("valid").boolean(true).end_object().take());
}

http::Response get_health(const Context& /*context*/, const http::Request& /*request*/) {
  return text(200, "ok");
}

http::Response get_readiness(const Context& context, const http::Request& /*request*/) {
  switch (context.services.phase.load(std::memory_order_acquire)) {
    case Phase::starting:
      return text(503, "starting");
    case Phase::draining:
      return text(503, "draining");
    case Phase::ready:
      break;
  }
  const auto* probe = context.services.probe;
  const bool answers = probe == nullptr || probe->reached();
  const bool reached = answers && context.services.intake->is_following();
  if (!reached) return text(503, "the store does not answer");
  return text(200, "ready");
}

http::Response get_metrics(const Context& context, const http::Request& /*request*/) {
  const auto make = [&services = context.services] {
    const bool ready = services.phase.load(std::memory_order_acquire) == Phase::ready;
    services.metrics
        .gauge("scorekeeper_ready",
               "1 when the server takes requests: it neither starts nor drains.")
        .set(ready ? 1 : 0);
    return services.metrics.write();
  };
  auto response = text(200, {});
  response.content_type = "text/plain; version=0.0.4";
  if (context.services.metrics_page == nullptr) {
    response.body = make();
  } else {
    response.shared_body = context.services.metrics_page->get(make);
  }
  return response;
}

http::Response get_version(const Context& /*context*/, const http::Request& /*request*/) {
  return json(
      json::Writer().begin_object().member("version", SCOREKEEPER_VERSION).end_object().take());
}

http::Response get_openapi(const Context& context, const http::Request& /*request*/) {
  auto response = json({});
  response.shared_body = context.services.openapi;
  return response;
}

}  // namespace scorekeeper::api
