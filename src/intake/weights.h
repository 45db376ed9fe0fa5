// The bytes that a change of the catalog keeps while it waits in the queue: its texts and their
// containers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "intake/entity_changes.h"

namespace scorekeeper::intake {

std::size_t weight_of(const std::string& text);
std::size_t weight_of(const RuleFields& fields);
std::size_t weight_of(const ScorecardFields& fields);
std::size_t weight_of(const EntityDefinition& definition);
std::size_t weight_of(const EntityTarget& target);
std::size_t weight_of(const Kind& kind);
std::size_t weight_of(const CampaignFields& fields);

template <class Value>
std::size_t weight_of(const std::vector<Value>& values) {
  std::size_t bytes = 0;
  for (const Value& value : values) bytes += weight_of(value);
  return bytes;
}

}  // namespace scorekeeper::intake
