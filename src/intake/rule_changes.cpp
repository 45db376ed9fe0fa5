#include "intake/rule_changes.h"

#include <fmt/format.h>

#include <utility>

#include "base/random.h"

namespace scorekeeper::intake {
namespace {

// Contract §8, question 36: the id must exist and wins; a name finds its scorecard or makes it.
Result<Scorecard> find_or_make_scorecard(const matrix::OrgMatrix& matrix, const RuleFields& fields,
                                         Time now, store::CatalogChange& change) {
  if (!fields.scorecard_id.empty()) {
    auto found = matrix.find_scorecard(fields.scorecard_id);
    if (!found) return invalid("attribute \"scorecard_id\" failed scorecard lookup");
    return *std::move(found);
  }
  if (auto found = matrix.find_scorecard_by_name(fields.scorecard_name)) return *std::move(found);
  Scorecard scorecard{.number = matrix.next_scorecard(),
                      .id = random_base36(12),
                      .name = fields.scorecard_name,
                      .description = {},
                      .created_at = now,
                      .modified_at = now};
  change.scorecards.push_back(scorecard);
  return scorecard;
}

// The rule with all that the fields say.
Result<RuleChange> fill(const matrix::OrgMatrix& matrix, Rule rule, const RuleFields& fields,
                        Time now) {
  RuleChange change{.catalog = {.org = matrix.org(), .scorecards = {}, .rules = {}}, .view = {}};
  change.view.scorecard = TRY(find_or_make_scorecard(matrix, fields, now, change.catalog));
  rule.scorecard = change.view.scorecard.number;
  rule.name = fields.name;
  rule.description = fields.description;
  rule.owner = fields.owner;
  rule.scope_query = fields.scope_query;
  rule.enabled = fields.enabled;
  rule.level = fields.level;
  rule.modified_at = now;
  change.catalog.rules.push_back(rule);
  change.view.rule = std::move(rule);
  return change;
}

}  // namespace

Result<RuleChange> decide_create(const matrix::OrgMatrix& matrix, const RuleFields& fields,
                                 const Limits& limits, Time now) {
  TRY(check(fields, limits));
  if (matrix.count_rules() >= limits.rules_max) {
    return make_error(Code::too_large,
                      fmt::format("an organization has at most {} rules", limits.rules_max));
  }
  Rule rule;
  rule.number = matrix.next_rule();
  rule.id = random_base36(16);
  rule.created_at = now;
  return fill(matrix, std::move(rule), fields, now);
}

Result<RuleChange> decide_update(const matrix::OrgMatrix& matrix, const std::string& rule_id,
                                 const RuleFields& fields, const Limits& limits, Time now) {
  const auto found = matrix.find_rule(rule_id);
  if (!found) return rule_not_found(rule_id);
  TRY(check(fields, limits));
  return fill(matrix, found->rule, fields, now);
}

Result<RuleChange> decide_remove(const matrix::OrgMatrix& matrix, const std::string& rule_id,
                                 RowId position, Time now) {
  auto found = matrix.find_rule(rule_id);
  if (!found) return rule_not_found(rule_id);
  RuleChange change{.catalog = {.org = matrix.org(), .scorecards = {}, .rules = {}},
                    .view = *std::move(found)};
  change.view.rule.removed_at_position = position;
  change.view.rule.modified_at = now;
  change.catalog.rules.push_back(change.view.rule);
  return change;
}

}  // namespace scorekeeper::intake
