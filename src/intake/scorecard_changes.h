// Decides changes of scorecards, on the committer's thread.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/scorecard.h"
#include "intake/decision.h"

namespace scorekeeper::intake {

using DecidedScorecard = Decided<Scorecard>;  // as it is afterwards, or was before it was deleted

// not_found; invalid: fields; conflict: the name is another scorecard's.
Result<DecidedScorecard> decide_update_scorecard(const Decision& decision, const std::string& id,
                                                 const ScorecardFields& fields);
// not_found; conflict: it has rules. Its name is free afterwards.
Result<DecidedScorecard> decide_remove_scorecard(const Decision& decision, const std::string& id);

}  // namespace scorekeeper::intake
