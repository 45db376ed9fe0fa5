// Seals an append of any store and checks its invariants: positions without gaps, times that grow
// from group to group. Pure; our own mistakes alone break it, so that it asserts.
#pragma once

#include <span>
#include <vector>

#include "store/log.h"

namespace scorekeeper::store {

// Where each change of a catalog stands in its org's log.
struct ChangePlace {
  RowId position;
  RowId record;  // that of the record that has it
};
// In the order of the changes, which is that of the org's records of the catalog.
std::vector<ChangePlace> places_of(const CatalogChange& change, std::span<const LogRecord> records);

// Sets the chains of the records. Returns the heads after the append, of the same orgs in the same
// order.
std::vector<Head> seal(std::span<const Head> heads, Append& append);

}  // namespace scorekeeper::store
