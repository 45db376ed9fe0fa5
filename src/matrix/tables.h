// All that OrgMatrix keeps under its lock; for the .cpp files of this folder.
#pragma once

#include <string_view>
#include <vector>

#include "base/id.h"
#include "matrix/campaigns.h"
#include "matrix/cells.h"
#include "matrix/entities.h"
#include "matrix/kinds.h"
#include "matrix/matrix.h"
#include "matrix/names.h"
#include "matrix/rulebook.h"
#include "matrix/scopes.h"

namespace scorekeeper::matrix {

struct OrgMatrix::Tables {
  Rulebook rulebook;
  Names names;
  Entities entities;
  Scopes scopes;
  Cells cells;  // of live entities
  CampaignBook campaigns;
  KindBook kinds;
  RowId position;

  void add(const EntityAddition& addition);
  // What is still wanted of a list of outcomes.
  struct Wanted {
    std::vector<EntityNumber> named;  // by the filter `service_name`, ascending
    Bitmap entities;                  // by the filter `entities`
    ScanWindow window;
    CellKey after;  // those behind this one; no rule = from the first
  };
  OutcomePage list_outcomes(const OutcomeFilter& filter, Wanted wanted) const;
  void collect(const Rule& rule, const OutcomeFilter& filter, Wanted& wanted,
               OutcomePage& page) const;
};

}  // namespace scorekeeper::matrix
