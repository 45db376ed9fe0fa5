// Any parameters, one "name=value" a line, as the query of each list. Pages stay within their
// bounds and a link leads to the page that it names.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/limits.h"
#include "wire/audit.h"
#include "wire/campaigns.h"
#include "wire/query.h"
#include "wire/query_values.h"
#include "wire/scores.h"

namespace {

std::vector<scorekeeper::Parameter> parameters_of(std::string_view text) {
  std::vector<scorekeeper::Parameter> parameters;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto equals = line.find('=');
    parameters.push_back({.name = std::string(line.substr(0, equals)),
                          .value = equals == std::string_view::npos
                                       ? std::string()
                                       : std::string(line.substr(equals + 1))});
  }
  return parameters;
}

template <class List>
void check(const scorekeeper::Result<List>& list, scorekeeper::wire::Query query,
           std::uint64_t size_max) {
  if (!list) {
    ASSERT(!list.error().pointer.empty() && list.error().detail.starts_with("parameter "));
    return;
  }
  const auto page = list->page;
  ASSERT(page.size >= 1 && page.size <= size_max);
  const auto links = scorekeeper::wire::make_links("/l", query, page);
  const auto ending = "&page%5Boffset%5D=" + std::to_string(page.offset + page.size);
  const auto at = links.next.rfind(ending);
  ASSERT(at != std::string::npos);
  const auto rest = links.next.substr(at + ending.size());
  ASSERT(rest.empty() || rest.starts_with("&sort="));
  ASSERT(links.previous.empty() == (page.offset < page.size));
  for (const char c : links.next + links.previous) ASSERT(c > 0x20 && c < 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = parameters_of({reinterpret_cast<const char*>(data), size});
  const scorekeeper::Limits limits;
  const auto lists = limits.page_size_max;
  check(scorekeeper::wire::parse_query<scorekeeper::wire::OutcomeListQuery>(query, limits), query,
        lists);
  check(scorekeeper::wire::parse_query<scorekeeper::wire::RuleListQuery>(query, limits), query,
        lists);
  check(scorekeeper::wire::parse_query<scorekeeper::wire::ScorecardListQuery>(query, limits), query,
        lists);
  check(scorekeeper::wire::parse_query<scorekeeper::wire::CampaignListQuery>(query, limits), query,
        lists);
  check(scorekeeper::wire::parse_audit_filter(query, limits), query,
        scorekeeper::audit_page_size_max);
  const auto* aggregation = scorekeeper::wire::find_value(query, "aggregation");
  const std::string known = "by-entity";
  check(scorekeeper::wire::parse_score_query(aggregation == nullptr ? known : *aggregation, query,
                                             limits),
        query, limits.scores_page_size_max);
  const auto campaign =
      scorekeeper::wire::parse_query<scorekeeper::wire::CampaignQuery>(query, limits);
  ASSERT(campaign.has_value() || !campaign.error().pointer.empty());
  return 0;
}
