#include "wire/campaigns.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/versions.h"
#include "api/waiting.h"
#include "intake/campaign_changes.h"

namespace scorekeeper::api {
namespace {

wire::CampaignItem item_of(const matrix::OrgMatrix& matrix, Campaign campaign) {
  wire::CampaignItem item{.campaign = std::move(campaign), .rule_ids = {}};
  auto rules = matrix.live_rules(item.campaign.rules);
  item.enabled_rules = rules.enabled;
  item.rule_ids = std::move(rules.ids);
  return item;
}

// The question for the scores of the campaign's rules over the entities of its scope. The scope was
// checked when it was written; one that does not parse any more matches nothing.
Result<ScoreQuery> score_query_of(const wire::CampaignItem& item, Aggregation aggregation,
                                  const Services& services) {
  ScoreQuery query;
  query.aggregation = aggregation;
  query.rules.ids = item.rule_ids;
  query.entity.query = TRY(EntityQuery::parse(item.campaign.entity_scope, "entity_scope"));
  query.page.size = item.rule_ids.size();
  query.no_data = services.no_data;
  return query;
}

Result<wire::CampaignExtras> extras_of(const Context& context, const wire::CampaignItem& item,
                                       const wire::CampaignQuery& wanted) {
  wire::CampaignExtras extras;
  auto budget = context.query_budget();
  if (wanted.include_scores) {
    const auto query = TRY(score_query_of(item, Aggregation::by_rule, context.services));
    const auto page = TRY(context.org().list_scores(query, budget));
    extras.scores = {.counts = page.sum, .rules = {}, .no_data = context.services.no_data};
    // In the order of the campaign's rules; disabled ones have no score.
    std::unordered_map<std::string_view, const ScoreCounts*> counts;
    for (const auto& row : page.rows) counts.emplace(row.id, &row.counts);
    for (const auto& id : item.rule_ids) {
      const auto found = counts.find(id);
      if (found != counts.end()) extras.scores->rules.push_back({id, *found->second});
    }
  }
  if (wanted.include_meta) {
    auto query = TRY(score_query_of(item, Aggregation::by_entity, context.services));
    query.page.size = 0;
    extras.meta = {.entity_count = TRY(context.org().list_scores(query, budget)).total,
                   .rule_count = item.enabled_rules};
  }
  return extras;
}

// The answer of a create (201) or an update (200).
intake::OnChanged<Campaign> answer_with(std::shared_ptr<Waiting> waiting, int status,
                                        std::vector<std::string> warnings) {
  return [waiting = std::move(waiting), status,
          warnings = std::move(warnings)](Result<Campaign> campaign) mutable {
    if (!campaign) return waiting->fail(campaign.error());
    const auto& matrix = waiting->services.matrix.org(waiting->org);
    if (const auto scope = EntityQuery::parse(campaign->entity_scope, "entity_scope")) {
      const auto unknown = matrix.list_unknown_fields(*scope, "entity_scope");
      warnings.insert(warnings.end(), unknown.begin(), unknown.end());
    }
    const auto item = item_of(matrix, *std::move(campaign));
    auto response = respond(status, wire::write_campaign(item, {}, warnings));
    tell_version(response, item.campaign.version);
    waiting->answer(std::move(response));
  };
}

std::string named_by(const http::Request& request) {
  return std::string(request.path_parameter("campaign_id"));
}

}  // namespace

http::Response list_campaigns(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::CampaignListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  auto budget = context.query_budget();
  auto page = context.org().list_campaigns(query->filter, query->page, budget);
  if (!page) {
    return respond_error(
        blame(page.error(), query->filter.name ? "filter[campaign][name]" : "page[offset]"),
        request.id, limits);
  }
  std::vector<wire::CampaignItem> items;
  items.reserve(page->campaigns.size());
  for (auto& campaign : page->campaigns) {
    items.push_back(item_of(context.org(), std::move(campaign)));
  }
  return respond(200, wire::write_campaign_list(items, query->page, page->total));
}

http::Response get_campaign(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::CampaignQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto name = named_by(request);
  auto found = context.org().find_campaign(name);
  if (!found) return respond_error(campaign_not_found(name), request.id, limits);
  const auto item = item_of(context.org(), *std::move(found));
  auto extras = extras_of(context, item, *query);
  if (!extras) {
    const auto asked = query->include_scores ? "include" : "include_meta";
    return respond_error(blame(std::move(extras).error(), asked), request.id, limits);
  }
  auto response = respond(200, wire::write_campaign(item, *extras));
  tell_version(response, item.campaign.version);
  return response;
}

void create_campaign(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  std::vector<std::string> warnings;
  auto fields = wire::parse_campaign(request.body, warnings);
  if (!fields) return waiting->fail(fields.error());
  const auto submitted = context.services.intake->change(
      context.caller, intake::bound(intake::decide_create_campaign, *std::move(fields)),
      answer_with(waiting, 201, std::move(warnings)));
  if (!submitted) waiting->fail(submitted.error());
}

void update_campaign(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  std::vector<std::string> warnings;
  auto fields = wire::parse_campaign(request.body, warnings);
  if (!fields) return waiting->fail(fields.error());
  submit_change(
      context, request, waiting,
      intake::bound(intake::decide_update_campaign, named_by(request), *std::move(fields)),
      answer_with(waiting, 200, std::move(warnings)));
}

void delete_campaign(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  submit_change(context, request, waiting,
                intake::bound(intake::decide_remove_campaign, named_by(request)),
                answer_nothing(waiting));
}

}  // namespace scorekeeper::api
