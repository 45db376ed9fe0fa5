#include "intake/entity_bounds.h"

#include <fmt/format.h>

namespace scorekeeper::intake {

Result<void> check_entity_counts(const EntityCounts& counts, const Limits& limits) {
  if (counts.live > limits.entities_max) {
    return make_error(Code::too_large,
                      fmt::format("an organization has at most {} entities", limits.entities_max));
  }
  const std::size_t ever_max = limits.entities_max * entities_ever_factor;
  if (counts.ever > ever_max) {
    return make_error(
        Code::too_large,
        fmt::format("an organization has at most {} entities, deleted ones included", ever_max));
  }
  return {};
}

}  // namespace scorekeeper::intake
