// The bound on the scopes of all rules of an organisation together. The committer checks it when it
// decides a rule; a thread that evaluates a scope for all entities before that checks it first,
// too. Any thread.
#pragma once

#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/entity_query.h"
#include "matrix/matrix.h"

namespace scorekeeper::intake {

// The scopes with that one as the scope of that rule; no rule = of a new one. too_large:
// scope_terms_max, scope_wildcards_max. A size that is not larger than the present one passes:
// where a limit was lowered, rules can still be renamed, switched off and made smaller.
Result<void> check_scopes(const matrix::OrgMatrix& matrix, const Limits& limits, RuleNumber rule,
                          const EntityQuery& scope);

}  // namespace scorekeeper::intake
