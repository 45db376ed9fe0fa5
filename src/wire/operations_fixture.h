// Each operation that reads a query string: its path, as in the OpenAPI document, the parameters
// that it knows, and its answer to a query. For tests.
#pragma once

#include <string_view>
#include <vector>

#include "base/limits.h"
#include "wire/audit.h"
#include "wire/campaigns.h"
#include "wire/catalog_query.h"
#include "wire/query.h"
#include "wire/scores.h"

namespace scorekeeper::wire {

struct Operation {
  std::string_view path;
  std::vector<std::string_view> names;   // of the families filter[…], page[…] …
  std::vector<std::string_view> others;  // outside of them
  Error (*ask)(Query query);             // without a detail: it takes the query
};

template <class List>
Operation operation(std::string_view path) {
  static const Limits limits;
  Operation made{.path = path, .names = {}, .others = {}, .ask = [](Query query) {
                   List list;
                   const auto read = read_parameters(query, rows_of(list, limits));
                   return read ? Error{} : read.error();
                 }};
  List list;
  for (const auto& row : rows_of(list, limits)) {
    for (const auto name : row.names) {
      const bool in_family = name.ends_with(']') || name == "sort" || name == "include";
      if (!name.empty()) (in_family ? made.names : made.others).push_back(name);
    }
  }
  return made;
}

inline std::vector<Operation> list_operations() {
  return {operation<OutcomeListQuery>("/api/v2/scorecard/outcomes"),
          operation<RuleListQuery>("/api/v2/scorecard/rules"),
          operation<ScorecardListQuery>("/api/v2/scorecard/scorecards"),
          operation<ScoreQuery>("/api/v2/scorecard/scores/{aggregation}"),
          operation<CampaignListQuery>("/api/v2/scorecard/campaigns"),
          operation<CampaignQuery>("/api/v2/scorecard/campaigns/{campaign_id}"),
          operation<EntityListQuery>("/api/v2/catalog/entity"),
          operation<KindListQuery>("/api/v2/catalog/kind"),
          operation<RelationListQuery>("/api/v2/catalog/relation"),
          operation<ServiceDefinitionListQuery>("/api/v2/services/definitions"),
          operation<ServiceDefinitionQuery>("/api/v2/services/definitions/{service_name}"),
          operation<AuditFilter>("/api/v2/scorekeeper/audit")};
}

}  // namespace scorekeeper::wire
