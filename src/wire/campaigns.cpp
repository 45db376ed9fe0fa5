// The request bodies and queries of campaigns; campaigns_writer.cpp has the answers.
#include "wire/campaigns.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "domain/text.h"
#include "wire/date_time.h"
#include "wire/query_values.h"
#include "wire/resource_body.h"

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t page_size_default = 10;  // as the public API documents it
constexpr std::string_view statuses = "one of \"not_started in_progress completed\"";

constexpr std::string_view rule_ids_must = "an array of strings";

// An id that stands twice counts once.
bool read_rule_ids(ResourceBody& body, json::Reader::Value value, CampaignFields& fields,
                   json::Read& outcome) {
  std::unordered_set<std::string_view> given;
  const auto read_id = [&](std::size_t index, json::Reader::Value element) {
    json::Read read = json::Read::ok;
    std::string_view text;
    const bool acceptable = body.json().string(element, text, read);
    if (acceptable && read == json::Read::ok) {
      if (given.emplace(text).second) fields.rule_ids.emplace_back(text);
      return true;
    }
    body.expect(json::Read::wrong_type, "rule_ids", rule_ids_must,
                fmt::format("/data/attributes/rule_ids/{}", index));
    return acceptable;
  };
  return body.json().array(value, read_id, outcome);
}

using Fields = CampaignFields;
constexpr std::string_view date_must = "a date-time of RFC 3339";
constexpr auto attributes = std::to_array<Attribute<Fields>>({
    text<Fields, &Fields::key>("key"),
    text<Fields, &Fields::name>("name"),
    text<Fields, &Fields::description>("description"),
    text<Fields, &Fields::owner_id>("owner_id"),
    text<Fields, &Fields::entity_scope>("entity_scope"),
    text<Fields, &Fields::guidance>("guidance"),
    {"rule_ids", rule_ids_must, read_rule_ids},
    parsed_text<Fields, &Fields::status, parse_campaign_status>("status", statuses),
    parsed_text<Fields, &Fields::start_date, parse_date_time>("start_date", date_must),
    parsed_text<Fields, &Fields::due_date, parse_date_time>("due_date", date_must),
});

}  // namespace

Result<CampaignFields> parse_campaign(std::string& body, std::vector<std::string>& warnings) {
  return read_resource(body, "campaign", attributes, warnings);
}

ParameterRows rows_of(CampaignListQuery& list, const Limits& limits) {
  auto& filter = list.filter;
  const auto read_name = [&](auto given, const auto& name) -> Result<void> {
    if (count_characters(name) > limits.name_characters_max) {
      return bad_parameter(
          given, fmt::format("a text of at most {} characters", limits.name_characters_max));
    }
    filter.name = name;
    return {};
  };
  return {page(list.page, limits.page_size_max, page_size_default),
          value("filter[campaign][name]", read_name),
          word("filter[campaign][status]", filter.status, parse_campaign_status, statuses),
          text("filter[campaign][owner]", filter.owner)};
}

ParameterRows rows_of(CampaignQuery& campaign, const Limits& /*limits*/) {
  return {include({{"scores", &campaign.include_scores}}),
          flag("include_meta", campaign.include_meta)};
}

}  // namespace scorekeeper::wire
