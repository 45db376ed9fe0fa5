// Errors as answers: the place, but for bodies that cannot be decoded (http/core.cpp), where a Code
// becomes an HTTP status. Pure but for the log: a function that answers an internal error logs it,
// with the request id.
#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"

namespace scorekeeper::api {

inline constexpr std::string_view json_api = "application/vnd.api+json";
inline constexpr std::string_view plain_json = "application/json";

int status_of(Code code);

// An answer with a JSON:API document.
http::Response respond(int status, std::string body);

// The error document: its status is that of the first error. A full intake queue (rate_limited) is
// told in strings and in rate-limit headers of its own, so that clients wait as they do when their
// rate is spent. The details of internal errors are logged, not told.
http::Response respond_error(const Error& error, std::string_view request_id, const Limits& limits);

// {"errors":["Too many requests"]}: the form with strings, as recorded.
http::Response respond_error_string(int status, std::string_view text);

// The errors of POST /api/v2/scorecard/outcomes have two forms: objects, which the public API sends
// to its clients (Accept: */*), and strings, which its documentation shows beside a curl line with
// Accept: application/json. An error becomes strings where the request names application/json and
// neither */* nor application/vnd.api+json; any other answer stays.
void choose_error_form(const http::Request& request, http::Response& response);

}  // namespace scorekeeper::api
