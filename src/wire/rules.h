// Rule and scorecard documents.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/rule.h"
#include "json/writer.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// The body of POST and PUT /rules, not yet check()ed. Errors as parse_outcomes. `warnings`: of
// unknown attributes.
Result<RuleFields> parse_rule(std::string& body, std::vector<std::string>& warnings);
// "attributes":{…}, those that the fields name. For the writers of this folder.
void write_rule_attributes(json::Writer& json, const RuleView& item, const FieldSet& fields);
// data, meta{warnings} unless there are none, and included (the policy scope), for create and
// update.
std::string write_rule(const RuleView& item, std::span<const std::string> warnings = {});
// data, meta{warnings} unless there are none, links, and with query.include_scorecard the
// scorecards, each once, as `included`.
std::string write_rule_list(std::span<const RuleView> items, const RuleListQuery& query,
                            const Links& links, std::span<const std::string> warnings = {});
// data: {id,type,attributes{created_at,description?,modified_at,name}}.
std::string write_scorecard_list(std::span<const Scorecard> scorecards);

}  // namespace scorekeeper::wire
