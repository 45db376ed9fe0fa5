// Scorecards' own documents: of the extension /api/v2/scorekeeper/scorecards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/scorecard.h"

namespace scorekeeper::wire {

// The body of a PATCH: {"data":{"type":"scorecard","attributes":{"name","description"}}}; a member
// that is not there, or null, is nullopt. Others are ignored, and `warnings` says so.
Result<ScorecardFields> parse_scorecard(std::string& body, std::vector<std::string>& warnings);
// data, and meta{warnings} unless there are none.
std::string write_scorecard(const Scorecard& scorecard, std::span<const std::string> warnings = {});

}  // namespace scorekeeper::wire
