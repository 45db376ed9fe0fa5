#include "wire/query_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "domain/entity.h"
#include "domain/nearest.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t page_size_default = 100;  // as recorded

// As the original's url.Values.Encode: all but [A-Za-z0-9-_.~] as %XX, a space as '+'.
void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-_.~";
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word || plain.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 0xf];
    }
  }
}

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

Result<Page> parse_page(Query query, std::uint64_t size_max) {
  Page page;
  page.size = std::min(page_size_default, size_max);
  if (const auto* offset = find_value(query, "page[offset]")) {
    page.offset = TRY(parse_number("page[offset]", *offset, 0, offset_max));
  }
  for (const std::string_view name : {"page[size]", "page[limit]"}) {
    const auto* size = find_value(query, name);
    if (size == nullptr) continue;
    page.size = TRY(parse_number(name, *size, 1, size_max));
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

Result<std::set<std::string_view>> parse_include(Query query,
                                                 std::initializer_list<std::string_view> known) {
  std::set<std::string_view> included;
  const auto* value = find_value(query, "include");
  if (value == nullptr) return included;
  for (const auto word : split_list(*value)) {
    const auto found = std::ranges::find(known, word);
    if (found != known.end()) {
      included.insert(*found);
    } else if (known.size() == 1) {
      return bad_parameter("include", fmt::format("\"{}\"", *known.begin()));
    } else {
      const auto hint = suggest_nearest(word, std::span(known.begin(), known.size()));
      return bad_parameter("include",
                           fmt::format("one or more of \"{}\"{}", fmt::join(known, " "), hint));
    }
  }
  return included;
}

namespace {

Result<std::optional<EntityQuery>> parse_entity_query(Query query, const Limits& limits) {
  constexpr std::string_view name = entity_query_name;
  const auto* text = find_value(query, name);
  if (text == nullptr) return std::optional<EntityQuery>();
  if (is_blank(*text)) {
    return bad_parameter(name, "a query, as \"team:platform\"; without it all entities are listed");
  }
  if (count_characters(*text) > limits.description_characters_max) {
    return bad_parameter(
        name, fmt::format("a query of at most {} characters", limits.description_characters_max));
  }
  auto parsed = EntityQuery::parse(*text, name, limits.query_terms_max);
  if (parsed) return std::optional(*std::move(parsed));
  // The language is that of an attribute; here it stands in a parameter.
  constexpr std::string_view attribute = "attribute";
  std::string detail = parsed.error().detail;
  if (detail.starts_with(attribute)) detail.replace(0, attribute.size(), "parameter");
  return invalid(std::move(detail), std::string(name));
}

Result<std::optional<std::string>> parse_entity_reference_filter(Query query) {
  constexpr std::string_view name = "filter[entity][reference]";
  const auto* text = find_value(query, name);
  if (text == nullptr) return std::optional<std::string>();
  const auto reference = parse_entity_reference(*text);
  if (!reference) {
    return bad_parameter(name, "of the form \"kind:name\" or \"kind:namespace/name\"");
  }
  std::string canonical;
  append_canonical(*reference, canonical);
  return std::optional(std::move(canonical));
}

}  // namespace

Result<EntityFilter> parse_entity_filter(Query query, const Limits& limits) {
  EntityFilter filter;
  filter.query = TRY(parse_entity_query(query, limits));
  filter.reference = TRY(parse_entity_reference_filter(query));
  constexpr std::string_view name = entity_name_name;
  filter.name = parse_text(query, name);
  if (filter.name && filter.name->empty()) return bad_parameter(name, "the name of an entity");
  return filter;
}

std::string write_link(std::string_view path, LinkParameters parameters, Page page) {
  const auto size = std::to_string(page.size);
  const auto offset = std::to_string(page.offset);
  parameters.emplace("page[limit]", size);
  parameters.emplace("page[offset]", offset);
  std::string link(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    link += separator;
    append_encoded(link, name);
    link += '=';
    append_encoded(link, value);
    separator = '&';
  }
  return link;
}

}  // namespace scorekeeper::wire
