#include "wire/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "base/assert.h"

namespace scorekeeper::wire {
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

void append_hexadecimal(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u00";
  out += digits[byte >> 4];
  out += digits[byte & 0xf];
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;  // the first byte that is not yet written
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto escape = escapes[byte];
    if (escape == none) [[likely]] {
      continue;
    }
    if (escape == line_separator && !is_line_separator(text, at)) continue;
    out.append(text, from, at - from);
    if (escape == hexadecimal) {
      append_hexadecimal(out, byte);
    } else if (escape == line_separator) {
      at += 2;
      out += text[at] == '\xa8' ? "\\u2028" : "\\u2029";
    } else {
      out += '\\';
      out += static_cast<char>(escape);
    }
    from = at + 1;
  }
  out.append(text, from);
  out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (comma_) text_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  text_ += '}';
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_quoted(text_, text);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text_.append(digits.data(), end);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  ASSERT(std::isfinite(value));
  separate();
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text_.append(digits.data(), end);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return literal(value ? "true" : "false"); }

JsonWriter& JsonWriter::literal(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace scorekeeper::wire
