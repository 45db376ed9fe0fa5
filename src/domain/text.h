// Rules about text that several fields share.
#pragma once

#include <cstddef>
#include <string_view>

namespace scorekeeper {

// ASCII letters alone; other bytes stay as they are.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
// Unicode code points of valid UTF-8.
std::size_t count_characters(std::string_view utf8);
// ASCII letters compared without case, other bytes exactly.
bool equals_ignoring_case(std::string_view one, std::string_view other);
// `part` occurs in `text`, ASCII letters compared without case, other bytes exactly. Takes time for
// the bytes of both, not for their product.
bool contains_ignoring_case(std::string_view text, std::string_view part);
// Spaces, tabs and line ends alone, or nothing.
bool is_blank(std::string_view text);
// A control character of ASCII, U+0000 and U+007F among them.
bool has_control_character(std::string_view text);

}  // namespace scorekeeper
