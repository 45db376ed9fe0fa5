// One look at the cells for a question about scores: which rules, whose cells, page by page. Lives
// within one look under the lock of its OrgMatrix; one thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "matrix/bitmap.h"
#include "matrix/entity_tally.h"
#include "matrix/matrix.h"
#include "matrix/score_buffers.h"
#include "matrix/selection.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {

class ScoreLook {
 public:
  // `wanted`: whom the query's filter means; nullptr = all live entities. Must outlive it.
  ScoreLook(const OrgMatrix::Tables& tables, const ScoreQuery& query, const Bitmap* wanted);

  const Selection& selection() const { return selection_; }
  // The pages on which entities may be wanted, ascending.
  std::span<const std::size_t> pages() const { return pages_; }

  void turn_to(std::size_t page);
  // The cells of a selected rule on the page. Adds those with an applicable cell to `any`.
  RuleTally tally(const SelectedRule& rule, Words& any) const;
  // The cells of all rules on the page at that place of pages(), and the levels; what the buffer
  // has of the same question is taken from there, unless it changed.
  const EntityPage& tally_entities(std::size_t place, ScoreBuffer& buffer);

 private:
  // The entities of the page from which a rule with that scope expects an outcome.
  const Words& expected(std::size_t scope) const {
    return scopes_.is_unscoped(scope) ? *defined_unscoped_ : *defined_;
  }
  void tally_entities(EntityPage& page);
  void tally_cells(bool unscoped);
  void tally_levels(EntityPage& page) const;

  const OrgMatrix::Tables& tables_;
  Selection selection_;
  ScopePages scopes_;
  std::vector<std::size_t> pages_;
  std::vector<std::size_t> rules_by_scope_;
  EntityTally entity_tally_;
  std::size_t page_ = 0;
  const Words* defined_ = nullptr;
  const Words* defined_unscoped_ = nullptr;
};

}  // namespace scorekeeper::matrix
