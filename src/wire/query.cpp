#include "wire/query.h"

#include <map>

#include "wire/parameters.h"

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t page_size_default = 100;  // as recorded (contract §1.1)

PageBounds page_bounds(const Limits& limits) {
  return {.size_default = page_size_default, .size_max = limits.page_size_max};
}

FieldSet parse_fields(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::nullopt;
  std::set<std::string, std::less<>> fields;
  for (const auto word : split_list(*value)) fields.emplace(word);
  return fields;
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
  list.page = TRY(parse_page(query, page_bounds(limits)));
  list.service_name = parse_text(query, "filter[outcome][service_name]");
  if (const auto* state = find_value(query, "filter[outcome][state]")) {
    list.state = parse_state(*state);
    if (!list.state) {
      return bad_parameter("filter[outcome][state]", "one of \"pass fail skip\"");
    }
  }
  list.rule = TRY(parse_rule_filter(query));
  list.entities = TRY(parse_entity_filter(query, limits));
  list.include_rule = TRY(parse_include(query, "rule"));
  list.outcome_fields = parse_fields(query, "fields[outcome]");
  list.rule_fields = parse_fields(query, "fields[rule]");
  return list;
}

Result<RuleListQuery> parse_rule_list_query(Query query, const Limits& limits) {
  RuleListQuery list;
  list.page = TRY(parse_page(query, page_bounds(limits)));
  list.rule = TRY(parse_rule_filter(query));
  list.include_scorecard = TRY(parse_include(query, "scorecard"));
  list.rule_fields = parse_fields(query, "fields[rule]");
  list.scorecard_fields = parse_fields(query, "fields[scorecard]");
  return list;
}

Result<ScorecardListQuery> parse_scorecard_list_query(Query query, const Limits& limits) {
  ScorecardListQuery list;
  list.page = TRY(parse_page(query, page_bounds(limits)));
  list.id = parse_text(query, "filter[scorecard][id]");
  list.name = parse_text(query, "filter[scorecard][name]");
  list.description = parse_text(query, "filter[scorecard][description]");
  return list;
}

Links make_links(std::string_view path, Query query, PageQuery page) {
  LinkParameters kept;
  for (const auto& parameter : query) {
    if (parameter.name.starts_with("filter[") || parameter.name.starts_with("fields[") ||
        parameter.name == "include" || parameter.name == "sort") {
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
