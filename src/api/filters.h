// Turns the filters of a query string into those of the matrix. They have the same members, but
// neither wire/ nor matrix/ may include the other.
#pragma once

#include "matrix/matrix.h"
#include "wire/query.h"

namespace scorekeeper::api {

inline matrix::Page page_of(const wire::PageQuery& page) {
  return {.offset = page.offset, .size = page.size};
}

inline matrix::RuleFilter rule_filter_of(const wire::RuleFilterQuery& query) {
  return {.id = query.id,
          .enabled = query.enabled,
          .custom = query.custom,
          .name = query.name,
          .description = query.description};
}

}  // namespace scorekeeper::api
