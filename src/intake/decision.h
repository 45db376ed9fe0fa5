// What a change of the catalog is decided on: the state of the org as it is on the committer's
// thread, between two groups. Lives for one call.
#pragma once

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "domain/org.h"
#include "matrix/matrix.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct Decision {
  const matrix::OrgMatrix& matrix;
  store::Catalog& catalog;  // for reading what the matrix does not keep
  const Limits& limits;
  const Caller& caller;  // who asks for it, for the audit log
  Time now{};
  RowId position;  // the ledger's last row
};

// What to write, and what the change is answered with.
template <class Value>
struct Decided {
  store::CatalogChange change;
  Value value;
};

}  // namespace scorekeeper::intake
