#include "matrix/rulebook.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"
#include "domain/text.h"

namespace scorekeeper::matrix {
namespace {

template <class Value>
auto order_of(const Value& value) {
  return std::tuple(std::string_view(value.name), std::string_view(value.id));
}

template <class Value, class Number>
const Value* find_in(const std::vector<std::optional<Value>>& values, Number number) {
  return number.number < values.size() && values[number.number] ? &*values[number.number] : nullptr;
}

// The place where `value` stands or would stand in an index by (name, id).
template <class Value, class Number>
auto place_of(std::vector<Number>& index, const std::vector<std::optional<Value>>& values,
              const Value& value) {
  return std::lower_bound(
      index.begin(), index.end(), order_of(value),
      [&](Number number, const auto& order) { return order_of(*values[number.number]) < order; });
}

// Puts a value into its place by number, the index by id and the index by (name, id).
template <class Value, class Number>
void store(const Value& value, std::vector<std::optional<Value>>& values, FlatIndex& by_id,
           std::vector<Number>& by_name) {
  const std::size_t number = value.number.number;
  ASSERT(number != 0);
  if (number >= values.size()) values.resize(number + 1);
  auto& stored = values[number];
  if (stored) {
    const auto place = place_of(by_name, values, *stored);
    if (place != by_name.end() && *place == value.number) by_name.erase(place);
  } else {
    by_id.insert(name_hash(value.id), value.number.number);
  }
  stored.reset();  // with the room of its texts
  stored = value;
}

// The remains of a removed rule: numbers and ids that other things name. Its texts are in the log.
Rule remains_of(const Rule& rule) {
  Rule left;
  left.number = rule.number;
  left.id = rule.id;
  left.scorecard = rule.scorecard;
  left.removed_at_position = rule.removed_at_position;
  left.version = rule.version;
  return left;
}
Scorecard remains_of(const Scorecard& scorecard) {
  Scorecard left;
  left.number = scorecard.number;
  left.id = scorecard.id;
  left.removed = true;
  left.version = scorecard.version;
  return left;
}

bool matches_text(const std::optional<std::string>& part, std::string_view text) {
  return !part || contains_ignoring_case(text, *part);
}

}  // namespace

bool Rulebook::is_live(RuleNumber rule) const {
  const Rule* found = find_in(rules_, rule);
  return found != nullptr && !found->removed_at_position;
}

const Rule* Rulebook::find_rule(RuleNumber rule) const { return find_in(rules_, rule); }

const Rule* Rulebook::find_live_rule(std::string_view id) const {
  const RuleNumber number{
      rules_by_id_.find(name_hash(id), [&](std::uint32_t rule) { return rules_[rule]->id == id; })};
  return is_live(number) ? find_rule(number) : nullptr;
}

const Scorecard* Rulebook::find_scorecard(ScorecardNumber scorecard) const {
  return find_in(scorecards_, scorecard);
}

const Scorecard* Rulebook::find_scorecard(std::string_view id) const {
  const auto* scorecard = find_scorecard(ScorecardNumber{scorecards_by_id_.find(
      name_hash(id), [&](std::uint32_t number) { return scorecards_[number]->id == id; })});
  return scorecard == nullptr || scorecard->removed ? nullptr : scorecard;
}

std::size_t Rulebook::count_rules(ScorecardNumber scorecard) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      rules_by_name_, [&](RuleNumber rule) { return find_rule(rule)->scorecard == scorecard; }));
}

const Scorecard* Rulebook::find_scorecard_by_name(std::string_view name) const {
  const auto place = std::lower_bound(scorecards_by_name_.begin(), scorecards_by_name_.end(), name,
                                      [&](ScorecardNumber number, std::string_view wanted) {
                                        return scorecards_[number.number]->name < wanted;
                                      });
  if (place == scorecards_by_name_.end()) return nullptr;
  const Scorecard* scorecard = find_scorecard(*place);
  return scorecard->name == name ? scorecard : nullptr;
}

RuleView Rulebook::view(const Rule& rule) const {
  const Scorecard* scorecard = find_scorecard(rule.scorecard);
  ASSERT(scorecard != nullptr);
  return {rule, *scorecard};
}

bool Rulebook::matches(const Rule& rule, const RuleFilter& filter) const {
  return !rule.removed_at_position && (!filter.id || *filter.id == rule.id) &&
         (!filter.enabled || *filter.enabled == rule.enabled) && filter.custom.value_or(true) &&
         (!filter.name || *filter.name == rule.name) &&
         matches_text(filter.description, rule.description);
}

std::vector<RuleView> Rulebook::list_rules(const RuleFilter& filter, Page page) const {
  std::vector<RuleView> found;
  if (filter.id) {
    const Rule* rule = find_live_rule(*filter.id);
    if (rule != nullptr && matches(*rule, filter) && page.offset == 0 && page.size > 0) {
      found.push_back(view(*rule));
    }
    return found;
  }
  for (const RuleNumber number : rules_by_name_) {
    if (found.size() == page.size) break;
    const Rule& rule = *find_rule(number);
    if (!matches(rule, filter)) continue;
    if (page.offset > 0) {
      --page.offset;
      continue;
    }
    found.push_back(view(rule));
  }
  return found;
}

std::vector<Scorecard> Rulebook::list_scorecards(const ScorecardFilter& filter, Page page) const {
  std::vector<Scorecard> found;
  for (const ScorecardNumber number : scorecards_by_name_) {
    if (found.size() == page.size) break;
    const Scorecard& scorecard = *find_scorecard(number);
    if ((filter.id && *filter.id != scorecard.id) || !matches_text(filter.name, scorecard.name) ||
        !matches_text(filter.description, scorecard.description)) {
      continue;
    }
    if (page.offset > 0) {
      --page.offset;
      continue;
    }
    found.push_back(scorecard);
  }
  return found;
}

RuleNumber Rulebook::next_rule() const {
  return RuleNumber{static_cast<std::uint32_t>(std::max<std::size_t>(rules_.size(), 1))};
}

ScorecardNumber Rulebook::next_scorecard() const {
  return ScorecardNumber{static_cast<std::uint32_t>(std::max<std::size_t>(scorecards_.size(), 1))};
}

std::size_t Rulebook::memory_bytes() const {
  return scorecards_.capacity() * sizeof(scorecards_[0]) + rules_.capacity() * sizeof(rules_[0]) +
         scorecards_by_id_.memory_bytes() + rules_by_id_.memory_bytes();
}

void Rulebook::put(const Scorecard& scorecard) {
  if (scorecard.removed) {
    return store(remains_of(scorecard), scorecards_, scorecards_by_id_, scorecards_by_name_);
  }
  store(scorecard, scorecards_, scorecards_by_id_, scorecards_by_name_);
  scorecards_by_name_.insert(place_of(scorecards_by_name_, scorecards_, scorecard),
                             scorecard.number);
}

void Rulebook::put(const Rule& rule) {
  if (rule.removed_at_position) {
    return store(remains_of(rule), rules_, rules_by_id_, rules_by_name_);
  }
  store(rule, rules_, rules_by_id_, rules_by_name_);
  rules_by_name_.insert(place_of(rules_by_name_, rules_, rule), rule.number);
}

}  // namespace scorekeeper::matrix
