#include "matrix/scopes.h"

#include <utility>

#include "matrix/entity_matcher.h"

namespace scorekeeper::matrix {
namespace {

// No canonical text begins so.
constexpr const char* unparsable = "\n";

std::unique_ptr<RuleScope> make_scope(const Result<EntityQuery>& query, const Entities& entities,
                                      const Names& names) {
  auto scope = std::make_unique<RuleScope>();
  if (!query) return scope;
  scope->query = *query;
  scope->everybody = query->matches_all();
  if (!scope->everybody) scope->entities = EntityMatcher(*query, entities, names).match_all();
  return scope;
}

}  // namespace

std::size_t Scopes::memory_bytes() const {
  std::size_t bytes = by_rule_.capacity() * sizeof(by_rule_[0]);
  for (const auto& [text, scope] : by_text_) {
    bytes +=
        sizeof(RuleScope) + 2 * text.size() + 6 * allocation_bytes + scope->entities.memory_bytes();
  }
  return bytes;
}

Scopes::Decided Scopes::decide(std::span<const Rule> rules, const Entities& entities,
                               const Names& names) const {
  Decided decided;
  for (const Rule& rule : rules) {
    if (rule.removed_at_position) {
      decided.assignments.push_back({.rule = rule.number, .text = {}, .removed = true});
      continue;
    }
    const auto query = EntityQuery::parse(rule.scope_query, "scope_query");
    auto text = query ? write(*query) : std::string(unparsable);
    if (!by_text_.contains(text) && !decided.made.contains(text)) {
      auto scope = make_scope(query, entities, names);
      scope->text = text;
      decided.made.emplace(text, std::move(scope));
    }
    decided.assignments.push_back({.rule = rule.number, .text = std::move(text)});
  }
  return decided;
}

void Scopes::leave(RuleNumber rule, Decided& decided) {
  RuleScope* scope = std::exchange(by_rule_[rule.number], nullptr);
  if (scope == nullptr || --scope->rules != 0) return;
  const auto place = by_text_.find(scope->text);
  decided.left.push_back(std::move(place->second));
  by_text_.erase(place);
}

void Scopes::commit(Decided& decided) {
  by_text_.merge(decided.made);
  // Into the new ones first, so that none is left for good that is still wanted.
  std::vector<RuleScope*> entered;
  for (const Assignment& assignment : decided.assignments) {
    const std::size_t number = assignment.rule.number;
    if (number >= by_rule_.size()) by_rule_.resize(number + 1);
    entered.push_back(assignment.removed ? nullptr : by_text_.find(assignment.text)->second.get());
    if (entered.back() != nullptr) ++entered.back()->rules;
  }
  for (std::size_t i = 0; i < entered.size(); ++i) {
    leave(decided.assignments[i].rule, decided);
    by_rule_[decided.assignments[i].rule.number] = entered[i];
  }
}

void Scopes::decide(EntityNumber entity, const EntityFacts* facts, std::vector<Move>& moves) const {
  for (const auto& [text, scope] : by_text_) {
    if (scope->everybody || !scope->query) continue;
    const bool in = facts != nullptr && scope->query->matches(*facts);
    if (in != scope->entities.has(entity)) moves.push_back({scope.get(), entity, in});
  }
}

void Scopes::commit(std::span<const Move> moves) {
  for (const Move& move : moves) move.scope->entities.set(move.entity, move.in);
}

}  // namespace scorekeeper::matrix
