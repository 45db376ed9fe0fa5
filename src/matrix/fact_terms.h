// Evaluates terms for entities that are about to change: by the facts that they will have. An
// entity costs a look-up for each of its facts, whatever the number of terms; wildcards are tried
// only where a query comes to them.
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

// An entity as it will be.
struct ChangedEntity {
  EntityNumber entity;
  const EntityFacts* facts = nullptr;  // nullptr = it is gone
};

class FactTerms final : public TermBits {
 public:
  explicit FactTerms(const TermSet& terms) : TermBits(terms), facts_(page_entities) {}

  // All of one page. The texts that they point to must stay while the page is asked.
  void turn_to(std::span<const ChangedEntity> entities);

 private:
  bool try_term(TermId id, std::size_t index_in_page) override;
  void put(const EntityFacts& facts, std::size_t index);
  void put_fact(EntityField field, std::string_view value, std::size_t index) {
    set(terms().find(field, value), index);
  }
  void put_lowered(EntityField field, std::string_view value, std::size_t index);
  void put_tags(const EntityFacts& facts, std::size_t index);

  std::vector<const EntityFacts*> facts_;  // by place in the page; of those asked
};

}  // namespace scorekeeper::matrix
