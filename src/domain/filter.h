// The questions of lists: pages and filters. Read from a query string by wire/, answered by
// matrix/. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/campaign.h"
#include "domain/entity_query.h"
#include "domain/outcome.h"

namespace scorekeeper {

struct Page {
  std::uint64_t offset = 0;
  std::uint64_t size = 100;
};

struct RuleFilter {
  std::optional<std::string> id;
  std::optional<bool> enabled;
  std::optional<bool> custom;              // every rule is custom
  std::optional<std::string> name;         // exact
  std::optional<std::string> description;  // part, ASCII case ignored
};

struct ScorecardFilter {
  std::optional<std::string> id;
  std::optional<std::string> name;         // part, ASCII case ignored
  std::optional<std::string> description;  // part, ASCII case ignored
};

// Scorekeeper extension: the entities that a list is about. They match every member that is set;
// nothing = all live ones.
struct EntityFilter {
  std::optional<EntityQuery> query{};      // in the language of scopes
  std::optional<std::string> reference{};  // canonical
  std::optional<std::string> name{};       // exact, of any kind and namespace
};

struct OutcomeFilter {
  // A name: every entity of that name, any kind and namespace. A reference: also that entity.
  std::optional<std::string> service_name{};
  std::optional<State> state{};
  RuleFilter rule{};
  EntityFilter entity{};
};

struct CampaignFilter {
  std::optional<std::string> name;  // full text: each of its words is a part, ASCII case ignored
  std::optional<CampaignStatus> status;
  std::optional<std::string> owner;
};

}  // namespace scorekeeper
