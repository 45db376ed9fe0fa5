// A campaign: chosen rules to be passed by a due date.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"

namespace scorekeeper {

// The numbers are stored: never change them. A new status needs a line in: campaign.cpp (name).
enum class CampaignStatus : std::uint8_t { not_started = 1, in_progress = 2, completed = 3 };

std::string_view name_of(CampaignStatus status);
std::optional<CampaignStatus> parse_campaign_status(std::string_view text);

struct Campaign {
  CampaignNumber number;
  std::string id;   // 16 characters [a-z0-9]; opaque
  std::string key;  // a slug; unique in the org
  std::string name;
  std::string description;
  std::string owner_id;  // UUID of a user
  std::string entity_scope;
  std::string guidance;
  std::vector<RuleNumber> rules;  // as given, without repeats; a deleted rule stays, unseen
  CampaignStatus status = CampaignStatus::in_progress;
  Time start_date{};
  std::optional<Time> due_date;
  Time created_at{};
  Time modified_at{};
  bool removed = false;  // deleted: kept so that its number is not reused
  RowId version{};       // the position of its last change; none: not known

  bool operator==(const Campaign&) const = default;
};

// The attributes in a create or an update. PUT replaces the whole; an absent `key` keeps the old
// one.
struct CampaignFields {
  std::string key;  // empty = not given
  std::string name;
  std::string description;
  std::string owner_id;
  std::string entity_scope;
  std::string guidance;
  std::vector<std::string> rule_ids;
  std::optional<CampaignStatus> status;
  std::optional<Time> start_date;
  std::optional<Time> due_date;

  bool operator==(const CampaignFields&) const = default;
};

// Checks what a create and an update have in common: required members (an empty one is none),
// lengths, the key, the UUID, the query. A key is of a-z, 0-9, `-` and `_`, and begins and ends
// with a letter or digit. Errors name the attribute and its place: `attribute "name" is required`.
Result<void> check(const CampaignFields& fields, const Limits& limits);
// An update must also have the status: a completed campaign must not start again because a client
// left the member out.
Result<void> check_update(const CampaignFields& fields);

// detail: "campaign not found: <id or key as given>".
Error campaign_not_found(const std::string& id_or_key);

}  // namespace scorekeeper
