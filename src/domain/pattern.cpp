#include "domain/pattern.h"

#include <cstddef>

#include "domain/text.h"

namespace scorekeeper {
namespace {

std::size_t after_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

}  // namespace

// Only the latest star ever takes more: what an earlier one could take instead, this one can, too.
bool matches_pattern(std::string_view text, std::string_view pattern, Letters letters) {
  std::size_t at = 0;
  std::size_t next = 0;  // in the pattern
  std::size_t after_star = std::string_view::npos;
  std::size_t star_end = 0;  // in the text: where the latest star ends
  while (at < text.size()) {
    const char wanted = next < pattern.size() ? pattern[next] : '\0';
    const char found = letters == Letters::lowered ? to_lower(text[at]) : text[at];
    if (wanted == '*') {
      after_star = ++next;
      if (after_star == pattern.size()) return true;
      star_end = at;
    } else if (wanted == '?') {
      at = after_character(text, at);
      ++next;
    } else if (next < pattern.size() && wanted == found) {
      ++at;
      ++next;
    } else if (after_star != std::string_view::npos) {
      at = star_end = after_character(text, star_end);
      next = after_star;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && pattern[next] == '*') ++next;
  return next == pattern.size();
}

}  // namespace scorekeeper
