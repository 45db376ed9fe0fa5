#include "api/errors.h"

#include <algorithm>
#include <utility>

#include "api/rate_limit.h"
#include "api/routes.h"
#include "api/versions.h"
#include "base/log.h"
#include "http/accept.h"
#include "wire/errors.h"

namespace scorekeeper::api {
namespace {

void log_fault(const Error& error, std::string_view request_id) {
  log::error("request failed",
             {{"request_id", request_id}, {"detail", error.detail}, {"pointer", error.pointer}});
}

// The queue is not a window of time: whoever comes again in a second finds room or is told so
// again.
RateWindow queue_window(const Limits& limits) {
  return {.limit = limits.queue_requests_max,
          .period = 1,
          .remaining = 0,
          .reset = 1,
          .name = queue_limit_name};
}

}  // namespace

int status_of(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::unauthenticated:  // the gate makes a missing one 401 when the operator wants it
    case Code::forbidden:
      return 403;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::precondition_failed:
      return 412;
    case Code::too_large:
      return 413;
    case Code::rate_limited:
      return 429;
    case Code::unavailable:
      return 503;
    case Code::internal:
      return 500;
  }
  return 500;
}

http::Response respond(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = json_api;
  response.body = std::move(body);
  return response;
}

http::Response respond_error_string(int status, std::string_view text) {
  http::Response response;
  response.status = status;
  response.content_type = plain_json;
  response.body = wire::write_error_strings(text);
  return response;
}

http::Response respond_error(const Error& error, std::string_view request_id,
                             const Limits& limits) {
  const int status = status_of(error.code);
  if (error.code == Code::rate_limited) {
    auto response = respond_error_string(status, "Too many requests");
    append_rate_headers(queue_window(limits), response.headers);
    return response;
  }
  if (error.code == Code::unavailable) log_fault(error, request_id);
  if (error.code != Code::internal) {
    auto response = respond(status, wire::write_errors(status, error));
    tell_version(response, RowId{error.version});
    return response;
  }
  log_fault(error, request_id);
  return respond(status, wire::write_errors(status, make_error(Code::internal, {})));
}

void choose_error_form(const http::Request& request, http::Response& response) {
  if (response.status < 400 || response.content_type != json_api) return;
  const auto named = [&request](std::string_view media_range) {
    return std::ranges::any_of(request.headers, [media_range](const http::Header& header) {
      return header.name == "accept" && http::names(header.value, media_range);
    });
  };
  if (!named(plain_json) || named(json_api) || named("*/*")) return;
  response.body = wire::to_error_strings(std::move(response.body));
  response.content_type = plain_json;
}

http::Response write_http_error(int status, std::string_view detail) {
  const auto code = status >= 500 ? Code::unavailable : Code::invalid;
  return respond(status, wire::write_errors(status, make_error(code, std::string(detail))));
}

}  // namespace scorekeeper::api
