#include "store/json_text.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace scorekeeper::store {
namespace {

constexpr std::uint64_t each(std::uint8_t byte) { return 0x0101010101010101U * byte; }

// Bit 7 of the first byte that is 0 is set, and none of a byte before it; bits behind are garbage.
constexpr std::uint64_t first_zero(std::uint64_t word) { return (word - each(1)) & ~word; }
// The same of the first byte below 0x20.
constexpr std::uint64_t first_control(std::uint64_t word) { return (word - each(0x20)) & ~word; }

// Eight bytes at a time: most of a log is such text.
template <std::uint8_t also>  // bits of a byte that end the text, too
std::size_t bytes_before_special(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t special = first_zero(word ^ each('"')) | first_zero(word ^ each('\\')) |
                                  first_control(word) | (word & each(also));
    if (const auto found = special & each(0x80); found != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
  }
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '"' || byte == '\\' || byte < 0x20 || (byte & also) != 0) break;
  }
  return at;
}

constexpr std::string_view short_letters = "bfnrt";
constexpr std::string_view short_characters = "\b\f\n\r\t";
constexpr std::string_view digits = "0123456789abcdef";

void append_escape(std::string& json, char character) {
  json += '\\';
  if (character == '"' || character == '\\') {
    json += character;
  } else if (const auto found = short_characters.find(character); found != std::string_view::npos) {
    json += short_letters[found];
  } else {
    json += "u00";
    json += digits[static_cast<unsigned char>(character) >> 4];
    json += digits[static_cast<unsigned char>(character) & 0xf];
  }
}

}  // namespace

std::size_t plain_bytes(std::string_view text) { return bytes_before_special<0>(text); }
std::size_t plain_ascii_bytes(std::string_view text) { return bytes_before_special<0x80>(text); }

void append_quoted(std::string& json, std::string_view text) {
  json += '"';
  while (true) {
    const std::size_t plain = plain_bytes(text);
    json.append(text, 0, plain);
    if (plain == text.size()) break;
    append_escape(json, text[plain]);
    text.remove_prefix(plain + 1);
  }
  json += '"';
}

Escape read_escape(std::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return {};
  if (text[1] == '"' || text[1] == '\\') return {text[1], 2};
  if (const auto found = short_letters.find(text[1]); found != std::string_view::npos) {
    return {short_characters[found], 2};
  }
  if (text.size() < 6 || !text.substr(1).starts_with("u00")) return {};
  const auto high = digits.find(text[4]);
  const auto low = digits.find(text[5]);
  if (high > 1 || low == std::string_view::npos) return {};
  const char character = static_cast<char>(high * 16 + low);
  if (short_characters.find(character) != std::string_view::npos) return {};
  return {character, 6};
}

}  // namespace scorekeeper::store
