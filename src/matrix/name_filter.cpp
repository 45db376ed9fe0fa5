#include "matrix/name_filter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "domain/entity.h"

namespace scorekeeper::matrix {
namespace {

using Found = std::vector<EntityNumber>;

Found find_reference(const Names& names, std::string_view canonical) {
  const EntityNumber entity = names.find(canonical);
  return entity ? Found{entity} : Found();
}

Found find_either(const Names& names, std::string_view text) {
  Found found = names.named(text);
  const auto parsed = parse_entity_reference(text);
  if (!parsed) return found;
  std::string canonical;
  append_canonical(*parsed, canonical);
  if (const EntityNumber entity = names.find(canonical)) {
    const auto place = std::ranges::lower_bound(found, entity);
    if (place == found.end() || *place != entity) found.insert(place, entity);
  }
  return found;
}

void narrow(std::optional<Found>& found, Found by) {
  if (!found) {
    found = std::move(by);
    return;
  }
  Found both;
  std::ranges::set_intersection(*found, by, std::back_inserter(both));
  found = std::move(both);
}

}  // namespace

std::vector<EntityNumber> NameFilter::find(const Names& names) const {
  std::optional<Found> found;
  if (reference) narrow(found, find_reference(names, *reference));
  if (name) narrow(found, names.named(*name));
  if (name_or_reference) narrow(found, find_either(names, *name_or_reference));
  ASSERT(found.has_value());
  return *std::move(found);
}

}  // namespace scorekeeper::matrix
