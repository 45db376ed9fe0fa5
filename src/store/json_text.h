// Strings of JSON in the bodies of outcome records, in one form: `"` and `\` are escaped, control
// characters as \b \f \n \r \t or \u00xx, everything else stands as it is. Reader and writer know
// no other, so that the same text has the same bytes everywhere. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scorekeeper::store {

// The bytes before the first that is `"`, `\` or a control character.
std::size_t plain_bytes(std::string_view text);
// The same, or not ASCII.
std::size_t plain_ascii_bytes(std::string_view text);

// Quotes and all; valid UTF-8.
void append_quoted(std::string& json, std::string_view text);

// The character of the escape that the text begins with, and the bytes that the escape takes; 0: it
// is none of the form above.
struct Escape {
  char character = 0;
  std::size_t bytes = 0;
};
Escape read_escape(std::string_view text);

}  // namespace scorekeeper::store
