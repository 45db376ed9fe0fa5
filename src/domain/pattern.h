// Wildcards: `*` stands for any run of characters, `?` for one code point; all other bytes of a
// pattern stand for themselves. Nothing is escaped. Texts and patterns are UTF-8.
//
// The time grows with the bytes of the text and of the pattern, not with their product; a part of
// the pattern between two stars that has `?` in it costs a step for each byte of the text and each
// 64 bytes of the part.
#pragma once

#include <string_view>

namespace scorekeeper {

enum class Letters { exact, lowered };  // lowered: ASCII letters of the text, not of the pattern

// The whole of `text` matches.
bool matches_pattern(std::string_view text, std::string_view pattern, Letters letters);
// `lowered_part` occurs in the text once the ASCII letters of the text are lower-cased.
bool has_part(std::string_view text, std::string_view lowered_part);

}  // namespace scorekeeper
