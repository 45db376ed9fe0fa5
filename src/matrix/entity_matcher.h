// Evaluates a query for many entities at once, a page of 4096 at a time (matrix/term_bits.h).
//
// Any thread, under OrgMatrix's lock; it may be kept between looks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/column_terms.h"
#include "matrix/entities.h"
#include "matrix/names.h"
#include "matrix/term_set.h"

namespace scorekeeper::matrix {

class EntityMatcher {
 public:
  explicit EntityMatcher(const EntityQuery& query);
  EntityMatcher(const EntityMatcher&) = delete;
  EntityMatcher& operator=(const EntityMatcher&) = delete;

  // Looks up the terms, and tries wildcards on the texts of the dictionaries until so many steps
  // are taken; true = all are looked up, as match() wants.
  bool look_up(const Entities& entities, std::uint64_t steps_max) {
    return columns_.look_up(entities, steps_max);
  }
  // The work of trying the terms on one entity, in terms that look at the whole of its name.
  std::size_t weight() const { return std::max(terms_.count_tried(), terms_.tried_weight() / 10); }
  // A page, and the words of it that are asked.
  struct Place {
    std::size_t page = 0;
    WordRange range = {};
  };
  // The live entities there that the query means; other words become 0. false = nobody.
  bool match(const Entities& entities, const Names& names, Place place, Words& matched);
  // Matches all pages, after looking up.
  Bitmap match_all(const Entities& entities, const Names& names);
  // Work since the last call.
  std::uint64_t take_steps() { return columns_.take_steps(); }

 private:
  TermSet terms_;
  Program program_;
  ColumnTerms columns_;
};

}  // namespace scorekeeper::matrix
