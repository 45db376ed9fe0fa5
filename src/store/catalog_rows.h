// The rows that a change of a catalog leaves in a store's tables, and those that it takes away: the
// same for every kind of store. Refers to the change. Lives as long as one append.
#pragma once

#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/catalog.h"
#include "store/seal.h"
#include "store/state_rows.h"

namespace scorekeeper::store {

struct RemovedEntity {
  EntityNumber number;
  RowId position;  // of the change
};

// Removals come first: what one change removes and puts is there after it, and its names may be the
// same. Then the rest, in the order in which a row comes after those that it names.
struct CatalogRows {
  template <class T>
  using RowsOf = std::vector<StateRow<const T>>;

  // `places`: one for each of the changes.
  CatalogRows(const CatalogChange& change, std::span<const ChangePlace> places);

  std::vector<PlaceRow> places;
  std::vector<RemovedEntity> removed_entities;    // they live no more
  std::vector<EntityNumber> removed_definitions;  // with those of the removed entities
  std::vector<std::string_view> removed_kinds;
  std::vector<CampaignNumber> campaigns;  // whose rules are replaced

  std::tuple<RowsOf<Org>, RowsOf<Key>, RowsOf<Scorecard>, RowsOf<Rule>, RowsOf<Kind>,
             RowsOf<Campaign>>
      things;
  std::vector<CampaignRuleRow> campaign_rules;
  std::vector<NewEntity> entities;  // new, or seen again
  RowsOf<DefinedEntity> definitions;
};

}  // namespace scorekeeper::store
