#include "store/catalog.h"

#include <algorithm>
#include <utility>

namespace scorekeeper::store {

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
