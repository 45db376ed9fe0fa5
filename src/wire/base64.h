// Base64 with padding (RFC 4648 §4), and base64url without (§5 there). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scorekeeper::wire {

std::string write_base64(std::string_view bytes);
std::string write_base64url(std::string_view bytes);
// Strict: no padding, no other character, and no bit set that stands for nothing, so that there is
// one text for each sequence of bytes.
std::optional<std::string> parse_base64url(std::string_view text);

}  // namespace scorekeeper::wire
