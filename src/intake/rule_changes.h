// What a create, an update or a deletion of a rule does to the catalog: decided against the matrix,
// written and published by the committer. Pure, but for the random ids.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "domain/rule.h"
#include "intake/decision.h"
#include "intake/intake.h"

namespace scorekeeper::intake {

using DecidedRule = Decided<ChangedRule>;
using Warnings = std::vector<std::string>;

// Fields of the scope that no entity has, as warnings. Not on the committer: a suggestion of the
// name that may be meant compares it with all names.
Warnings list_unknown_fields(const matrix::OrgMatrix& matrix, const RuleFields& fields);

// invalid: fields, or a scorecard id that does not exist. too_large: rules_max, scope_terms_max,
// scope_wildcards_max. The unknown fields become warnings.
Result<DecidedRule> decide_create(const Decision& decision, const RuleFields& fields,
                                  const Warnings& unknown);
// PUT is a full replacement: only number, id and created_at stay. What the fields do not name and
// is lost becomes a warning. not_found.
Result<DecidedRule> decide_update(const Decision& decision, const std::string& rule_id,
                                  const RuleFields& fields, const Warnings& unknown);
// Ledger rows up to the decision's position do not count any more. not_found.
Result<DecidedRule> decide_remove(const Decision& decision, const std::string& rule_id);

}  // namespace scorekeeper::intake
