// A list of outcomes that is read piece by piece, as an export does: where it goes on, and whom its
// filters mean, which is found out once and then followed as entities change. Some 0.2 bytes for
// each entity of the org where there is a query, and as much where there is a name.
//
// One thread; filled by OrgMatrix::list_outcomes.
#pragma once

#include "matrix/cells.h"
#include "matrix/filter.h"
#include "matrix/wanted_entities.h"

namespace scorekeeper::matrix {

struct OutcomeReading {
  explicit OutcomeReading(OutcomeFilter filter, CellKey after = {});
  OutcomeReading(const OutcomeReading&) = delete;  // `wanted` looks at the filter
  OutcomeReading& operator=(const OutcomeReading&) = delete;

  const OutcomeFilter filter;
  CellKey last;           // it goes on behind this one; no rule = from the first
  WantedEntities wanted;  // by the filters of entities
};

}  // namespace scorekeeper::matrix
