#include "matrix/entity_matcher.h"

#include <limits>

namespace scorekeeper::matrix {

EntityMatcher::EntityMatcher(const EntityQuery& query)
    : program_(terms_.take(query)), columns_(terms_) {}

bool EntityMatcher::match(const Entities& entities, const Names& names, Place place,
                          Words& matched) {
  const Words* live = entities.live().page(place.page);
  if (live == nullptr) return false;
  columns_.turn_to(entities, names, place.page, place.range);
  return columns_.match(program_, place.range, *live, matched);
}

Bitmap EntityMatcher::match_all(const Entities& entities, const Names& names) {
  look_up(entities, std::numeric_limits<std::uint64_t>::max());
  Bitmap all;
  Words matched;
  for (std::size_t page = 0; page < pages_for(names.next()); ++page) {
    if (match(entities, names, {.page = page}, matched)) all.make_page(page) = matched;
  }
  return all;
}

}  // namespace scorekeeper::matrix
