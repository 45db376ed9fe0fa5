// A query asked of many entities at once, a page of 4096 at a time (matrix/term_bits.h).
//
// Any thread, under OrgMatrix's lock; it may be kept between looks.
#pragma once

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
  // How many terms are tried on one entity after the other.
  std::size_t count_tried() const { return terms_.count_tried(); }
  // Where: a page, and of it these words.
  struct Place {
    std::size_t page = 0;
    WordRange range = {};
  };
  // The live entities there that the query means; other words become 0. false = nobody.
  bool match(const Entities& entities, const Names& names, Place place, Words& matched);
  // Of all pages, after looking up.
  Bitmap match_all(const Entities& entities, const Names& names);
  // Work since the last call.
  std::uint64_t take_steps() { return columns_.take_steps(); }

 private:
  TermSet terms_;
  Program program_;
  ColumnTerms columns_;
};

}  // namespace scorekeeper::matrix
