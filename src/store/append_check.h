// What every append must keep, whatever the store: positions without gaps, chains that follow from
// each other, times that grow from group to group. Pure; our own mistakes alone break it, so that
// it asserts.
#pragma once

#include <span>
#include <vector>

#include "store/log.h"

namespace scorekeeper::store {

// The heads after the append, of the same orgs in the same order.
std::vector<Head> heads_after(std::span<const Head> heads, const Append& append);

}  // namespace scorekeeper::store
