// Finds the place where a text stops being acceptable JSON: RFC 8259, and no deeper than
// json_depth_max, no U+0000, no lone surrogate. Slower than the parser of reader.h, which only says
// that something is wrong: it is asked for the place when an error is answered, and stands against
// that parser in the fuzzers. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace scorekeeper::json {

struct SyntaxError {
  std::size_t offset = 0;    // in bytes
  std::string_view problem;  // "expected a value"
};

// nullopt: the whole text is one acceptable document.
std::optional<SyntaxError> find_syntax_error(std::string_view text);

// A JSON number; the whole text.
bool is_json_number(std::string_view text);

}  // namespace scorekeeper::json
