// A query asked of many entities at once, a page of 4096 at a time, on columns of numbers: a term
// is looked up in the dictionary of its field once and then compared as a number; only names and
// namespaces are compared as texts. The steps of the query (domain/entity_query.h) are walked for
// all entities of the page together, as sets of bits.
//
// Any thread, under OrgMatrix's lock. Good until the entities change.
#pragma once

#include <cstdint>
#include <vector>

#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

class EntityMatcher {
 public:
  // All three must outlive it.
  EntityMatcher(const EntityQuery& query, const Entities& entities, const Names& names);

  // The live entities of a page that the query means; false = nobody.
  bool match(std::size_t page, Words& matched);
  // Of all pages.
  Bitmap match_all();

 private:
  // A step's term, looked up: the number of its value, or for a pattern which numbers it accepts.
  struct Term {
    std::uint32_t number = Dictionary::unknown;
    std::vector<bool> accepted;

    bool accepts(std::uint32_t text) const {
      return accepted.empty() ? text == number : accepted[text];
    }
  };

  Term look_up(const EntityTerm& term) const;
  void hold(std::size_t step, std::size_t page, const Words& reached, Words& holds) const;
  void hold_texts(std::size_t step, std::size_t page, const Words& reached, Words& holds) const;

  const EntityQuery& query_;
  const Entities& entities_;
  const Names& names_;
  std::vector<Term> terms_;     // by step
  std::vector<Words> reached_;  // by step: who comes to it
};

}  // namespace scorekeeper::matrix
