#include "http/accept.h"

#include <algorithm>
#include <optional>

namespace scorekeeper::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, lower);
}

// Takes the part before the separator, without white space around it; `text` goes on after it.
std::string_view take(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  while (part.starts_with(' ') || part.starts_with('\t')) part.remove_prefix(1);
  while (part.ends_with(' ') || part.ends_with('\t')) part.remove_suffix(1);
  return part;
}

// In thousandths. nullopt: no q-value ("0", "0.5", "1.000").
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int value = (text[0] - '0') * 1000;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (c < '0' || c > '9') return std::nullopt;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return value > 1000 ? std::nullopt : std::optional(value);
}

struct Range {
  std::string_view media_type;
  int quality = 1000;
};

// nullopt: a range that cannot be read.
std::optional<Range> parse_range(std::string_view text) {
  Range range{.media_type = take(text, ';')};
  while (!text.empty()) {
    auto value = take(text, ';');
    if (!equal_ignoring_case(take(value, '='), "q")) continue;
    const auto quality = parse_quality(value);
    if (!quality) return std::nullopt;
    range.quality = *quality;
  }
  return range;
}

bool is_wildcard(std::string_view media_type) { return media_type.ends_with("/*"); }

}  // namespace

bool prefers(std::string_view accept, std::string_view media_type,
             std::span<const std::string_view> usual) {
  int wanted = 0;
  int others = 0;     // the best of the usual ones
  int wildcards = 0;  // the best of those
  while (!accept.empty()) {
    const auto range = parse_range(take(accept, ','));
    if (!range) continue;
    const auto names = [&range](std::string_view type) {
      return equal_ignoring_case(range->media_type, type);
    };
    if (names(media_type)) wanted = std::max(wanted, range->quality);
    if (std::ranges::any_of(usual, names)) others = std::max(others, range->quality);
    if (is_wildcard(range->media_type)) wildcards = std::max(wildcards, range->quality);
  }
  return wanted > others && wanted >= wildcards;
}

bool names(std::string_view accept, std::string_view media_range) {
  while (!accept.empty()) {
    const auto range = parse_range(take(accept, ','));
    if (range && range->quality > 0 && equal_ignoring_case(range->media_type, media_range)) {
      return true;
    }
  }
  return false;
}

}  // namespace scorekeeper::http
