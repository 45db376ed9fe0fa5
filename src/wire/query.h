// Query strings of the list operations -> filters. Errors name the parameter in Error::pointer.
// Unknown parameters of the families that filter, sort and shape a list are errors
// (wire/known_parameters.h), others are ignored; an unknown word of `include` or `sort` is an
// error; unknown names of attributes in fields[…] are ignored. If a name comes several times, the
// first parameter counts. An empty filter is a filter like any other: no id or name is empty, so it
// matches nothing, and never turns a narrow question into the whole list; `include=` and empty
// words of a list ask for nothing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/parameter.h"
#include "base/result.h"
#include "domain/filter.h"

namespace scorekeeper::wire {

using Query = std::span<const Parameter>;

// A row of the table of parameters that an operation knows: its names, and what puts their values
// into the operation's query. A new one needs its name in the OpenAPI document, too
// (app/openapi_test.cpp compares the two).
struct ParameterRow {
  std::array<std::string_view, 3> names;  // of the size and the place of a page; else one
  std::function<Result<void>(Query)> read;
};
using ParameterRows = std::vector<ParameterRow>;

// Refuses the parameters that no row knows (wire/known_parameters.h), then reads the rows in their
// order; those that shape the answer, `sort` and `include…`, are the last.
Result<void> read_parameters(Query query, const ParameterRows& rows);

// The query of an operation; a type of this folder, whose table is rows_of(List&, limits).
template <class List>
Result<List> parse_query(Query query, const Limits& limits) {
  List list;
  TRY(read_parameters(query, rows_of(list, limits)));
  return list;
}

inline constexpr std::string_view entity_query_name = "filter[entity][query]";
inline constexpr std::string_view entity_name_name = "filter[entity][name]";
inline constexpr std::string_view service_name_name = "filter[outcome][service_name]";

// Names of fields[x], comma separated, spaces around them allowed; nullopt = all attributes.
using FieldSet = std::optional<std::set<std::string, std::less<>>>;

struct OutcomeListQuery {
  Page page;
  OutcomeFilter filter;
  bool include_rule = false;
  FieldSet outcome_fields;
  FieldSet rule_fields;
};

struct RuleListQuery {
  Page page;
  RuleFilter filter;
  bool include_scorecard = false;
  FieldSet rule_fields;
  FieldSet scorecard_fields;
};

struct ScorecardListQuery {
  Page page;
  ScorecardFilter filter;
};

ParameterRows rows_of(OutcomeListQuery& list, const Limits& limits);
ParameterRows rows_of(RuleListQuery& list, const Limits& limits);
ParameterRows rows_of(ScorecardListQuery& list, const Limits& limits);

// The links of a list: the request's filter, fields, include and sort parameters and page[limit],
// page[offset], sorted by name; `next` while there are more items than `total`, always where that
// is not known, as recorded of rules and outcomes; `previous` when offset - size >= 0.
struct Links {
  std::string next;      // empty = none
  std::string previous;  // empty = none
};
Links make_links(std::string_view path, Query query, Page page,
                 std::optional<std::uint64_t> total = std::nullopt);

}  // namespace scorekeeper::wire
