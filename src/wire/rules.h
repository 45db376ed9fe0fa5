// Rule and scorecard documents (contract §2.4, §2.5, §3.3, §3.4).
#pragma once

#include <span>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/result.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "wire/query.h"

namespace scorekeeper::wire {

struct RuleItem {
  Rule rule;
  Scorecard scorecard;
};

// The body of POST and PUT /rules, not yet check()ed. Errors as parse_outcomes.
Result<RuleFields> parse_rule(std::string& body);
// data and included (the policy scope), for create and update.
std::string write_rule(const RuleItem& item);
// With query.include_scorecard the scorecards, each once, as `included`.
std::string write_rule_list(std::span<const RuleItem> items, const RuleListQuery& query,
                            const Links& links);
// data: {id,type,attributes{created_at,description?,modified_at,name}}.
std::string write_scorecard_list(std::span<const Scorecard> scorecards);

}  // namespace scorekeeper::wire
