// The parameters of the families filter[…], page[…], fields[…], sort and include that each GET
// operation knows. An unknown parameter of these families is an error, and so is one that looks
// like a mistyped one: a filter that is mistyped must not answer with everything. All other
// parameters are ignored, as clients add some. A new parameter of a family needs its name here and
// in the OpenAPI document (app/openapi_test.cpp compares the two). Any thread.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/result.h"
#include "wire/query.h"

namespace scorekeeper::wire {

struct KnownParameters {
  std::string_view path;  // of the operation, as in the OpenAPI document
  std::span<const std::string_view> names;
  std::span<const std::string_view> others = {};  // outside of the families
};

// Looks like a mistyped one: of the name only its letters count, in lower case. They begin with the
// word of a family; or they are those of a known name, or of what it has in its last brackets; or
// they differ from those of a known name, or those before the first bracket from the word of a
// family, in at most two letters (in one, where that has less than six).
//
// The first of a family that the operation does not know: "parameter \"filter[x]\" is unknown; did
// you mean …". `sort` and `include` without a value ask for nothing and pass.
// Also refuses one that the operation knows and that is given twice with different values.
Result<void> check_parameters(Query query, const KnownParameters& known);

namespace known {

inline constexpr auto outcome_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "include", "fields[outcome]", "fields[rule]",
     "filter[outcome][service_name]", "filter[outcome][state]", "filter[rule][id]",
     "filter[rule][enabled]", "filter[rule][custom]", "filter[rule][name]",
     "filter[rule][description]", "filter[entity][query]", "filter[entity][reference]",
     "filter[entity][name]"});
inline constexpr KnownParameters outcomes{"/api/v2/scorecard/outcomes", outcome_names};

inline constexpr auto rule_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "include", "fields[rule]", "fields[scorecard]",
     "filter[rule][id]", "filter[rule][enabled]", "filter[rule][custom]", "filter[rule][name]",
     "filter[rule][description]"});
inline constexpr KnownParameters rules{"/api/v2/scorecard/rules", rule_names};

inline constexpr auto scorecard_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "filter[scorecard][id]",
     "filter[scorecard][name]", "filter[scorecard][description]"});
inline constexpr KnownParameters scorecards{"/api/v2/scorecard/scorecards", scorecard_names};

inline constexpr auto score_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "sort", "filter[rule][id]", "filter[rule][name]",
     "filter[rule][level]", "filter[rule][scorecard_id]", "filter[rule][is_custom]",
     "filter[rule][is_enabled]", "filter[entity][query]", "filter[entity][reference]",
     "filter[entity][name]"});
inline constexpr KnownParameters scores{"/api/v2/scorecard/scores/{aggregation}", score_names};

inline constexpr auto campaign_list_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "filter[campaign][name]",
     "filter[campaign][status]", "filter[campaign][owner]"});
inline constexpr KnownParameters campaigns{"/api/v2/scorecard/campaigns", campaign_list_names};

inline constexpr auto campaign_names = std::to_array<std::string_view>({"include"});
inline constexpr auto include_meta = std::to_array<std::string_view>({"include_meta"});
inline constexpr KnownParameters campaign{"/api/v2/scorecard/campaigns/{campaign_id}",
                                          campaign_names, include_meta};

inline constexpr auto include_discovered = std::to_array<std::string_view>({"includeDiscovered"});
inline constexpr auto entity_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "include", "filter[id]", "filter[ref]",
     "filter[name]", "filter[kind]", "filter[owner]", "filter[relation][type]",
     "filter[exclude_snapshot]"});
inline constexpr KnownParameters entities{"/api/v2/catalog/entity", entity_names,
                                          include_discovered};

inline constexpr auto kind_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "filter[id]", "filter[name]"});
inline constexpr KnownParameters kinds{"/api/v2/catalog/kind", kind_names};

inline constexpr auto relation_names =
    std::to_array<std::string_view>({"page[size]", "page[limit]", "page[offset]", "include",
                                     "filter[type]", "filter[from_ref]", "filter[to_ref]"});
inline constexpr KnownParameters relations{"/api/v2/catalog/relation", relation_names,
                                           include_discovered};

inline constexpr auto schema_version = std::to_array<std::string_view>({"schema_version"});
inline constexpr auto definition_list_names =
    std::to_array<std::string_view>({"page[size]", "page[number]"});
inline constexpr KnownParameters definitions{"/api/v2/services/definitions", definition_list_names,
                                             schema_version};

inline constexpr KnownParameters definition{
    "/api/v2/services/definitions/{service_name}", {}, schema_version};

inline constexpr auto audit_names = std::to_array<std::string_view>(
    {"page[size]", "page[limit]", "page[offset]", "filter[actor]", "filter[action]",
     "filter[resource_type]", "filter[resource_id]", "filter[request_id]", "filter[since]",
     "filter[until]"});
inline constexpr KnownParameters audit{"/api/v2/scorekeeper/audit", audit_names};

inline constexpr std::array all{outcomes, rules, scorecards, scores,      campaigns,  campaign,
                                entities, kinds, relations,  definitions, definition, audit};

}  // namespace known

}  // namespace scorekeeper::wire
