// The public id of an entity: a UUID that hides the entity's number and carries a MAC of it and of
// its org under the store's secret. It needs no storage, stays the same for ever, and can be
// neither guessed nor used in another org.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/siphash.h"

namespace scorekeeper::wire {

std::string write_entity_id(OrgId org, EntityNumber number, SipKey key);
// nullopt: not an id of this org and store. Letters of either case.
std::optional<EntityNumber> parse_entity_id(std::string_view uuid, OrgId org, SipKey key);

}  // namespace scorekeeper::wire
