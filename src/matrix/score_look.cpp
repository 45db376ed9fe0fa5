#include "matrix/score_look.h"

#include "matrix/entity_matcher.h"

namespace scorekeeper::matrix {
namespace {

constexpr Words nobody{};
constexpr Planes no_cells{.low = nobody.data(), .high = nobody.data()};

std::optional<Bitmap> wanted_by(const ScoreQuery& query, const OrgMatrix::Tables& tables) {
  if (!query.entities) return std::nullopt;
  return EntityMatcher(*query.entities, tables.entities, tables.names).match_all();
}

}  // namespace

int EntityPage::level(std::size_t index) const {
  int level = 0;
  for (const Words& words : missing) {
    if ((words[index / word_entities] & mask_of(index % word_entities)) != 0) break;
    ++level;
  }
  return level;
}

ScoreLook::ScoreLook(const OrgMatrix::Tables& tables, const ScoreQuery& query)
    : tables_(tables),
      selection_(select(query.rules, tables.rulebook, tables.scopes)),
      wanted_(wanted_by(query, tables)),
      scopes_(selection_, tables.entities, wanted_ ? &*wanted_ : nullptr),
      counted_by_scope_(selection_.scopes.size()) {
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
  const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
  PlaneBuffer buffer;
  return tally_rule(cells == nullptr ? no_cells : cells->planes(buffer), *scope, *defined_, any);
}

const EntityPage* ScoreLook::tally_entities(Want want) {
  if (!entity_page_) entity_page_ = std::make_unique<EntityPage>();
  entity_tally_.clear();
  entity_page_->missing.fill(nobody);
  bool somebody = false;
  PlaneBuffer buffer;
  for (const SelectedRule& rule : selection_.rules) {
    const Words* scope = scopes_[rule.scope];
    if (scope == nullptr) continue;
    somebody = true;
    const CellPage* cells = tables_.cells.find_page(rule.rule->number, page_);
    const Planes planes = cells == nullptr ? no_cells : cells->planes(buffer);
    if (cells != nullptr && rule.counted) entity_tally_.add_cells(planes, *scope);
    if (want.levels) {
      tally_missing(planes, *scope, *defined_,
                    entity_page_->missing[static_cast<std::size_t>(rule.rule->level - level_min)]);
    }
  }
  if (!somebody) return nullptr;
  for (std::size_t scope = 0; scope < counted_by_scope_.size(); ++scope) {
    if (scopes_[scope] != nullptr)
      entity_tally_.add_scope(*scopes_[scope], counted_by_scope_[scope]);
  }
  entity_tally_.unpack(*defined_, entity_page_->numbers);
  return entity_page_.get();
}

}  // namespace scorekeeper::matrix
