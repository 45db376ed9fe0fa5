// The distinct terms of many queries, each with a number, and the way from a fact of an entity to
// the term that it makes true. Terms without wildcards are found by their field and value, so that
// an entity costs a look-up for each of its facts, however many terms there are; what has to be
// tried on a text (wildcards, and words) is listed apart.
//
// One writer, any number of readers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/entity_query.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

using TermId = std::uint32_t;
inline constexpr TermId no_term = ~TermId{0};

// It has to be tried on each text.
inline bool is_tried(const EntityTerm& term) {
  return term.pattern || term.field == EntityField::word;
}

// The work of trying a term on the texts of new entities, for Limits::scope_wildcards_max: 8 MiB of
// new names cost some 0.6 ms for each 1. A pattern with one `*` looks at no more than its own
// length: 1, and 1 more for each 64 bytes. Words and patterns with several look at the whole text:
// 10. With `?` between two `*` each byte takes a step for each 64 bytes of the pattern, too: 20,
// and 10 more for each of these. 0 = it is not tried.
std::size_t trial_weight(const EntityTerm& term);

// The work of trying a term on a text.
inline std::uint64_t steps_of(const EntityTerm& term, std::string_view text) {
  return text.size() + term.value.size() + 16;
}

// A query whose terms are in a set.
struct BoundStep {
  TermId term = no_term;
  std::uint16_t if_true = EntityQuery::matched;
  std::uint16_t if_false = EntityQuery::refused;
};
using Program = std::vector<BoundStep>;

class TermSet {
 public:
  TermSet() : by_term_(16) {}

  // --- readers
  const EntityTerm& term(TermId id) const { return terms_[id].term; }
  bool is_tried(TermId id) const { return terms_[id].tried; }
  bool is_used(TermId id) const { return terms_[id].uses > 0; }
  std::uint32_t uses(TermId id) const { return terms_[id].uses; }
  TermId limit() const { return static_cast<TermId>(terms_.size()); }
  std::size_t count_tried() const { return tried_; }
  std::size_t tried_weight() const { return tried_weight_; }  // trial_weight of them together
  // Whether a term without wildcards asks for that field.
  bool asks(EntityField field) const { return exact_[index(field)] > 0; }
  // The term without wildcards, or no_term. Values of parts of the reference are lower-cased.
  TermId find(EntityField field, std::string_view value) const {
    return asks(field) ? find(field, value, false) : no_term;
  }
  TermId find(const EntityTerm& term) const { return find(term.field, term.value, term.pattern); }
  std::size_t memory_bytes() const;

  // --- the writer: each use is taken and given back
  TermId take(const EntityTerm& term);
  Program take(const EntityQuery& query);
  void release(const Program& program);

 private:
  struct Entry {
    EntityTerm term;
    bool tried = false;
    std::uint32_t uses = 0;  // 0 = free
  };
  static constexpr std::size_t fields = static_cast<std::size_t>(EntityField::word) + 1;
  static std::size_t index(EntityField field) { return static_cast<std::size_t>(field); }
  static std::uint64_t hash_of(EntityField field, std::string_view value, bool pattern);
  TermId find(EntityField field, std::string_view value, bool pattern) const;

  std::vector<Entry> terms_;
  std::vector<TermId> free_;
  FlatIndex by_term_;  // to id + 1
  std::array<std::uint32_t, fields> exact_{};
  std::size_t tried_ = 0;
  std::size_t tried_weight_ = 0;
  std::size_t text_bytes_ = 0;
};

}  // namespace scorekeeper::matrix
