// The OpenAPI document that GET /openapi.json serves: the parts in openapi/, put together by
// tools/openapi.py when the server is built. Constant.
#pragma once

#include <string_view>

namespace scorekeeper::app {

// JSON text; lives as long as the process.
std::string_view openapi_document();

}  // namespace scorekeeper::app
