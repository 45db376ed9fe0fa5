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
      counted_by_scope_(selection_.scopes.size()),
      entity_tally_(selection_.rules.size()) {
  for (const SelectedRule& rule : selection_.rules) {
    counted_by_scope_[rule.scope] += rule.counted ? 1U : 0U;
  }
}

void ScoreLook::turn_to(std::size_t page) {
  page_ = page;
  scopes_.turn_to(page);
  const Words* defined = tables_.entities.defined().page(page);
  defined_ = defined == nullptr ? &nobody : defined;
}

RuleTally ScoreLook::tally(const SelectedRule& rule, Words& any) const {
  const Words* scope = scopes_[rule.scope];
  if (scope == nullptr) return {};
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
  return kernels().tally_rule(planes_of(cells, *scope, buffer), *defined_, any);
}

void ScoreLook::tally_levels(EntityPage& page) const {
  page.missing.fill(nobody);
  PlaneBuffer buffer;  // NOLINT(*-member-init): written before it is read
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr) continue;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    kernels().add_missing(planes_of(cells, *scope, buffer), *defined_,
                          page.missing[static_cast<std::size_t>(rule.rule->level - level_min)]);
  }
}

const EntityPage& ScoreLook::tally_entities(std::size_t page, ScoreBuffer& buffer) {
  const auto kept = buffer.open(page, tables_.score_changes.of_page(page));
  if (kept.current) return kept.page;
  turn_to(page);
  tally_entities(kept.page);
  buffer.keep(page, tables_.score_changes.now);
  return kept.page;
}

void ScoreLook::tally_entities(EntityPage& page) {
  entity_tally_.clear();
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr || !rule.counted) continue;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    if (cells != nullptr) entity_tally_.add_cells(*cells, *scope);
  }
  bool somebody = false;
  for (std::size_t scope = 0; scope < counted_by_scope_.size(); ++scope) {
    if (scopes_[scope] == nullptr || counted_by_scope_[scope] == 0) continue;
    somebody = true;
    entity_tally_.add_scope(*scopes_[scope], counted_by_scope_[scope]);
  }
  if (!somebody) {
    page.somebody.fill(0);
    page.sum = {};
    return;
  }
  entity_tally_.finish(*defined_, page);
  tally_levels(page);
}

}  // namespace scorekeeper::matrix
