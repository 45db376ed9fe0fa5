#include "matrix/score_look.h"

#include <algorithm>

#include "matrix/kernels.h"

namespace scorekeeper::matrix {
namespace {

constexpr Words nobody{};

ScopedPlanes planes_of(const CellPage* cells, const Words& scope, PlaneBuffer& buffer) {
  if (cells == nullptr) return {nobody.data(), nobody.data(), scope.data()};
  const Planes planes = cells->planes(buffer);
  return {planes.low, planes.high, scope.data()};
}

}  // namespace

ScoreLook::ScoreLook(const OrgMatrix::Tables& tables, const ScoreQuery& query, const Bitmap* wanted)
    : tables_(tables),
      selection_(select(query.rules, tables.rulebook, tables.scopes)),
      scopes_(selection_, tables.entities, wanted),
      rules_by_scope_(selection_.scopes.size()),
      entity_tally_(selection_.rules.size()) {
  for (const SelectedRule& rule : selection_.rules) ++rules_by_scope_[rule.scope];
  for (std::size_t page = 0; page < pages_for(tables.names.next()); ++page) {
    if (wanted == nullptr || wanted->page(page) != nullptr) pages_.push_back(page);
  }
}

void ScoreLook::turn_to(std::size_t page) {
  page_ = page;
  scopes_.turn_to(page);
  const Words* defined = tables_.entities.defined().page(page);
  defined_ = defined == nullptr ? &nobody : defined;
  const Words* unscoped = tables_.entities.defined_unscoped().page(page);
  defined_unscoped_ = unscoped == nullptr ? &nobody : unscoped;
}

RuleTally ScoreLook::tally(const SelectedRule& rule, Words& any) const {
  const Words* scope = scopes_[rule.scope];
  if (scope == nullptr) return {};
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
  return kernels().tally_rule(planes_of(cells, *scope, buffer), expected(rule.scope), any);
}

void ScoreLook::tally_levels(EntityPage& page) const {
  page.levels.fill({});
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr) continue;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    kernels().add_levels(planes_of(cells, *scope, buffer), expected(rule.scope),
                         page.levels[static_cast<std::size_t>(rule.rule->level - level_min)]);
  }
}

const EntityPage& ScoreLook::tally_entities(std::size_t place, ScoreBuffer& buffer) {
  const std::size_t page = pages_[place];
  const auto kept = buffer.open(place, tables_.score_changes.of_page(page));
  if (kept.current) return kept.page;
  turn_to(page);
  tally_entities(kept.page);
  buffer.keep(place, tables_.score_changes.now);
  return kept.page;
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

void ScoreLook::tally_entities(EntityPage& page) {
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
    page.somebody.fill(0);
    page.sum = {};
    return;
  }
  tally_cells(false);
  entity_tally_.finish(*defined_, page);
  tally_levels(page);
}

}  // namespace scorekeeper::matrix
