// The table of contents of the API: every route of the server.
#pragma once

#include <vector>

#include "api/context.h"
#include "http/router.h"

namespace scorekeeper::api {

// `services` must outlive the routes.
std::vector<http::Route> make_routes(const Services& services);

// For http::Server: the error document of what http/ answers by itself. 401/403/404/4xx as JSON:API
// objects.
http::Response write_http_error(int status, std::string_view detail);

}  // namespace scorekeeper::api
