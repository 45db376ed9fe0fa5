#include "intake/scorecard_changes.h"

#include <fmt/format.h>

#include <utility>

#include "domain/catalog_change.h"

namespace scorekeeper::intake {
Result<DecidedScorecard> decide_update_scorecard(const Decision& decision, const std::string& id,
                                                 const ScorecardFields& fields) {
  const auto before = decision.matrix.find_scorecard(id);
  if (!before) return scorecard_not_found(id);
  TRY(check(fields, decision.limits));
  TRY(decision.demand(before->version));
  Scorecard scorecard = *before;
  scorecard.name = fields.name.value_or(before->name);
  scorecard.description = fields.description.value_or(before->description);
  const auto same_name = decision.matrix.find_scorecard_by_name(scorecard.name);
  if (same_name && same_name->number != before->number) {
    Error error = make_error(Code::conflict,
                             fmt::format("attribute \"name\" is already used by scorecard {}: {}",
                                         same_name->id, scorecard.name));
    error.pointer = "/data/attributes/name";
    return error;
  }
  DecidedScorecard decided;
  decided.change.org = decision.matrix.org();
  if (scorecard != *before) {
    scorecard.modified_at = decision.now;
    scorecard.version = decision.version_in(decided.change);
    decided.change.changes.push_back(Changed<Scorecard>{.before = before, .after = scorecard});
  }
  decided.value = std::move(scorecard);
  return decided;
}

Result<DecidedScorecard> decide_remove_scorecard(const Decision& decision, const std::string& id) {
  const auto scorecard = decision.matrix.find_scorecard(id);
  if (!scorecard) return scorecard_not_found(id);
  TRY(decision.demand(scorecard->version));
  const auto rules = decision.matrix.count_rules(scorecard->number);
  if (rules > 0) {
    return make_error(Code::conflict,
                      fmt::format("scorecard {} has {} rule{}: only an empty one can be deleted",
                                  id, rules, rules == 1 ? "" : "s"));
  }
  DecidedScorecard decided;
  decided.change.org = decision.matrix.org();
  decided.change.changes.push_back(Changed<Scorecard>{.before = scorecard, .after = std::nullopt});
  decided.value = *scorecard;
  return decided;
}

}  // namespace scorekeeper::intake
