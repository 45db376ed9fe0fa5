#include "store/catalog.h"

#include <algorithm>

namespace scorekeeper::store {

OrgCatalog& catalog_of(std::vector<OrgCatalog>& all, OrgId org) {
  auto place = std::ranges::lower_bound(all, org, {}, &OrgCatalog::org);
  if (place == all.end() || place->org != org) {
    place = all.insert(
        place, OrgCatalog{.org = org, .scorecards = {}, .rules = {}, .kinds = {}, .campaigns = {}});
  }
  return *place;
}

}  // namespace scorekeeper::store
