#include "store/catalog_rows.h"

#include <type_traits>
#include <variant>

#include "base/assert.h"

namespace scorekeeper::store {
namespace {

const Rule& thing_of(const CatalogRule& one) { return one.rule; }
const Campaign& thing_of(const CatalogCampaign& one) { return one.campaign; }
template <class T>
const T& thing_of(const T& one) {
  return one;
}

// Puts the rows of one change after the other.
class RowsOfChange {
 public:
  RowsOfChange(CatalogRows& rows, OrgId org) : rows_(rows), org_(org) {}

  template <class T>
  void add(const Changed<T>& change, RowId position) {
    const auto& thing = thing_of(change.after ? *change.after : *change.before);
    using Thing = std::remove_cvref_t<decltype(thing)>;
    if constexpr (std::is_same_v<Thing, Org> || std::is_same_v<Thing, Key>) {
      ASSERT(change.after.has_value());  // there is no command that deletes one
    }
    if constexpr (std::is_same_v<Thing, Kind>) {
      if (!change.after) return rows_.removed_kinds.push_back(thing.name);
    }
    std::get<CatalogRows::RowsOf<Thing>>(rows_.things)
        .push_back({.org = org_, .thing = thing, .removed = !change.after, .position = position});
    if constexpr (std::is_same_v<Thing, Campaign>) {
      rows_.campaigns.push_back(thing.number);
      std::size_t place = 0;
      for (const RuleNumber rule : thing.rules) {
        rows_.campaign_rules.push_back(
            {.org = org_, .campaign = thing.number, .place = ++place, .rule = rule});
      }
    }
  }

  void add(const Changed<CatalogEntity>& change, RowId position) {
    if (!change.after) {
      rows_.removed_entities.push_back({.number = change.before->number, .position = position});
      return rows_.removed_definitions.push_back(change.before->number);
    }
    const CatalogEntity& entity = *change.after;
    if (entity.discovered_at) {
      rows_.entities.push_back({.org = org_,
                                .number = entity.number,
                                .reference = entity.reference,
                                .discovered_at = *entity.discovered_at,
                                .position = position});
    }
    if (entity.definition) {
      rows_.definitions.push_back(
          {.org = org_, .thing = *entity.definition, .removed = false, .position = position});
    } else if (change.before && change.before->definition) {
      rows_.removed_definitions.push_back(entity.number);
    }
  }

 private:
  CatalogRows& rows_;
  OrgId org_;
};

}  // namespace

CatalogRows::CatalogRows(const CatalogChange& change, std::span<const ChangePlace> where) {
  ASSERT(where.size() == change.changes.size());
  RowsOfChange rows(*this, change.org);
  for (std::size_t n = 0; n < where.size(); ++n) {
    places.push_back({.org = change.org, .place = where[n], .name = name_of(change.changes[n])});
    std::visit([&](const auto& one) { rows.add(one, where[n].position); }, change.changes[n]);
  }
}

}  // namespace scorekeeper::store
