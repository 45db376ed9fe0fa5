// The answers of the matrix to readers: values, copied under the lock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/campaign.h"
#include "domain/filter.h"
#include "domain/rule.h"
#include "matrix/cells.h"

namespace scorekeeper::matrix {

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
