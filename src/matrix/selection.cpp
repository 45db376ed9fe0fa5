#include "matrix/selection.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace scorekeeper::matrix {
namespace {

// `wanted`: ascending, each once, as of a filter that repeats a value thousands of times.
template <class Value>
bool is_one_of(const std::optional<std::vector<Value>>& wanted, const Value& value) {
  return !wanted || std::ranges::binary_search(*wanted, value);
}

template <class Value>
void sort_out(std::vector<Value>& values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// The rules that may match, ascending by number.
std::vector<const Rule*> candidates(const RuleSelection& wanted, const Rulebook& rulebook) {
  std::vector<const Rule*> rules;
  if (wanted.ids) {
    for (const std::string& id : *wanted.ids) {
      if (const Rule* rule = rulebook.find_live_rule(id)) rules.push_back(rule);
    }
    std::ranges::sort(rules, {}, &Rule::number);
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
  }
  for (RuleNumber number{1}; number < rulebook.next_rule(); ++number.number) {
    if (rulebook.is_live(number)) rules.push_back(rulebook.find_rule(number));
  }
  return rules;
}

std::optional<std::vector<ScorecardNumber>> scorecards_of(const RuleSelection& wanted,
                                                          const Rulebook& rulebook) {
  if (!wanted.scorecard_ids) return std::nullopt;
  std::vector<ScorecardNumber> numbers;
  for (const std::string& id : *wanted.scorecard_ids) {
    if (const Scorecard* scorecard = rulebook.find_scorecard(id)) {
      numbers.push_back(scorecard->number);
    }
  }
  sort_out(numbers);
  return numbers;
}

}  // namespace

Selection select(const RuleSelection& wanted, const Rulebook& rulebook, const Scopes& scopes) {
  Selection selection;
  if (!wanted.custom.value_or(true)) return selection;
  const auto scorecards = scorecards_of(wanted, rulebook);
  auto levels = wanted.levels;
  if (levels) sort_out(*levels);
  std::unordered_map<const RuleScope*, std::size_t> places;
  for (const Rule* rule : candidates(wanted, rulebook)) {
    if (rule->enabled != wanted.enabled.value_or(true) ||
        (wanted.name && *wanted.name != rule->name) || !is_one_of(scorecards, rule->scorecard) ||
        !is_one_of(levels, rule->level)) {
      continue;
    }
    const RuleScope* scope = scopes.of(rule->number);
    const auto [place, fresh] = places.try_emplace(scope, selection.scopes.size());
    if (fresh) selection.scopes.push_back(scope);
    selection.rules.push_back({.rule = rule, .scope = place->second});
  }
  return selection;
}

ScopePages::ScopePages(const Selection& selection, const Entities& entities, const Bitmap* wanted)
    : selection_(selection),
      entities_(entities),
      wanted_(wanted),
      buffers_(wanted == nullptr ? 0 : selection.scopes.size()),
      current_(selection.scopes.size()) {}

const Words* ScopePages::page_of_scope(std::size_t scope, std::size_t page) const {
  const RuleScope& found = *selection_.scopes[scope];
  return found.everybody ? entities_.live().page(page) : found.entities.page(page);
}

void ScopePages::turn_to(std::size_t page) {
  const Words* wanted = wanted_ == nullptr ? nullptr : wanted_->page(page);
  for (std::size_t scope = 0; scope < current_.size(); ++scope) {
    const Words* words = page_of_scope(scope, page);
    if (words != nullptr && wanted_ != nullptr) {
      if (wanted == nullptr) {
        words = nullptr;
      } else {
        for (std::size_t w = 0; w < page_words; ++w) {
          buffers_[scope][w] = (*words)[w] & (*wanted)[w];
        }
        words = &buffers_[scope];
      }
    }
    current_[scope] = words;
  }
}

}  // namespace scorekeeper::matrix
