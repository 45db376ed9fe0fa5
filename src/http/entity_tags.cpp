#include "http/entity_tags.h"

#include <algorithm>

namespace scorekeeper::http {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

// An opaque tag has visible characters but the quote, and any byte above ASCII.
bool is_tag_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte <= 0x7e) || byte >= 0x80;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// Takes the tag that the text begins with. false: there is none.
bool take_tag(std::string_view& text, EntityTags& tags) {
  const bool weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return false;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  const auto tag = text.substr(1, end - 1);
  if (!std::ranges::all_of(tag, is_tag_character)) return false;
  if (!weak) tags.strong.emplace_back(tag);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::optional<EntityTags> parse_entity_tags(std::string_view text) {
  skip_spaces(text);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text == "*") return EntityTags{.any = true, .strong = {}};
  EntityTags tags;
  std::size_t count = 0;
  while (!text.empty()) {
    if (text.front() != ',') {
      if (!take_tag(text, tags)) return std::nullopt;
      ++count;
      skip_spaces(text);
      if (!text.empty() && text.front() != ',') return std::nullopt;
    }
    if (!text.empty()) text.remove_prefix(1);
    skip_spaces(text);
  }
  if (count == 0) return std::nullopt;
  return tags;
}

}  // namespace scorekeeper::http
