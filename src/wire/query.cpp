#include "wire/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t page_size_default = 100;  // as recorded (contract §1.1)
// Far above any list, low enough that offset + size is still an int64 for the clients.
constexpr std::uint64_t offset_max = std::numeric_limits<std::int64_t>::max() / 2;

// The first of several of one name, as the original's language does; null = not given.
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

Result<PageQuery> parse_page(Query query, const Limits& limits) {
  PageQuery page;
  page.size = std::min<std::uint64_t>(page_size_default, limits.page_size_max);
  if (const auto* offset = find_value(query, "page[offset]")) {
    page.offset = TRY(parse_number("page[offset]", *offset, 0, offset_max));
  }
  for (const std::string_view name : {"page[size]", "page[limit]"}) {
    const auto* size = find_value(query, name);
    if (size == nullptr) continue;
    page.size = TRY(parse_number(name, *size, 1, limits.page_size_max));
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

FieldSet parse_fields(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::nullopt;
  std::set<std::string, std::less<>> fields;
  for (const auto word : split_list(*value)) fields.emplace(word);
  return fields;
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

Result<RuleFilterQuery> parse_rule_filter(Query query) {
  RuleFilterQuery filter;
  filter.id = parse_text(query, "filter[rule][id]");
  filter.enabled = TRY(parse_boolean(query, "filter[rule][enabled]"));
  filter.custom = TRY(parse_boolean(query, "filter[rule][custom]"));
  filter.name = parse_text(query, "filter[rule][name]");
  filter.description = parse_text(query, "filter[rule][description]");
  return filter;
}

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

// Sorted by name; those of one name stay in the order of the request.
using LinkParameters = std::multimap<std::string_view, std::string_view>;

std::string write_link(std::string_view path, LinkParameters parameters, PageQuery page) {
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

}  // namespace

Result<OutcomeListQuery> parse_outcome_list_query(Query query, const Limits& limits) {
  OutcomeListQuery list;
  list.page = TRY(parse_page(query, limits));
  list.service_name = parse_text(query, "filter[outcome][service_name]");
  if (const auto* state = find_value(query, "filter[outcome][state]")) {
    list.state = parse_state(*state);
    if (!list.state) {
      return bad_parameter("filter[outcome][state]", "one of \"pass fail skip\"");
    }
  }
  list.rule = TRY(parse_rule_filter(query));
  list.include_rule = TRY(parse_include(query, "rule"));
  list.outcome_fields = parse_fields(query, "fields[outcome]");
  list.rule_fields = parse_fields(query, "fields[rule]");
  return list;
}

Result<RuleListQuery> parse_rule_list_query(Query query, const Limits& limits) {
  RuleListQuery list;
  list.page = TRY(parse_page(query, limits));
  list.rule = TRY(parse_rule_filter(query));
  list.include_scorecard = TRY(parse_include(query, "scorecard"));
  list.rule_fields = parse_fields(query, "fields[rule]");
  list.scorecard_fields = parse_fields(query, "fields[scorecard]");
  return list;
}

Result<ScorecardListQuery> parse_scorecard_list_query(Query query, const Limits& limits) {
  ScorecardListQuery list;
  list.page = TRY(parse_page(query, limits));
  list.id = parse_text(query, "filter[scorecard][id]");
  list.name = parse_text(query, "filter[scorecard][name]");
  list.description = parse_text(query, "filter[scorecard][description]");
  return list;
}

Links make_links(std::string_view path, Query query, PageQuery page) {
  LinkParameters kept;
  for (const auto& parameter : query) {
    if (parameter.name.starts_with("filter[") || parameter.name.starts_with("fields[") ||
        parameter.name == "include") {
      kept.emplace(parameter.name, parameter.value);
    }
  }
  Links links;
  links.next = write_link(path, kept, {.offset = page.offset + page.size, .size = page.size});
  if (page.offset >= page.size) {
    links.previous = write_link(path, kept, {.offset = page.offset - page.size, .size = page.size});
  }
  return links;
}

}  // namespace scorekeeper::wire
