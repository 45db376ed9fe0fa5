#include "matrix/rulebook.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "domain/text.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint64_t value_steps = 16;  // one that is passed over

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

// Takes an item that matches, unless the page is behind it.
template <class Item>
void take(Item item, TextSearch<Item, NamePlace>& search) {
  if (search.page.offset > 0) {
    --search.page.offset;
  } else if (search.page.size > 0) {
    --search.page.size;
    search.found.push_back(std::move(item));
  }
}

// Looks at the values of an index by (name, id) behind the one that the search looked at last.
template <class Value, class Number, class Item, class Act>
bool look_through(const std::vector<Number>& index, const std::vector<std::optional<Value>>& values,
                  TextSearch<Item, NamePlace>& search, const Act& act) {
  const std::tuple<std::string_view, std::string_view> after(search.after.first,
                                                             search.after.second);
  auto place = std::upper_bound(
      index.begin(), index.end(), after,
      [&](const auto& order, Number number) { return order < order_of(*values[number.number]); });
  for (search.steps = 0; place != index.end() && search.page.size > 0; ++place) {
    const Value& value = *values[place->number];
    if (search.steps >= query_look_max) return true;
    search.steps += value_steps;
    act(value);
    if (search.steps >= query_look_max) search.after = {value.name, value.id};
  }
  return false;
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

bool Rulebook::look(const RuleFilter& filter, TextSearch<RuleView, NamePlace>& search) const {
  if (filter.id) {
    const Rule* rule = find_live_rule(*filter.id);
    if (rule != nullptr && matches(*rule, filter)) take(view(*rule), search);
    return false;
  }
  return look_through(rules_by_name_, rules_, search, [&](const Rule& rule) {
    if (filter.description) search.steps += rule.description.size();
    if (matches(rule, filter)) take(view(rule), search);
  });
}

bool Rulebook::look(const ScorecardFilter& filter, TextSearch<Scorecard, NamePlace>& search) const {
  return look_through(scorecards_by_name_, scorecards_, search, [&](const Scorecard& scorecard) {
    if (filter.name) search.steps += scorecard.name.size();
    if (filter.description) search.steps += scorecard.description.size();
    if ((!filter.id || *filter.id == scorecard.id) && matches_text(filter.name, scorecard.name) &&
        matches_text(filter.description, scorecard.description)) {
      take(scorecard, search);
    }
  });
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
