// The request target (RFC 9112 §3.2.1, origin-form only) and the percent-encoding of its parts.
#include <algorithm>

#include "base/utf8.h"
#include "http/router.h"

namespace scorekeeper::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_target_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && c != '#';
}

// Parts of a target are echoed in links and error documents, so they must be text.
Result<void> check_text(std::string_view decoded) {
  if (decoded.find('\0') != std::string_view::npos) {
    return invalid("the request target must not contain U+0000");
  }
  if (!is_utf8(decoded)) return invalid("the request target must be UTF-8");
  return {};
}

Result<std::vector<Parameter>> parse_query(std::string_view text) {
  std::vector<Parameter> query;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = TRY(percent_decode(part.substr(0, equals), true));
    auto value = TRY(percent_decode(part.substr(std::min(equals + 1, part.size())), true));
    TRY(check_text(name));
    TRY(check_text(value));
    query.push_back({.name = std::move(name), .value = std::move(value)});
  }
  return query;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return invalid("bad percent-encoding in the request target");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

Result<Target> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return invalid("the request target must be a path that begins with /");
  }
  if (!std::ranges::all_of(target, is_target_character)) {
    return invalid("the request target holds a character that must be percent-encoded");
  }
  const auto question_mark = std::min(target.find('?'), target.size());
  Target parsed;
  parsed.path = target.substr(0, question_mark);
  const auto path = TRY(percent_decode(parsed.path, false));
  TRY(check_text(path));
  parsed.query = TRY(parse_query(target.substr(std::min(question_mark + 1, target.size()))));
  return parsed;
}

}  // namespace scorekeeper::http
