// Scorecards' own documents: of the extension /api/v2/scorekeeper/scorecards.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/scorecard.h"

namespace scorekeeper::wire {

// The body of a PATCH: {"data":{"type":"scorecard","attributes":{"name","description"}}}; a member
// that is not there, or null, is nullopt. Others are ignored.
Result<ScorecardFields> parse_scorecard(std::string& body);
std::string write_scorecard(const Scorecard& scorecard);

}  // namespace scorekeeper::wire
