#include "json/writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/assert.h"

namespace scorekeeper::json {
namespace {

enum Escape : unsigned char { none = 0, hexadecimal = 1, line_separator = 2 };

// For each byte: 0 = as it is, a letter = \letter, else what Escape says.
constexpr std::array<unsigned char, 256> escapes = [] {
  std::array<unsigned char, 256> table{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = hexadecimal;
  table['<'] = table['>'] = table['&'] = hexadecimal;
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table[0xe2] = line_separator;  // the first byte of U+2028 and U+2029
  return table;
}();

bool is_line_separator(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at + 1] == '\x80' &&
         (text[at + 2] == '\xa8' || text[at + 2] == '\xa9');
}

constexpr std::size_t first_room = 1024;
constexpr std::size_t escaped_max = 6;  // bytes that one becomes

char* write_hexadecimal(char* out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out = std::ranges::copy(std::string_view("\\u00"), out).out;
  *out++ = digits[byte >> 4];
  *out++ = digits[byte & 0xf];
  return out;
}

// Writes the text from its first byte that does not stand as it is.
char* write_escaped(char* out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto escape = escapes[byte];
    if (escape == none || (escape == line_separator && !is_line_separator(text, at))) {
      *out++ = text[at];
    } else if (escape == hexadecimal) {
      out = write_hexadecimal(out, byte);
    } else if (escape == line_separator) {
      at += 2;
      const std::string_view escaped = text[at] == '\xa8' ? "\\u2028" : "\\u2029";
      out = std::ranges::copy(escaped, out).out;
    } else {
      *out++ = '\\';
      *out++ = static_cast<char>(escape);
    }
  }
  return out;
}

std::size_t plain_length(std::string_view text) {
  const auto is_special = [](char c) { return escapes[static_cast<unsigned char>(c)] != none; };
  return static_cast<std::size_t>(std::ranges::find_if(text, is_special) - text.begin());
}

char* write_quoted(char* out, std::string_view text, std::size_t plain) {
  *out++ = '"';
  std::memcpy(out, text.data(), plain);
  out += plain;
  if (plain < text.size()) out = write_escaped(out, text.substr(plain));
  *out++ = '"';
  return out;
}

// The bytes of a text and its quotes at most.
std::size_t quoted_max(std::string_view text, std::size_t plain) {
  return 2 + plain + escaped_max * (text.size() - plain);
}

}  // namespace

char* Writer::open(std::size_t bytes) {
  if (text_.size() - used_ < bytes) {
    text_.resize(std::max({first_room, 2 * text_.size(), used_ + bytes}));
  }
  return text_.data() + used_;
}

void Writer::close(const char* end) { used_ = static_cast<std::size_t>(end - text_.data()); }

char* Writer::open_value(std::size_t bytes) {
  char* out = open(bytes + 1);
  if (comma_) *out++ = ',';
  comma_ = true;
  return out;
}

Writer& Writer::begin(char bracket) {
  char* out = open_value(1);
  *out++ = bracket;
  close(out);
  comma_ = false;
  return *this;
}

Writer& Writer::end(char bracket) {
  char* out = open(1);
  *out++ = bracket;
  close(out);
  comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  const std::size_t plain = plain_length(name);
  char* out = write_quoted(open_value(quoted_max(name, plain) + 1), name, plain);
  *out++ = ':';
  close(out);
  comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  const std::size_t plain = plain_length(text);
  close(write_quoted(open_value(quoted_max(text, plain)), text, plain));
  return *this;
}

Writer& Writer::number(std::int64_t value) {
  constexpr std::size_t digits_max = 20;
  char* out = open_value(digits_max);
  close(std::to_chars(out, out + digits_max, value).ptr);
  return *this;
}

Writer& Writer::real(double value) {
  ASSERT(std::isfinite(value));
  constexpr std::size_t digits_max = 32;
  char* out = open_value(digits_max);
  close(std::to_chars(out, out + digits_max, value).ptr);
  return *this;
}

Writer& Writer::boolean(bool value) { return literal(value ? "true" : "false"); }

Writer& Writer::literal(std::string_view json) {
  close(std::ranges::copy(json, open_value(json.size())).out);
  return *this;
}

std::string Writer::take() {
  text_.resize(used_);
  used_ = 0;
  return std::move(text_);
}

}  // namespace scorekeeper::json
