#include "intake/campaign_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "base/random.h"
#include "domain/catalog_change.h"
#include "intake/bounds.h"

namespace scorekeeper::intake {
namespace {

Result<std::vector<RuleNumber>> find_rules(const Decision& decision,
                                           const std::vector<std::string>& ids) {
  auto numbers = decision.matrix.rule_numbers(ids);
  const auto unknown = std::ranges::find(numbers, RuleNumber{});
  if (unknown != numbers.end()) {
    const auto place = static_cast<std::size_t>(unknown - numbers.begin());
    return invalid("attribute \"rule_ids\" names an unknown rule: " + ids[place]);
  }
  std::unordered_set<std::uint32_t> met;
  std::erase_if(numbers, [&](RuleNumber rule) { return !met.insert(rule.number).second; });
  return numbers;
}

CatalogCampaign with_ids(const Decision& decision, Campaign campaign) {
  auto ids = decision.matrix.rule_ids(campaign.rules);
  return {.campaign = std::move(campaign), .rule_ids = std::move(ids)};
}

// The campaign with all that the fields say; an empty key keeps the one it has.
Result<Campaign> fill(const Decision& decision, Campaign campaign, const CampaignFields& fields) {
  if (!fields.key.empty()) campaign.key = fields.key;
  const auto same_key = decision.matrix.find_campaign(campaign.key);
  if (same_key && same_key->number != campaign.number) {
    return invalid("attribute \"key\" is already used: " + campaign.key);
  }
  campaign.rules = TRY(find_rules(decision, fields.rule_ids));
  campaign.name = fields.name;
  campaign.description = fields.description;
  campaign.owner_id = fields.owner_id;
  campaign.entity_scope = fields.entity_scope;
  campaign.guidance = fields.guidance;
  campaign.start_date = fields.start_date.value_or(decision.now);
  campaign.due_date = fields.due_date;
  const auto by_date = campaign.start_date > decision.now ? CampaignStatus::not_started
                                                          : CampaignStatus::in_progress;
  campaign.status = fields.status.value_or(by_date);
  return campaign;
}

}  // namespace

Result<DecidedCampaign> decide_create_campaign(const Decision& decision,
                                               const CampaignFields& fields) {
  TRY(check(fields, decision.limits));
  if (fields.key.empty()) return invalid("attribute \"key\" is required");
  TRY(check_counts("campaigns",
                   {.live = decision.matrix.count_campaigns() + 1,
                    .ever = decision.matrix.next_campaign().number},
                   decision.limits.campaigns_max));
  Campaign campaign;
  campaign.number = decision.matrix.next_campaign();
  campaign.id = random_base36(16);
  campaign.created_at = campaign.modified_at = decision.now;
  DecidedCampaign decided;
  decided.change.org = decision.matrix.org();
  decided.value = TRY(fill(decision, std::move(campaign), fields));
  decided.value.version = decision.version_in(decided.change);
  decided.change.changes.push_back(
      Changed<CatalogCampaign>{.before = std::nullopt, .after = with_ids(decision, decided.value)});
  return decided;
}

Result<DecidedCampaign> decide_update_campaign(const Decision& decision,
                                               const std::string& id_or_key,
                                               const CampaignFields& fields) {
  const auto found = decision.matrix.find_campaign(id_or_key);
  if (!found) return campaign_not_found(id_or_key);
  TRY(check(fields, decision.limits));
  TRY(check_update(fields));
  TRY(decision.demand(found->version));
  DecidedCampaign decided;
  decided.change.org = decision.matrix.org();
  decided.value = TRY(fill(decision, *found, fields));
  if (decided.value == *found) return decided;
  decided.value.modified_at = decision.now;
  decided.value.version = decision.version_in(decided.change);
  decided.change.changes.push_back(Changed<CatalogCampaign>{
      .before = with_ids(decision, *found), .after = with_ids(decision, decided.value)});
  return decided;
}

Result<DecidedCampaign> decide_remove_campaign(const Decision& decision,
                                               const std::string& id_or_key) {
  auto found = decision.matrix.find_campaign(id_or_key);
  if (!found) return campaign_not_found(id_or_key);
  TRY(decision.demand(found->version));
  DecidedCampaign decided;
  decided.change.org = decision.matrix.org();
  decided.value = *std::move(found);
  decided.change.changes.push_back(
      Changed<CatalogCampaign>{.before = with_ids(decision, decided.value), .after = std::nullopt});
  return decided;
}

}  // namespace scorekeeper::intake
