// One look at the cells for a question about scores: which rules, whose cells, page by page. Lives
// within one look under the lock of its OrgMatrix; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "matrix/bitmap.h"
#include "matrix/entity_tally.h"
#include "matrix/matrix.h"
#include "matrix/score_buffers.h"
#include "matrix/selection.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {

// The selected rules of a scorecard, as places in the selection.
struct SelectedScorecard {
  const Scorecard* scorecard = nullptr;
  std::vector<std::size_t> rules;
};

class ScoreLook {
 public:
  // `wanted`: whom the query's filter means; nullptr = all live entities. Must outlive it.
  ScoreLook(const OrgMatrix::Tables& tables, const RuleSelection& rules, const Bitmap* wanted);

  const OrgMatrix::Tables& tables() const { return tables_; }
  const Selection& selection() const { return selection_; }
  std::span<const SelectedScorecard> scorecards() const { return scorecards_; }  // by number
  // The pages on which entities may be wanted, ascending.
  std::span<const std::size_t> pages() const { return pages_; }
  // The entities of one of these pages that are wanted, whether they live or not.
  const Words& wanted(std::size_t page) const;

  // Count the cells of all rules on one of these pages.
  void count(std::size_t page, EntityPage& counts);
  void count(std::size_t page, RulePage& counts);
  // Work since the last call, as WorkBudget counts it.
  std::uint64_t take_steps() { return std::exchange(steps_, 0); }

 private:
  void turn_to(std::size_t page);
  // The entities of the page from which a rule with that scope expects an outcome.
  const Words& expected(std::size_t scope) const {
    return scopes_.is_unscoped(scope) ? *defined_unscoped_ : *defined_;
  }
  RuleTally tally(const SelectedRule& rule, Words& any);
  void tally_cells(bool unscoped);
  void tally_levels(EntityPage& counts) const;

  const OrgMatrix::Tables& tables_;
  const Bitmap* wanted_;
  Selection selection_;
  ScopePages scopes_;
  std::vector<SelectedScorecard> scorecards_;
  std::vector<std::size_t> pages_;
  std::vector<std::size_t> rules_by_scope_;
  EntityTally entity_tally_;
  std::uint64_t steps_ = 0;
  std::size_t page_ = 0;
  const Words* defined_ = nullptr;
  const Words* defined_unscoped_ = nullptr;
};

}  // namespace scorekeeper::matrix
