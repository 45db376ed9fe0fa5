// A query asked of many entities at once, a page of 4096 at a time, on columns of numbers: a term
// is looked up in the dictionary of its field once and then compared as a number; only names and
// namespaces are compared as texts. The steps of the query (domain/entity_query.h) are walked for
// all entities of the page together, as sets of bits.
//
// Any thread, under OrgMatrix's lock. Texts that came since they were looked up are looked up when
// it is told to; numbers of texts never change.
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

  // Looks up the terms in the dictionaries, in at most so many of their texts; true = all are
  // looked up, as match() wants.
  bool look_up(std::size_t texts_max);
  struct WordRange {
    std::size_t first = 0;
    std::size_t last = page_words;  // behind the last one
  };
  // The live entities of a page that the query means, in those of its words; the others become 0.
  // false = nobody.
  bool match(std::size_t page, Words& matched) { return match(page, {}, matched); }
  bool match(std::size_t page, WordRange range, Words& matched);
  // Of all pages, after looking up.
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
  struct Place {
    std::size_t step = 0;
    std::size_t page = 0;
    WordRange range;
  };

  // Looks at no more than `texts_left` texts, and takes them off it.
  void look_up(std::size_t step, std::size_t& texts_left);
  void hold(Place place, const Words& reached, Words& holds) const;
  void hold_texts(Place place, const Words& reached, Words& holds) const;

  const EntityQuery& query_;
  const Entities& entities_;
  const Names& names_;
  std::vector<Term> terms_;     // by step
  std::vector<Words> reached_;  // by step: who comes to it
};

}  // namespace scorekeeper::matrix
