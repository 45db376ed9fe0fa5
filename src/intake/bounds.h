// The bounds of an org's entities: the same for outcomes and for definitions.
#pragma once

#include <cstddef>

#include "base/limits.h"
#include "base/result.h"

namespace scorekeeper::intake {

struct EntityCounts {
  std::size_t live = 0;
  std::size_t ever = 0;  // deleted ones too
};

// too_large: entities_max, or entities_ever_factor times that.
Result<void> check_entity_counts(const EntityCounts& counts, const Limits& limits);

}  // namespace scorekeeper::intake
