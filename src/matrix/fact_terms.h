// Evaluates terms for entities whose facts are about to change, by the new facts. The cost is one
// look-up for each fact, whatever the number of terms; a wildcard is tried only when a query
// reaches it.
//
// One thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/term_bits.h"

namespace scorekeeper::matrix {

// An entity with its new facts.
struct ChangedEntity {
  EntityNumber entity;
  const EntityFacts* facts = nullptr;  // nullptr = it is gone
};

class FactTerms final : public TermBits {
 public:
  explicit FactTerms(const TermSet& terms) : TermBits(terms), facts_(page_entities) {}

  // Selects the entities to evaluate, all of one page; the texts of their facts must live until the
  // next call.
  void turn_to(std::span<const ChangedEntity> entities);

 private:
  bool try_term(TermId id, std::size_t index_in_page) override;
  void put(const EntityFacts& facts, std::size_t index);
  void put_fact(EntityField field, std::string_view value, std::size_t index) {
    set(terms().find(field, value), index);
  }
  void put_lowered(EntityField field, std::string_view value, std::size_t index);
  void put_tags(const EntityFacts& facts, std::size_t index);

  std::vector<const EntityFacts*> facts_;  // by place in the page; nullptr: not selected
};

}  // namespace scorekeeper::matrix
