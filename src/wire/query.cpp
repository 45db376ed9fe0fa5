#include "wire/query.h"

#include "wire/known_parameters.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

FieldSet parse_fields(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::nullopt;
  std::set<std::string, std::less<>> fields;
  for (const auto word : split_list(*value)) fields.emplace(word);
  return fields;
}

Result<RuleFilter> parse_rule_filter(Query query) {
  RuleFilter filter;
  filter.id = parse_text(query, "filter[rule][id]");
  filter.enabled = TRY(parse_boolean(query, "filter[rule][enabled]"));
  filter.custom = TRY(parse_boolean(query, "filter[rule][custom]"));
  filter.name = parse_text(query, "filter[rule][name]");
  filter.description = parse_text(query, "filter[rule][description]");
  return filter;
}

}  // namespace

Result<OutcomeListQuery> parse_outcome_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::outcomes));
  OutcomeListQuery list;
  list.page = TRY(parse_page(query, limits.page_size_max));
  list.filter.service_name = parse_text(query, service_name_name);
  if (const auto* state = find_value(query, "filter[outcome][state]")) {
    list.filter.state = parse_state(*state);
    if (!list.filter.state) {
      return bad_parameter("filter[outcome][state]", "one of \"pass fail skip\"");
    }
  }
  list.filter.rule = TRY(parse_rule_filter(query));
  list.filter.entity = TRY(parse_entity_filter(query, limits));
  list.include_rule = !TRY(parse_include(query, {"rule"})).empty();
  list.outcome_fields = parse_fields(query, "fields[outcome]");
  list.rule_fields = parse_fields(query, "fields[rule]");
  return list;
}

Result<RuleListQuery> parse_rule_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::rules));
  RuleListQuery list;
  list.page = TRY(parse_page(query, limits.page_size_max));
  list.filter = TRY(parse_rule_filter(query));
  list.include_scorecard = !TRY(parse_include(query, {"scorecard"})).empty();
  list.rule_fields = parse_fields(query, "fields[rule]");
  list.scorecard_fields = parse_fields(query, "fields[scorecard]");
  return list;
}

Result<ScorecardListQuery> parse_scorecard_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::scorecards));
  ScorecardListQuery list;
  list.page = TRY(parse_page(query, limits.page_size_max));
  list.filter.id = parse_text(query, "filter[scorecard][id]");
  list.filter.name = parse_text(query, "filter[scorecard][name]");
  list.filter.description = parse_text(query, "filter[scorecard][description]");
  return list;
}

Links make_links(std::string_view path, Query query, Page page,
                 std::optional<std::uint64_t> total) {
  LinkParameters kept;
  for (const auto& parameter : query) {
    if (parameter.name.starts_with("filter[") || parameter.name.starts_with("fields[") ||
        parameter.name == "include" || parameter.name == "sort") {
      kept.emplace(parameter.name, parameter.value);
    }
  }
  Links links;
  if (!total || page.offset + page.size < *total) {
    links.next = write_link(path, kept, {.offset = page.offset + page.size, .size = page.size});
  }
  if (page.offset >= page.size) {
    links.previous = write_link(path, kept, {.offset = page.offset - page.size, .size = page.size});
  }
  return links;
}

}  // namespace scorekeeper::wire
