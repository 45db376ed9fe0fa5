#include "domain/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "domain/entity_query.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

constexpr std::array<std::pair<CampaignStatus, std::string_view>, 3> names{{
    {CampaignStatus::not_started, "not_started"},
    {CampaignStatus::in_progress, "in_progress"},
    {CampaignStatus::completed, "completed"},
}};

Error bad_attribute(std::string_view name, std::string_view what) {
  return invalid(fmt::format("attribute \"{}\" {}", name, what),
                 fmt::format("/data/attributes/{}", name));
}

Result<void> check_given(std::string_view name, bool given) {
  if (given) return {};
  return bad_attribute(name, "is required");
}

Result<void> check_length(std::string_view name, std::string_view text,
                          std::size_t characters_max) {
  if (count_characters(text) <= characters_max) return {};
  return bad_attribute(name, fmt::format("must have at most {} characters", characters_max));
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_slug(std::string_view text) {
  return is_word(text.front()) && is_word(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_word(c) || c == '-' || c == '_'; });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen ? c != '-' : !digit) return false;
  }
  return true;
}

Result<void> check_scope(const std::string& scope, const Limits& limits) {
  const auto query = EntityQuery::parse(scope, "entity_scope", limits.query_terms_max);
  if (query) return {};
  return invalid(query.error().detail, "/data/attributes/entity_scope");
}

}  // namespace

std::string_view name_of(CampaignStatus status) {
  return std::ranges::find(names, status, &decltype(names)::value_type::first)->second;
}

std::optional<CampaignStatus> parse_campaign_status(std::string_view text) {
  const auto* const found = std::ranges::find(names, text, &decltype(names)::value_type::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

Result<void> check(const CampaignFields& fields, const Limits& limits) {
  TRY(check_given("name", !fields.name.empty()));
  TRY(check_given("owner_id", !fields.owner_id.empty()));
  TRY(check_given("rule_ids", !fields.rule_ids.empty()));
  TRY(check_given("start_date", fields.start_date.has_value()));
  if (is_blank(fields.name)) return bad_attribute("name", "must not be blank");
  TRY(check_length("key", fields.key, limits.name_characters_max));
  TRY(check_length("name", fields.name, limits.name_characters_max));
  TRY(check_length("description", fields.description, limits.description_characters_max));
  TRY(check_length("guidance", fields.guidance, limits.description_characters_max));
  TRY(check_length("entity_scope", fields.entity_scope, limits.description_characters_max));
  if (!fields.key.empty() && !is_slug(fields.key)) {
    return bad_attribute("key",
                         "must be of lower-case letters, digits, \"-\" and \"_\", and begin and "
                         "end with a letter or digit");
  }
  if (!is_uuid(fields.owner_id)) return bad_attribute("owner_id", "must be the UUID of a user");
  if (fields.rule_ids.size() > limits.rules_max) {
    return bad_attribute("rule_ids", fmt::format("must have at most {} ids", limits.rules_max));
  }
  return check_scope(fields.entity_scope, limits);
}

Result<void> check_update(const CampaignFields& fields) {
  return check_given("status", fields.status.has_value());
}

Error campaign_not_found(const std::string& id_or_key) {
  return make_error(Code::not_found, "campaign not found: " + id_or_key);
}

}  // namespace scorekeeper
