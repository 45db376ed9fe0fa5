#include "intake/catalog_piece.h"

#include <utility>
#include <variant>

namespace scorekeeper::intake {
namespace {

// Deleted ones are kept by number, so that it is not given again.
void add(const Changed<Scorecard>& change, RowId position, Piece& piece) {
  Scorecard scorecard = change.after ? *change.after : *change.before;
  scorecard.removed = !change.after;
  scorecard.version = position;
  piece.scorecards.push_back(std::move(scorecard));
}

void add(const Changed<CatalogRule>& change, RowId position, Piece& piece) {
  Rule rule = (change.after ? change.after : change.before)->rule;
  if (!change.after) rule.removed_at_position = position;
  rule.version = position;
  piece.rules.push_back(std::move(rule));
}

void add(const Changed<CatalogCampaign>& change, RowId position, Piece& piece) {
  Campaign campaign = (change.after ? change.after : change.before)->campaign;
  campaign.removed = !change.after;
  campaign.version = position;
  piece.campaigns.push_back(std::move(campaign));
}

void add(const Changed<Kind>& change, RowId position, Piece& piece) {
  if (change.after) {
    piece.kinds.push_back(*change.after);
    piece.kinds.back().version = position;
  } else {
    piece.removed_kinds.push_back(change.before->name);
  }
}

void add(const Changed<CatalogEntity>& change, RowId position, Piece& piece) {
  if (!change.after) {
    piece.removals.push_back(change.before->number);
    piece.updates.push_back({.number = change.before->number,
                             .attributes = std::nullopt,
                             .removed = true,
                             .version = position});
    return;
  }
  const CatalogEntity& entity = *change.after;
  if (!change.before) piece.add_entity(entity.number, entity.reference, position);
  const bool was_defined = change.before && change.before->definition;
  if (!entity.definition && !was_defined) return;
  matrix::EntityUpdate update{.number = entity.number, .attributes = {}, .version = position};
  if (entity.definition) update.attributes = entity.definition->definition.attributes;
  piece.updates.push_back(std::move(update));
}

// The gate's, which loads them.
void add(const Changed<Org>&, RowId, Piece&) {}
void add(const Changed<Key>&, RowId, Piece&) {}

}  // namespace

void add_change(const ResourceChange& change, RowId position, Piece& piece) {
  std::visit([&](const auto& one) { add(one, position, piece); }, change);
}

std::vector<Rule> rules_of(const CatalogChange& change) {
  std::vector<Rule> rules;
  for (const ResourceChange& one : change.changes) {
    const auto* rule = std::get_if<Changed<CatalogRule>>(&one);
    if (rule != nullptr && rule->after) rules.push_back(rule->after->rule);
  }
  return rules;
}

bool is_removal(const ResourceChange& change) {
  const auto* rule = std::get_if<Changed<CatalogRule>>(&change);
  const auto* entity = std::get_if<Changed<CatalogEntity>>(&change);
  return (rule != nullptr && !rule->after) || (entity != nullptr && !entity->after);
}

bool takes_out(const ResourceChange& change) {
  const auto* entity = std::get_if<Changed<CatalogEntity>>(&change);
  const auto* kind = std::get_if<Changed<Kind>>(&change);
  return (entity != nullptr && !entity->after) || (kind != nullptr && !kind->after);
}

}  // namespace scorekeeper::intake
