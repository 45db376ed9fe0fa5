#include <cmath>

#include "json/writer.h"
#include "wire/campaigns.h"
#include "wire/lists.h"

namespace scorekeeper::wire {
namespace {

void write_identifier(json::Writer& json, std::string_view id, std::string_view type) {
  json.begin_object().member("id", id).member("type", type).end_object();
}

void write_attributes(json::Writer& json, const Campaign& campaign) {
  json.key("attributes").begin_object();
  json.member("created_at", rfc3339(campaign.created_at));
  json.optional_member("description", campaign.description);
  if (campaign.due_date) json.member("due_date", rfc3339(*campaign.due_date));
  json.optional_member("entity_scope", campaign.entity_scope);
  json.optional_member("guidance", campaign.guidance);
  json.member("key", campaign.key);
  json.member("modified_at", rfc3339(campaign.modified_at));
  json.member("name", campaign.name);
  json.member("owner", campaign.owner_id);
  json.member("start_date", rfc3339(campaign.start_date));
  json.member("status", name_of(campaign.status));
  json.end_object();
}

void write_relationships(json::Writer& json, const CampaignItem& item,
                         const CampaignExtras& extras) {
  json.key("relationships").begin_object();
  if (extras.scores) {
    write_relationship(json, "campaign_score", item.campaign.id, "score");
    json.key("rule_scores").begin_object().key("data").begin_array();
    for (const auto& score : extras.scores->rules) write_identifier(json, score.rule_id, "score");
    json.end_array().end_object();
  }
  json.key("rules").begin_object().key("data").begin_array();
  for (const auto& id : item.rule_ids) write_identifier(json, id, "rule");
  json.end_array().end_object();
  json.end_object();
}

void write_item(json::Writer& json, const CampaignItem& item, const CampaignExtras& extras) {
  json.begin_object().member("id", item.campaign.id).member("type", "campaign");
  write_attributes(json, item.campaign);
  write_relationships(json, item, extras);
  if (extras.meta) {
    json.key("meta").begin_object();
    json.key("entity_count").number(static_cast<std::int64_t>(extras.meta->entity_count));
    json.key("rule_count").number(static_cast<std::int64_t>(extras.meta->rule_count));
    json.end_object();
  }
  json.end_object();
}

struct IncludedScore {
  std::string_view id;
  std::string_view aggregation;
  const ScoreCounts& counts;
};

void write_score(json::Writer& json, const IncludedScore& score, NoDataCounting no_data) {
  const auto& counts = score.counts;
  const auto write = [&json](std::string_view name, std::uint64_t count) {
    json.key(name).number(static_cast<std::int64_t>(count));
  };
  json.begin_object().member("id", score.id).member("type", "score");
  json.key("attributes").begin_object();
  json.member("aggregation", score.aggregation);
  write("denominator", denominator_of(counts, no_data));
  write("numerator", numerator_of(counts));
  if (const auto percentage = percentage_of(counts, no_data)) json.key("score").real(*percentage);
  write("total_fail", counts.fail);
  write("total_no_data", counts.no_data);
  write("total_pass", counts.pass);
  write("total_skip", counts.skip);
  json.end_object().end_object();
}

}  // namespace

std::string write_campaign(const CampaignItem& item, const CampaignExtras& extras,
                           std::span<const std::string> warnings) {
  json::Writer json;
  json.begin_object().key("data");
  write_item(json, item, extras);
  write_warnings(json, warnings);
  if (extras.scores) {
    const auto& scores = *extras.scores;
    json.key("included").begin_array();
    write_score(json, {.id = item.campaign.id, .aggregation = "campaign", .counts = scores.counts},
                scores.no_data);
    for (const auto& rule : scores.rules) {
      write_score(json, {.id = rule.rule_id, .aggregation = "by-rule", .counts = rule.counts},
                  scores.no_data);
    }
    json.end_array();
  }
  json.end_object();
  return json.take();
}

std::string write_campaign_list(std::span<const CampaignItem> items, Page page,
                                std::uint64_t total) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_item(json, item, {});
  json.end_array();
  write_page_meta(json, items.size(), page, total);
  json.end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
