// Query strings of the list operations -> filters. Errors name the parameter in Error::pointer.
// Unknown parameters of the families that filter, sort and shape a list are errors
// (wire/known_parameters.h), others are ignored; an unknown word of `include` or `sort` is an
// error; unknown names of attributes in fields[…] are ignored. If a name comes several times, the
// first parameter counts. An empty filter is a filter like any other: no id or name is empty, so it
// matches nothing, and never turns a narrow question into the whole list; `include=` and empty
// words of a list ask for nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/parameter.h"
#include "base/result.h"
#include "domain/entity_query.h"
#include "domain/outcome.h"

namespace scorekeeper::wire {

using Query = std::span<const Parameter>;

// Scorekeeper extension: the entities that a list is about. They match every member that is set.
struct EntityFilterQuery {
  std::optional<EntityQuery> query;      // filter[entity][query]: in the language of scopes
  std::optional<std::string> reference;  // filter[entity][reference]: canonical
  std::optional<std::string> name;       // filter[entity][name]: exactly, of any kind and namespace
};
inline constexpr std::string_view entity_query_name = "filter[entity][query]";
inline constexpr std::string_view entity_name_name = "filter[entity][name]";
inline constexpr std::string_view service_name_name = "filter[outcome][service_name]";

struct PageQuery {
  std::uint64_t offset = 0;
  std::uint64_t size = 100;
};

// Names of fields[x], comma separated, spaces around them allowed; nullopt = all attributes.
using FieldSet = std::optional<std::set<std::string, std::less<>>>;

struct RuleFilterQuery {
  std::optional<std::string> id;
  std::optional<bool> enabled;
  std::optional<bool> custom;
  std::optional<std::string> name;
  std::optional<std::string> description;
};

struct OutcomeListQuery {
  PageQuery page;
  std::optional<std::string> service_name;
  std::optional<State> state;
  RuleFilterQuery rule;
  EntityFilterQuery entity;
  bool include_rule = false;
  FieldSet outcome_fields;
  FieldSet rule_fields;
};

struct RuleListQuery {
  PageQuery page;
  RuleFilterQuery rule;
  bool include_scorecard = false;
  FieldSet rule_fields;
  FieldSet scorecard_fields;
};

struct ScorecardListQuery {
  PageQuery page;
  std::optional<std::string> id;
  std::optional<std::string> name;
  std::optional<std::string> description;
};

Result<OutcomeListQuery> parse_outcome_list_query(Query query, const Limits& limits);
Result<RuleListQuery> parse_rule_list_query(Query query, const Limits& limits);
Result<ScorecardListQuery> parse_scorecard_list_query(Query query, const Limits& limits);

// The links of a list: the request's filter, fields, include and sort parameters and page[limit],
// page[offset], sorted by name; `next` while there are more items than `total`, always where that
// is not known, as recorded of rules and outcomes; `previous` when offset - size >= 0.
struct Links {
  std::string next;      // empty = none
  std::string previous;  // empty = none
};
Links make_links(std::string_view path, Query query, PageQuery page,
                 std::optional<std::uint64_t> total = std::nullopt);

}  // namespace scorekeeper::wire
