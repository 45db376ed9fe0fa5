// OrgMatrix's lists of rules, scorecards and campaigns, in which texts are looked for.
#include <utility>

#include "matrix/tables.h"
#include "matrix/text_search.h"

namespace scorekeeper::matrix {

// Looks until all is found; the lock is given away after each look.
template <class Search, class Look>
Result<void> OrgMatrix::search(Search& search, WorkBudget& budget, const Look& look) const {
  for (bool more = true; more;) {
    {
      ReadLock lock(mutex_);
      more = look(std::as_const(*tables_));
    }
    if (!budget.spend(search.steps)) return budget.error({});
  }
  return {};
}

Result<std::vector<RuleView>> OrgMatrix::list_rules(const RuleFilter& filter, Page page,
                                                    WorkBudget& budget) const {
  TextSearch<RuleView, NamePlace> rules(page);
  TRY(search(rules, budget,
             [&](const auto& tables) { return tables.rulebook.look(filter, rules); }));
  return std::move(rules.found);
}

std::vector<RuleView> OrgMatrix::list_rules(const RuleFilter& filter, Page page) const {
  WorkBudget all;
  return *list_rules(filter, page, all);
}

Result<std::vector<Scorecard>> OrgMatrix::list_scorecards(const ScorecardFilter& filter, Page page,
                                                          WorkBudget& budget) const {
  TextSearch<Scorecard, NamePlace> scorecards(page);
  TRY(search(scorecards, budget,
             [&](const auto& tables) { return tables.rulebook.look(filter, scorecards); }));
  return std::move(scorecards.found);
}

std::vector<Scorecard> OrgMatrix::list_scorecards(const ScorecardFilter& filter, Page page) const {
  WorkBudget all;
  return *list_scorecards(filter, page, all);
}

Result<CampaignPage> OrgMatrix::list_campaigns(const CampaignFilter& filter, Page page,
                                               WorkBudget& budget) const {
  TextSearch<Campaign, CampaignNumber> campaigns(page);
  TRY(search(campaigns, budget,
             [&](const auto& tables) { return tables.campaigns.look(filter, campaigns); }));
  return CampaignPage{.campaigns = std::move(campaigns.found), .total = campaigns.total};
}

CampaignPage OrgMatrix::list_campaigns(const CampaignFilter& filter, Page page) const {
  WorkBudget all;
  return *list_campaigns(filter, page, all);
}

}  // namespace scorekeeper::matrix
