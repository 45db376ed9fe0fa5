#include "wire/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

// Far above any list, low enough that offset + size is still an int64 for the clients.
constexpr std::uint64_t offset_max = std::numeric_limits<std::int64_t>::max() / 2;

}  // namespace

const std::string* find_value(Query query, std::string_view name) {
  const auto found = std::ranges::find(query, name, &Parameter::name);
  return found == query.end() ? nullptr : &found->value;
}

Error bad_parameter(std::string_view name, std::string_view must) {
  return invalid(fmt::format("parameter \"{}\" must be {}", name, must), std::string(name));
}

Result<std::uint64_t> parse_number(std::string_view name, std::string_view text, std::uint64_t min,
                                   std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || stop != text.data() + text.size() || error != std::errc() || value < min ||
      value > max) {
    return bad_parameter(name, fmt::format("a whole number from {} to {}", min, max));
  }
  return value;
}

Result<PageQuery> parse_page(Query query, PageBounds bounds) {
  PageQuery page;
  page.size = std::min(bounds.size_default, bounds.size_max);
  if (const auto* offset = find_value(query, "page[offset]")) {
    page.offset = TRY(parse_number("page[offset]", *offset, 0, offset_max));
  }
  for (const std::string_view name : {"page[size]", "page[limit]"}) {
    const auto* size = find_value(query, name);
    if (size == nullptr) continue;
    page.size = TRY(parse_number(name, *size, 1, bounds.size_max));
    break;
  }
  return page;
}

std::optional<std::string> parse_text(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

Result<std::optional<bool>> parse_boolean(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::optional<bool>();
  if (*value == "true") return std::optional(true);
  if (*value == "false") return std::optional(false);
  return bad_parameter(name, "true or false");
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto word = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

Result<bool> parse_include(Query query, std::string_view known) {
  const auto* value = find_value(query, "include");
  if (value == nullptr) return false;
  const auto words = split_list(*value);
  for (const auto word : words) {
    if (word != known) return bad_parameter("include", fmt::format("\"{}\"", known));
  }
  return !words.empty();
}

Result<std::optional<EntityQuery>> parse_entity_filter(Query query, const Limits& limits) {
  constexpr std::string_view name = "filter[entity][query]";
  const auto* text = find_value(query, name);
  if (text == nullptr) return std::optional<EntityQuery>();
  if (count_characters(*text) > limits.description_characters_max) {
    return bad_parameter(
        name, fmt::format("a query of at most {} characters", limits.description_characters_max));
  }
  auto parsed = EntityQuery::parse(*text, name);
  if (parsed) return std::optional(*std::move(parsed));
  // The language is that of an attribute; here it stands in a parameter.
  constexpr std::string_view attribute = "attribute";
  std::string detail = parsed.error().detail;
  if (detail.starts_with(attribute)) detail.replace(0, attribute.size(), "parameter");
  return invalid(std::move(detail), std::string(name));
}

}  // namespace scorekeeper::wire
