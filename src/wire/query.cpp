#include "wire/query.h"

#include "wire/known_parameters.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
ParameterRows rows_of(OutcomeListQuery& list, const Limits& limits) {
  auto& [service_name, state, rule, entity] = list.filter;
  return {page(list.page, limits.page_size_max),
          include({{"rule", &list.include_rule}}),
          fields("fields[outcome]", list.outcome_fields),
          fields("fields[rule]", list.rule_fields),
          text(service_name_name, service_name),
          word("filter[outcome][state]", state, parse_state, "one of \"pass fail skip\""),
          text("filter[rule][id]", rule.id),
          flag("filter[rule][enabled]", rule.enabled),
          flag("filter[rule][custom]", rule.custom),
          text("filter[rule][name]", rule.name),
          text("filter[rule][description]", rule.description),
          entity_query(entity, limits),
          entity_reference(entity),
          entity_name(entity)};
}

ParameterRows rows_of(RuleListQuery& list, const Limits& limits) {
  auto& rule = list.filter;
  return {page(list.page, limits.page_size_max),
          include({{"scorecard", &list.include_scorecard}}),
          fields("fields[rule]", list.rule_fields),
          fields("fields[scorecard]", list.scorecard_fields),
          text("filter[rule][id]", rule.id),
          flag("filter[rule][enabled]", rule.enabled),
          flag("filter[rule][custom]", rule.custom),
          text("filter[rule][name]", rule.name),
          text("filter[rule][description]", rule.description)};
}

ParameterRows rows_of(ScorecardListQuery& list, const Limits& limits) {
  return {page(list.page, limits.page_size_max), text("filter[scorecard][id]", list.filter.id),
          text("filter[scorecard][name]", list.filter.name),
          text("filter[scorecard][description]", list.filter.description)};
}

Result<void> read_parameters(Query query, const ParameterRows& rows) {
  TRY(check_parameters(query, rows));
  for (const bool last : {false, true}) {
    for (const auto& row : rows) {
      const auto name = row.names.front();
      if ((name == "sort" || name.starts_with("include")) == last) TRY(row.read(query));
    }
  }
  return {};
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
