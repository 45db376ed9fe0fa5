// A list of outcomes that is read piece by piece, as an export does: where it goes on, and whom its
// filters mean, which is found out once and then followed as entities change. Some 0.2 bytes for
// each entity of the org where there is a query, 4 for each one of the wanted name.
//
// One thread; filled by OrgMatrix::list_outcomes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "matrix/cells.h"
#include "matrix/entity_matches.h"
#include "matrix/filter.h"
#include "matrix/name_filter.h"

namespace scorekeeper::matrix {

struct OutcomeReading {
  explicit OutcomeReading(OutcomeFilter filter, CellKey after = {});
  OutcomeReading(const OutcomeReading&) = delete;  // `matches` looks at the filter
  OutcomeReading& operator=(const OutcomeReading&) = delete;

  const OutcomeFilter filter;
  const NameFilter names_wanted;           // by the filters of names
  CellKey last;                            // it goes on behind this one; no rule = from the first
  std::unique_ptr<EntityMatches> matches;  // of the filter `entities`
  std::vector<EntityNumber> named;         // those, ascending
  std::size_t names = 0;                   // how many there were then
};

}  // namespace scorekeeper::matrix
