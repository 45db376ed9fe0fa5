// Wildcards: `*` stands for any run of characters, `?` for one code point; all other bytes of a
// pattern stand for themselves. Nothing is escaped.
#pragma once

#include <string_view>

namespace scorekeeper {

enum class Letters { exact, lowered };  // lowered: ASCII letters of the text, not of the pattern

// The whole of `text` matches. Steps: at most bytes of the text times bytes of the pattern.
bool matches_pattern(std::string_view text, std::string_view pattern, Letters letters);

}  // namespace scorekeeper
