// The records of a change of the catalog: one after the other they are one group of the log. A
// deleted entity takes its outcomes along, each as a change to no state, so that every step can be
// undone.
#pragma once

#include <vector>

#include "base/clock.h"
#include "domain/catalog_change.h"
#include "domain/org.h"
#include "matrix/matrix.h"
#include "store/log_record.h"

namespace scorekeeper::intake {

struct ChangeSource {
  const matrix::OrgMatrix& matrix;  // before the change
  const Caller& caller;
  Time at{};
  RowId first;  // where the log goes on
};
// Without ends of groups and chains. Empty: nothing changes.
std::vector<store::LogRecord> records_of(const CatalogChange& change, const ChangeSource& source);

}  // namespace scorekeeper::intake
