#include "matrix/score_look.h"

#include <algorithm>

#include "matrix/kernels.h"

namespace scorekeeper::matrix {
namespace {

constexpr Words nobody{};
constexpr Words everybody = [] {
  Words words{};
  words.fill(~std::uint64_t{0});
  return words;
}();

// A rule on a page takes some half a microsecond, a step some five nanoseconds.
constexpr std::uint64_t rule_steps = 100;
constexpr std::uint64_t scope_steps = 10;
constexpr std::uint64_t page_steps = 2'000;
constexpr std::uint64_t select_steps = 10;  // of a rule that there is

ScopedPlanes planes_of(const CellPage* cells, const Words& scope, PlaneBuffer& buffer) {
  if (cells == nullptr) return {nobody.data(), nobody.data(), scope.data()};
  const Planes planes = cells->planes(buffer);
  return {planes.low, planes.high, scope.data()};
}

std::vector<SelectedScorecard> scorecards_of(const Selection& selection, const Rulebook& rulebook) {
  std::vector<SelectedScorecard> found;
  for (std::size_t i = 0; i < selection.rules.size(); ++i) {
    const auto number = selection.rules[i].rule->scorecard;
    auto place = std::ranges::lower_bound(
        found, number, {}, [](const SelectedScorecard& one) { return one.scorecard->number; });
    if (place == found.end() || place->scorecard->number != number) {
      place = found.insert(place, {.scorecard = rulebook.find_scorecard(number), .rules = {}});
    }
    place->rules.push_back(i);
  }
  return found;
}

}  // namespace

ScoreLook::ScoreLook(const OrgMatrix::Tables& tables, const RuleSelection& rules,
                     const Bitmap* wanted)
    : tables_(tables),
      wanted_(wanted),
      selection_(select(rules, tables.rulebook, tables.scopes)),
      scopes_(selection_, tables.entities, wanted),
      scorecards_(scorecards_of(selection_, tables.rulebook)),
      rules_by_scope_(selection_.scopes.size()),
      entity_tally_(selection_.rules.size()) {
  steps_ = tables.rulebook.next_rule().number * select_steps;
  for (const SelectedRule& rule : selection_.rules) ++rules_by_scope_[rule.scope];
  for (std::size_t page = 0; page < pages_for(tables.names.next()); ++page) {
    if (wanted == nullptr || wanted->page(page) != nullptr) pages_.push_back(page);
  }
}

const Words& ScoreLook::wanted(std::size_t page) const {
  return wanted_ == nullptr ? everybody : *wanted_->page(page);
}

void ScoreLook::turn_to(std::size_t page) {
  page_ = page;
  scopes_.turn_to(page);
  const Words* defined = tables_.entities.defined().page(page);
  defined_ = defined == nullptr ? &nobody : defined;
  const Words* unscoped = tables_.entities.defined_unscoped().page(page);
  defined_unscoped_ = unscoped == nullptr ? &nobody : unscoped;
  steps_ += page_steps + rules_by_scope_.size() * scope_steps;
  for (std::size_t scope = 0; scope < rules_by_scope_.size(); ++scope) {
    if (scopes_[scope] != nullptr) steps_ += rules_by_scope_[scope] * rule_steps;
  }
}

// The cells of a rule. Adds the entities with an applicable one to `any`.
RuleTally ScoreLook::tally(const SelectedRule& rule, Words& any) {
  const Words* scope = scopes_[rule.scope];
  if (scope == nullptr) return {};
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
  return kernels().tally_rule(planes_of(cells, *scope, buffer), expected(rule.scope), any);
}

void ScoreLook::count(std::size_t page, RulePage& counts) {
  turn_to(page);
  counts.rules.resize(selection_.rules.size());
  counts.entities.resize(scorecards_.size());
  const auto narrow = [](std::uint64_t number) { return static_cast<std::uint16_t>(number); };
  for (std::size_t i = 0; i < scorecards_.size(); ++i) {
    Words any{};
    for (const std::size_t place : scorecards_[i].rules) {
      const RuleTally found = tally(selection_.rules[place], any);
      counts.rules[place] = {.pass = narrow(found.pass),
                             .fail = narrow(found.fail),
                             .skip = narrow(found.skip),
                             .no_data = narrow(found.no_data)};
    }
    counts.entities[i] = narrow(count_bits(any));
  }
}

void ScoreLook::tally_levels(EntityPage& counts) const {
  counts.levels.fill({});
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr) continue;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    kernels().add_levels(planes_of(cells, *scope, buffer), expected(rule.scope),
                         counts.levels[static_cast<std::size_t>(rule.rule->level - level_min)]);
  }
}

// Tallies the cells of the rules without a scope, or of the others.
void ScoreLook::tally_cells(bool unscoped) {
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr || scopes_.is_unscoped(rule.scope) != unscoped) continue;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    if (cells != nullptr) entity_tally_.add_cells(*cells, *scope);
  }
}

void ScoreLook::count(std::size_t page, EntityPage& counts) {
  turn_to(page);
  entity_tally_.clear();
  bool somebody = false;
  Words words;  // NOLINT(*-member-init): written before it is read
  for (std::size_t scope = 0; scope < rules_by_scope_.size(); ++scope) {
    if (scopes_[scope] == nullptr) continue;
    somebody = true;
    if (!scopes_.is_unscoped(scope)) {
      entity_tally_.add_scope(*scopes_[scope], rules_by_scope_[scope]);
      continue;
    }
    for (std::size_t w = 0; w < page_words; ++w) {
      words[w] = (*scopes_[scope])[w] & (*defined_unscoped_)[w];
    }
    entity_tally_.add_scope(words, rules_by_scope_[scope]);
    tally_cells(true);
    for (std::size_t w = 0; w < page_words; ++w)
      words[w] = (*defined_)[w] & ~(*defined_unscoped_)[w];
    if (words != nobody) entity_tally_.end_unscoped(words);
  }
  if (!somebody) {
    counts.somebody.fill(0);
    counts.sum = {};
    return;
  }
  tally_cells(false);
  entity_tally_.finish(*defined_, counts);
  tally_levels(counts);
}

}  // namespace scorekeeper::matrix
