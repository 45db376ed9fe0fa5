#include "intake/rule_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "domain/catalog_change.h"
#include "domain/entity_query.h"
#include "intake/bounds.h"
#include "intake/scope_limits.h"

namespace scorekeeper::intake {
namespace {

// The id must exist and wins; a name finds its scorecard or makes it.
Result<Scorecard> find_or_make_scorecard(const Decision& decision, const RuleFields& fields,
                                         CatalogChange& change) {
  if (!fields.scorecard_id.empty()) {
    auto found = decision.matrix.find_scorecard(fields.scorecard_id);
    if (!found) return invalid("attribute \"scorecard_id\" failed scorecard lookup");
    return *std::move(found);
  }
  if (auto found = decision.matrix.find_scorecard_by_name(fields.scorecard_name))
    return *std::move(found);
  TRY(check_counts("scorecards",
                   {.live = decision.matrix.count_scorecards() + 1,
                    .ever = decision.matrix.next_scorecard().number},
                   decision.limits.scorecards_max));
  Scorecard scorecard{.number = decision.matrix.next_scorecard(),
                      .id = random_base36(12),
                      .name = fields.scorecard_name,
                      .description = {},
                      .created_at = decision.now,
                      .modified_at = decision.now,
                      .removed = false,
                      .version = decision.version_in(change)};
  change.changes.push_back(Changed<Scorecard>{.before = std::nullopt, .after = scorecard});
  return scorecard;
}

CatalogRule catalog_rule(const auto& view) {
  return {.rule = view.rule, .scorecard = view.scorecard};
}

// The rule with all that the fields say, and its scorecard, which the change may have to make.
Result<DecidedRule> fill(const Decision& decision, Rule rule, const RuleFields& fields) {
  DecidedRule decided;
  decided.change.org = decision.matrix.org();
  decided.value.scorecard = TRY(find_or_make_scorecard(decision, fields, decided.change));
  rule.scorecard = decided.value.scorecard.number;
  rule.name = fields.name;
  rule.description = fields.description;
  rule.owner = fields.owner;
  rule.scope_query = fields.scope_query;
  rule.enabled = fields.enabled.value_or(true);
  rule.level = fields.level.value_or(level_max);
  decided.value.rule = std::move(rule);
  return decided;
}

Result<void> review_scope(const Decision& decision, RuleNumber rule, const RuleFields& fields) {
  const auto scope = TRY(EntityQuery::parse(fields.scope_query, "scope_query"));
  return check_scopes(decision.matrix, decision.limits, rule, scope);
}

}  // namespace

Warnings list_unknown_fields(const matrix::OrgMatrix& matrix, const RuleFields& fields) {
  const auto scope = EntityQuery::parse(fields.scope_query, "scope_query");
  return scope ? matrix.list_unknown_fields(*scope, "scope_query") : Warnings();
}

Result<DecidedRule> decide_create_rule(const Decision& decision, const RuleFields& fields,
                                       const Warnings& unknown) {
  TRY(check(fields, decision.limits));
  TRY(check_counts(
      "rules",
      {.live = decision.matrix.count_rules() + 1, .ever = decision.matrix.next_rule().number},
      decision.limits.rules_max));
  TRY(review_scope(decision, RuleNumber{}, fields));
  Rule rule;
  rule.number = decision.matrix.next_rule();
  rule.id = random_base36(16);
  rule.created_at = rule.modified_at = decision.now;
  auto decided = TRY(fill(decision, std::move(rule), fields));
  decided.value.warnings = unknown;
  decided.value.rule.version = decision.version_in(decided.change);
  decided.change.changes.push_back(
      Changed<CatalogRule>{.before = std::nullopt, .after = catalog_rule(decided.value)});
  return decided;
}

Result<DecidedRule> decide_update_rule(const Decision& decision, const std::string& rule_id,
                                       const RuleFields& fields, const Warnings& unknown) {
  const auto found = decision.matrix.find_rule(rule_id);
  if (!found) return rule_not_found(rule_id);
  TRY(check(fields, decision.limits));
  TRY(decision.demand(found->rule.version));
  TRY(review_scope(decision, found->rule.number, fields));
  auto decided = TRY(fill(decision, found->rule, fields));
  decided.value.warnings = list_losses(found->rule, fields);
  decided.value.warnings.insert(decided.value.warnings.end(), unknown.begin(), unknown.end());
  if (decided.value.rule == found->rule) return decided;
  decided.value.rule.modified_at = decision.now;
  decided.value.rule.version = decision.version_in(decided.change);
  decided.change.changes.push_back(
      Changed<CatalogRule>{.before = catalog_rule(*found), .after = catalog_rule(decided.value)});
  return decided;
}

Result<DecidedRule> decide_remove_rule(const Decision& decision, const std::string& rule_id) {
  auto found = decision.matrix.find_rule(rule_id);
  if (!found) return rule_not_found(rule_id);
  TRY(decision.demand(found->rule.version));
  DecidedRule decided;
  decided.change.org = decision.matrix.org();
  decided.value = {*std::move(found), {}};
  decided.change.changes.push_back(
      Changed<CatalogRule>{.before = catalog_rule(decided.value), .after = std::nullopt});
  return decided;
}

}  // namespace scorekeeper::intake
