// What a change of the catalog is decided on: the state of the org as it is on the committer's
// thread, between two groups. Lives for one call.
#pragma once

#include "base/clock.h"
#include "base/limits.h"
#include "domain/catalog_change.h"
#include "matrix/matrix.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct Decision {
  const matrix::OrgMatrix& matrix;
  store::Catalog& catalog;  // for reading what the matrix does not keep
  const Limits& limits;
  Time now{};
};

// What to write, which may be nothing, and what the change is answered with.
template <class Value>
struct Decided {
  CatalogChange change;
  Value value;
};

}  // namespace scorekeeper::intake
