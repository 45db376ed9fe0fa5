#include "json/syntax.h"

#include <algorithm>
#include <cstdint>

#include "base/limits.h"

namespace scorekeeper::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of a number at the beginning of `text`; 0 when there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&text, &at] {
    const auto from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const auto count = digits();
  if (count == 0 || (zero && count > 1)) return 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return 0;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return 0;
  }
  return at;
}

// The length of the UTF-8 sequence at the beginning of `text`; 0 when it is not valid (Unicode
// table 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto follows = [&byte](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool over_last = lead == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !over_last ? 4 : 0;
  }
  return 0;
}

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::optional<SyntaxError> document() {
    skip_space();
    if (value(0)) {
      skip_space();
      if (at_ < text_.size()) fail("expected the end of the document");
    }
    return error_;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool fail(std::string_view problem) {
    error_ = SyntaxError{.offset = at_, .problem = problem};
    return false;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) < 4) ++at_;
  }

  bool value(std::size_t depth) {
    const auto rest = text_.substr(at_);
    if (rest.starts_with('"')) return string();
    if (rest.starts_with('{') || rest.starts_with('[')) {
      if (depth == json_depth_max) return fail("nested too deeply");
      return rest[0] == '{' ? object(depth + 1) : array(depth + 1);
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!rest.starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    const auto length = number_length(rest);
    if (length == 0) return fail("expected a value");
    at_ += length;
    return true;
  }

  bool object(std::size_t depth) {
    ++at_;
    skip_space();
    if (peek() == '}') {
      ++at_;
      return true;
    }
    while (true) {
      if (peek() != '"') return fail("expected a member name");
      if (!string()) return false;
      skip_space();
      if (peek() != ':') return fail("expected a colon");
      ++at_;
      skip_space();
      if (!value(depth)) return false;
      skip_space();
      if (peek() == '}') break;
      if (peek() != ',') return fail("expected a comma or a closing brace");
      ++at_;
      skip_space();
    }
    ++at_;
    return true;
  }

  bool array(std::size_t depth) {
    ++at_;
    skip_space();
    if (peek() == ']') {
      ++at_;
      return true;
    }
    while (true) {
      if (!value(depth)) return false;
      skip_space();
      if (peek() == ']') break;
      if (peek() != ',') return fail("expected a comma or a closing bracket");
      ++at_;
      skip_space();
    }
    ++at_;
    return true;
  }

  bool string() {
    ++at_;
    while (true) {
      if (at_ == text_.size()) return fail("unfinished string");
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') break;
      if (byte < 0x20) return fail("control character in a string");
      if (byte == '\\') {
        if (!escape()) return false;
        continue;
      }
      const auto length = sequence_length(text_.substr(at_));
      if (length == 0) return fail("invalid UTF-8");
      at_ += length;
    }
    ++at_;
    return true;
  }

  bool escape() {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (letter != 'u') {
      if (std::string_view("\"\\/bfnrt").find(letter) == std::string_view::npos) {
        return fail("unknown escape");
      }
      at_ += 2;
      return true;
    }
    const auto unit = code_unit(at_);
    if (!unit) return fail("expected four hexadecimal digits");
    if (*unit == 0) return fail("U+0000 is not allowed");
    if (*unit >= 0xdc00 && *unit <= 0xdfff) return fail("lone surrogate");
    if (*unit >= 0xd800 && *unit <= 0xdbff) {
      const auto low = code_unit(at_ + 6);
      if (!low || *low < 0xdc00 || *low > 0xdfff) return fail("lone surrogate");
      at_ += 6;
    }
    at_ += 6;
    return true;
  }

  // The number of an escape \uXXXX that begins at `at`.
  std::optional<std::uint32_t> code_unit(std::size_t at) const {
    const auto escape = text_.substr(std::min(at, text_.size()), 6);
    if (escape.size() < 6 || !escape.starts_with("\\u")) return std::nullopt;
    std::uint32_t unit = 0;
    for (const char c : escape.substr(2)) {
      const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      const auto digit = std::string_view("0123456789abcdef").find(lower);
      if (digit == std::string_view::npos) return std::nullopt;
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
    }
    return unit;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<SyntaxError> error_;
};

}  // namespace

std::optional<SyntaxError> find_syntax_error(std::string_view text) {
  return Scan(text).document();
}

bool is_json_number(std::string_view text) {
  return !text.empty() && number_length(text) == text.size();
}

}  // namespace scorekeeper::json
