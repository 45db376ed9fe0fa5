// The header that names a position of the org's log on every answer. A read takes the position
// before it looks, so that the answer is not older. A write takes it at its end, so that a client
// that sends it as scorekeeper-min-position sees the write. Any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/id.h"
#include "http/message.h"

namespace scorekeeper::api {

inline constexpr std::string_view position_header = "scorekeeper-position";

inline void tell_position(http::Response& response, RowId position) {
  response.headers.push_back(
      {.name = std::string(position_header), .value = std::to_string(position.number)});
}
inline bool tells_position(const http::Response& response) {
  return std::ranges::find(response.headers, position_header, &http::Header::name) !=
         response.headers.end();
}

}  // namespace scorekeeper::api
