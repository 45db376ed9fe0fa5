// Decides a create, an update or a deletion of a rule against the matrix; the committer writes and
// publishes it. Pure, but for the random ids.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "intake/decision.h"

namespace scorekeeper::intake {

// A rule as it is after a change, or was before it was deleted, and what the client should be told
// about the change.
struct ChangedRule : RuleView {
  std::vector<std::string> warnings;
};

using DecidedRule = Decided<ChangedRule>;
using Warnings = std::vector<std::string>;

// Fields of the scope that no entity has, as warnings. Not on the committer: a suggestion of the
// name that may be meant compares it with all names.
Warnings list_unknown_fields(const matrix::OrgMatrix& matrix, const RuleFields& fields);

// invalid: fields, or a scorecard id that does not exist. too_large: rules_max, scope_terms_max,
// scope_wildcards_max. The unknown fields become warnings.
Result<DecidedRule> decide_create_rule(const Decision& decision, const RuleFields& fields,
                                       const Warnings& unknown);
// PUT is a full replacement: only number, id and created_at stay. Attributes that the fields do not
// name and that are lost become warnings. not_found.
Result<DecidedRule> decide_update_rule(const Decision& decision, const std::string& rule_id,
                                       const RuleFields& fields, const Warnings& unknown);
// Its outcomes do not count any more. not_found.
Result<DecidedRule> decide_remove_rule(const Decision& decision, const std::string& rule_id);

}  // namespace scorekeeper::intake
