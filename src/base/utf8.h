// UTF-8 (RFC 3629) in text that comes from outside and goes out again, as JSON or in the log.
#pragma once

#include <cstddef>
#include <string_view>

namespace scorekeeper {

// Bytes of the character that the text begins with; 0 when it begins with none: it is empty, or its
// first bytes are cut off, a longer form than needed, a surrogate, or beyond U+10FFFF.
std::size_t utf8_character_bytes(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace scorekeeper
