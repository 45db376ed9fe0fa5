// Reads the query of GET /scores/{aggregation} and writes its documents.
#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "domain/score_list.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// `aggregation`: the last segment of the path. The operator's no_data is not set.
Result<ScoreQuery> parse_score_query(std::string_view aggregation, Query query,
                                     const Limits& limits);
// The table of its parameters.
ParameterRows rows_of(ScoreQuery& query, const Limits& limits);

// Data, meta{count,limit,offset,total}, links. Attributes alphabetical: aggregation, denominator,
// entity_reference (by entity), level?, level_max?, mean_entity_score?, name (by rule and
// scorecard), numerator, score? (a ratio from 0 to 1), total_entities, total_fail, total_no_data,
// total_pass, total_skip.
std::string write_score_list(const ScorePage& page, const ScoreQuery& query, const Links& links);

}  // namespace scorekeeper::wire
