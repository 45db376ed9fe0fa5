// The state that a change of the catalog is decided on: that of the org as it is on the committer's
// thread, between two groups. Lives for one call.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/catalog_change.h"
#include "domain/precondition.h"
#include "matrix/matrix.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct Decision {
  const matrix::OrgMatrix& matrix;
  store::Catalog& catalog;  // for reading what the matrix does not keep
  const Limits& limits;
  Time now{};
  // The position that the first thing of the change gets; the others follow. None: not known.
  RowId first{};
  const Precondition* precondition = nullptr;  // of the request; null: none

  // precondition_failed unless the version of a thing that the change is about is one that the
  // request demands. nullopt: it is not there; none: not known.
  Result<void> demand(std::optional<RowId> version) const {
    return precondition == nullptr ? Result<void>() : precondition->check(version);
  }
  // The version of the next thing that is put into the change.
  RowId version_in(const CatalogChange& change) const {
    return first ? RowId{first.number + change.changes.size()} : RowId{};
  }
};

// The change to write, which may be empty, and the value of the answer.
template <class Value>
struct Decided {
  CatalogChange change;
  Value value;
};

}  // namespace scorekeeper::intake
