#include "base/utf8.h"

#include <algorithm>

namespace scorekeeper {
namespace {

struct Form {
  std::size_t bytes = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
};

// By the first byte. The range of the second one keeps out what has a shorter form, surrogates,
// and what is beyond U+10FFFF.
Form form_of(unsigned char first) {
  if (first < 0x80) return {.bytes = 1};
  if (first < 0xc2 || first > 0xf4) return {};
  if (first < 0xe0) return {.bytes = 2};
  if (first == 0xe0) return {.bytes = 3, .second_min = 0xa0};
  if (first == 0xed) return {.bytes = 3, .second_max = 0x9f};
  if (first < 0xf0) return {.bytes = 3};
  if (first == 0xf0) return {.bytes = 4, .second_min = 0x90};
  if (first == 0xf4) return {.bytes = 4, .second_max = 0x8f};
  return {.bytes = 4};
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::size_t utf8_character_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const Form form = form_of(static_cast<unsigned char>(text.front()));
  if (form.bytes < 2) return form.bytes;
  if (text.size() < form.bytes) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < form.second_min || second > form.second_max) return 0;
  return std::ranges::all_of(text.substr(2, form.bytes - 2), is_continuation) ? form.bytes : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = utf8_character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace scorekeeper
