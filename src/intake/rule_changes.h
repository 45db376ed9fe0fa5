// What a create, an update or a deletion of a rule does to the catalog: decided against the matrix,
// written and published by the committer. Pure, but for the random ids.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/rule.h"
#include "matrix/matrix.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct RuleChange {
  store::CatalogChange catalog;
  matrix::RuleView view;  // the rule as it is afterwards
};

// invalid: fields, or a scorecard id that does not exist. too_large: rules_max.
Result<RuleChange> decide_create(const matrix::OrgMatrix& matrix, const RuleFields& fields,
                                 const Limits& limits, Time now);
// PUT is a full replacement: only number, id and created_at stay. not_found.
Result<RuleChange> decide_update(const matrix::OrgMatrix& matrix, const std::string& rule_id,
                                 const RuleFields& fields, const Limits& limits, Time now);
// Ledger rows up to `position` do not count any more (decisions 7). not_found.
Result<RuleChange> decide_remove(const matrix::OrgMatrix& matrix, const std::string& rule_id,
                                 RowId position, Time now);

}  // namespace scorekeeper::intake
