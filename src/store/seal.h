// Seals an append of any store and checks its invariants: positions without gaps, times that grow
// from group to group. Pure; our own mistakes alone break it, so that it asserts.
#pragma once

#include <span>
#include <vector>

#include "store/log.h"

namespace scorekeeper::store {

// Sets the chains of the records. Returns the heads after the append, of the same orgs in the same
// order.
std::vector<Head> seal(std::span<const Head> heads, Append& append);

}  // namespace scorekeeper::store
