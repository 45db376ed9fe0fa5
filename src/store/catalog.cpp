#include "store/catalog.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace scorekeeper::store {
namespace {

// Adds the rows of each change.
class RowsOf {
 public:
  RowsOf(CatalogRows& rows, const Deletion& deletion) : rows_(rows), deletion_(deletion) {}

  void operator()(const Changed<Scorecard>& change) {
    auto& scorecard = rows_.scorecards.emplace_back(kept(change));
    if (change.after) return;
    scorecard.removed = true;
    scorecard.modified_at = deletion_.at;
  }
  void operator()(const Changed<CatalogRule>& change) {
    auto& rule = rows_.rules.emplace_back(kept(change).rule);
    if (change.after) return;
    rule.removed_at_position = deletion_.position;
    rule.modified_at = deletion_.at;
  }
  void operator()(const Changed<CatalogEntity>& change) {
    if (!change.after) {
      rows_.removed_entities.push_back(
          {.number = change.before->number, .position = deletion_.position});
      return;
    }
    const CatalogEntity& entity = *change.after;
    if (entity.discovered_at) {
      rows_.entities.push_back({.org = rows_.org,
                                .number = entity.number,
                                .reference = entity.reference,
                                .discovered_at = *entity.discovered_at});
    }
    if (entity.definition) {
      rows_.definitions.push_back(*entity.definition);
    } else if (change.before && change.before->definition) {
      rows_.removed_definitions.push_back(entity.number);
    }
  }
  void operator()(const Changed<Kind>& change) {
    if (change.after) {
      rows_.kinds.push_back(*change.after);
    } else {
      rows_.removed_kinds.push_back(change.before->name);
    }
  }
  void operator()(const Changed<CatalogCampaign>& change) {
    auto& campaign = rows_.campaigns.emplace_back(kept(change).campaign);
    if (change.after) return;
    campaign.removed = true;
    campaign.modified_at = deletion_.at;
  }
  // Their rows are the KeyStore's.
  void operator()(const Changed<Org>& /*change*/) {}
  void operator()(const Changed<Key>& /*change*/) {}

 private:
  template <class T>
  static const T& kept(const Changed<T>& change) {
    return change.after ? *change.after : *change.before;
  }

  CatalogRows& rows_;
  const Deletion& deletion_;
};

}  // namespace

CatalogRows rows_of(const CatalogChange& change, const Deletion& deletion) {
  CatalogRows rows{.org = change.org};
  RowsOf add(rows, deletion);
  for (const ResourceChange& one : change.changes) std::visit(add, one);
  return rows;
}

OrgCatalog& catalog_of(std::vector<OrgCatalog>& all, OrgId org) {
  auto place = std::ranges::lower_bound(all, org, {}, &OrgCatalog::org);
  if (place == all.end() || place->org != org) {
    place = all.insert(
        place, OrgCatalog{.org = org, .scorecards = {}, .rules = {}, .kinds = {}, .campaigns = {}});
  }
  return *place;
}

Result<std::vector<DefinedEntity>> Catalog::find_definitions(
    OrgId org, std::span<const EntityNumber> numbers) {
  std::vector<DefinedEntity> definitions;
  for (auto& listed : TRY(read_entities(org, {.numbers = numbers, .raw = true}))) {
    if (listed.defined) definitions.push_back(std::move(listed.entity));
  }
  return definitions;
}

}  // namespace scorekeeper::store
