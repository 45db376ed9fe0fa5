// The questions of readers to the matrix, and its answers: values, copied under the lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/campaign.h"
#include "domain/entity_query.h"
#include "domain/outcome.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/cells.h"

namespace scorekeeper::matrix {

struct RuleView {
  Rule rule;
  Scorecard scorecard;
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

struct OutcomeFilter {
  // A name: every entity of that name, any kind and namespace. A reference: also that entity.
  std::optional<std::string> service_name = std::nullopt;
  std::optional<State> state = std::nullopt;
  RuleFilter rule = {};
  std::optional<EntityQuery> entities = std::nullopt;
  std::optional<std::string> entity_reference = std::nullopt;  // canonical
  std::optional<std::string> entity_name = std::nullopt;       // of any kind and namespace
};

struct Page {
  std::uint64_t offset = 0;
  std::uint64_t size = 100;
};

struct CampaignFilter {
  std::optional<std::string> name;  // full text: each of its words is a part, ASCII case ignored
  std::optional<CampaignStatus> status;
  std::optional<std::string> owner;
};

struct CampaignPage {
  std::vector<Campaign> campaigns;  // ascending by number
  std::uint64_t total = 0;          // that match, whatever the page
};

// One outcome of a page; its remarks and times stand in the log.
struct OutcomeView {
  RuleNumber rule;
  EntityNumber entity;
  Cell cell;
  std::string entity_reference;  // canonical
};

struct OutcomePage {
  std::vector<OutcomeView> outcomes;  // by (rule number, entity number): no report moves one
  std::vector<RuleView> rules;        // each rule that occurs in it once, by number
};

}  // namespace scorekeeper::matrix
