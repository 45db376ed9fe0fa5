// Base64 with padding (RFC 4648 §4). Any thread.
#pragma once

#include <string>
#include <string_view>

namespace scorekeeper::wire {

std::string write_base64(std::string_view bytes);

}  // namespace scorekeeper::wire
