// Campaign documents: bodies, queries and answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/campaign.h"
#include "domain/score.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// The body of POST and PUT /campaigns, not yet check()ed; an id that stands twice in rule_ids
// counts once. Errors as parse_outcomes, and date-times that are not of RFC 3339.
Result<CampaignFields> parse_campaign(std::string& body, std::vector<std::string>& warnings);

// GET /campaigns
struct CampaignListQuery {
  Page page;
  CampaignFilter filter;
};
ParameterRows rows_of(CampaignListQuery& list, const Limits& limits);

// GET /campaigns/{campaign_id}
struct CampaignQuery {
  bool include_scores = false;
  bool include_meta = false;
};
ParameterRows rows_of(CampaignQuery& campaign, const Limits& limits);

struct CampaignItem {
  Campaign campaign;
  std::vector<std::string> rule_ids;  // of its rules that were not deleted
  std::uint64_t enabled_rules = 0;    // of these
};

struct CampaignMeta {
  std::uint64_t entity_count = 0;
  std::uint64_t rule_count = 0;
};

struct RuleScore {
  std::string rule_id;
  ScoreCounts counts;
};

struct CampaignScores {
  ScoreCounts counts;  // over all rules
  std::vector<RuleScore> rules;
  NoDataCounting no_data = NoDataCounting::left_out;
};

// The parts of an answer that a request asked for beside the campaign.
struct CampaignExtras {
  std::optional<CampaignMeta> meta;
  std::optional<CampaignScores> scores;
};

// Attributes alphabetical: created_at, description?, due_date?, entity_scope?, guidance?, key,
// modified_at, name, owner, start_date, status; relationships: campaign_score?, rule_scores?,
// rules. With scores: `included`, first that of the campaign, then those of its rules, each with
// the aggregation ("campaign", "by-rule") and a score in percent, rounded to two decimals.
// meta{warnings} unless there are none.
std::string write_campaign(const CampaignItem& item, const CampaignExtras& extras,
                           std::span<const std::string> warnings = {});
// data, meta{count,limit,offset,total}
std::string write_campaign_list(std::span<const CampaignItem> items, Page page,
                                std::uint64_t total);

}  // namespace scorekeeper::wire
