#include "wire/query_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "domain/entity.h"
#include "domain/nearest.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

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

ParameterRow page(Page& page, std::uint64_t size_max, std::uint64_t size_default) {
  page.size = std::min(size_default, size_max);
  return {.names = {"page[size]", "page[limit]", "page[offset]"},
          .read = [&page, size_max](Query query) -> Result<void> {
            if (const auto* offset = find_value(query, "page[offset]")) {
              page.offset = TRY(parse_number("page[offset]", *offset, 0, offset_max));
            }
            for (const std::string_view name : {"page[size]", "page[limit]"}) {
              const auto* size = find_value(query, name);
              if (size == nullptr) continue;
              page.size = TRY(parse_number(name, *size, 1, size_max));
              break;
            }
            return {};
          }};
}

ParameterRow value(
    std::string_view name,
    std::function<Result<void>(std::string_view name, const std::string& value)> read) {
  return {.names = {name}, .read = [name, read = std::move(read)](Query query) -> Result<void> {
            const auto* value = find_value(query, name);
            return value == nullptr ? Result<void>() : read(name, *value);
          }};
}

ParameterRow text(std::string_view name, std::optional<std::string>& text) {
  return value(name, [&text](auto, const auto& value) -> Result<void> {
    text = value;
    return {};
  });
}

ParameterRow text(std::string_view name, std::optional<std::string>& text,
                  std::string (*fold)(const std::string&)) {
  return value(name, [&text, fold](auto, const auto& value) -> Result<void> {
    text = fold(value);
    return {};
  });
}

namespace {

std::optional<bool> parse_boolean(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true";
}

constexpr std::string_view boolean_must = "true or false";

}  // namespace

ParameterRow flag(std::string_view name, std::optional<bool>& flag) {
  return word(name, flag, parse_boolean, boolean_must);
}

ParameterRow flag(std::string_view name, bool& flag) {
  return value(name, [&flag](auto given, const auto& value) -> Result<void> {
    const auto state = parse_boolean(value);
    if (!state) return bad_parameter(given, boolean_must);
    flag = *state;
    return {};
  });
}

ParameterRow fields(std::string_view name, FieldSet& fields) {
  return value(name, [&fields](auto, const auto& value) -> Result<void> {
    fields.emplace();
    for (const auto word : split_list(value)) fields->emplace(word);
    return {};
  });
}

ParameterRow include(std::vector<std::pair<std::string_view, bool*>> known) {
  return value(
      "include", [known = std::move(known)](auto given, const auto& value) -> Result<void> {
        for (const auto word : split_list(value)) {
          const auto found =
              std::ranges::find(known, word, &std::pair<std::string_view, bool*>::first);
          if (found != known.end()) {
            *found->second = true;
            continue;
          }
          std::vector<std::string_view> words;
          for (const auto& one : known) words.push_back(one.first);
          if (words.size() == 1) return bad_parameter(given, fmt::format("\"{}\"", words.front()));
          return bad_parameter(given, fmt::format("one or more of \"{}\"{}", fmt::join(words, " "),
                                                  suggest_nearest(word, words)));
        }
        return {};
      });
}

ParameterRow entity_query(EntityFilter& filter, const Limits& limits) {
  return value(entity_query_name, [&](auto given, const auto& text) -> Result<void> {
    if (is_blank(text)) {
      return bad_parameter(given,
                           "a query, as \"team:platform\"; without it all entities are listed");
    }
    if (count_characters(text) > limits.description_characters_max) {
      return bad_parameter(given, fmt::format("a query of at most {} characters",
                                              limits.description_characters_max));
    }
    auto parsed = EntityQuery::parse(text, given, limits.query_terms_max);
    if (parsed) {
      filter.query = *std::move(parsed);
      return {};
    }
    // The language is that of an attribute; here it stands in a parameter.
    constexpr std::string_view attribute = "attribute";
    std::string detail = parsed.error().detail;
    if (detail.starts_with(attribute)) detail.replace(0, attribute.size(), "parameter");
    return invalid(std::move(detail), std::string(given));
  });
}

ParameterRow entity_reference(EntityFilter& filter) {
  return value("filter[entity][reference]", [&](auto given, const auto& text) -> Result<void> {
    const auto reference = parse_entity_reference(text);
    if (!reference) {
      return bad_parameter(given, "of the form \"kind:name\" or \"kind:namespace/name\"");
    }
    append_canonical(*reference, filter.reference.emplace());
    return {};
  });
}

ParameterRow entity_name(EntityFilter& filter) {
  return value(entity_name_name, [&](auto given, const auto& text) -> Result<void> {
    if (text.empty()) return bad_parameter(given, "the name of an entity");
    filter.name = text;
    return {};
  });
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
