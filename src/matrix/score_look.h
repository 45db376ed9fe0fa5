// One look at the cells for a question about scores: which rules, whose cells, page by page. Lives
// within one look under the lock of its OrgMatrix; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "base/id.h"
#include "matrix/bitmap.h"
#include "matrix/matrix.h"
#include "matrix/selection.h"
#include "matrix/tables.h"
#include "matrix/tally.h"

namespace scorekeeper::matrix {

// The entities of a page: their applicable cells, and who misses something on the way to each level
// (level_min first).
struct EntityPage {
  EntityNumbers numbers;
  std::array<Words, level_max> missing;

  ScoreCounts counts(std::size_t index) const {
    return {.pass = numbers.pass[index],
            .fail = numbers.fail[index],
            .skip = numbers.skip[index],
            .no_data = numbers.no_data[index]};
  }
  int level(std::size_t index) const;
};

class ScoreLook {
 public:
  ScoreLook(const OrgMatrix::Tables& tables, const ScoreQuery& query);

  const Selection& selection() const { return selection_; }
  std::size_t pages() const { return pages_for(tables_.names.next()); }

  // The cells of a selected rule on a page. Adds those with an applicable cell to `any`. Ascending
  // pages, all rules of a page together.
  void turn_to(std::size_t page);
  RuleTally tally(const SelectedRule& rule, Words& any) const;
  // All counted rules' cells of each entity on the page turned to; nullptr = nobody has an
  // applicable cell. Good until the next turn.
  struct Want {
    bool levels = false;
  };
  const EntityPage* tally_entities(Want want);

 private:
  const OrgMatrix::Tables& tables_;
  Selection selection_;
  std::optional<Bitmap> wanted_;
  ScopePages scopes_;
  std::vector<std::size_t> counted_by_scope_;
  std::size_t page_ = 0;
  const Words* defined_ = nullptr;
  EntityTally entity_tally_;
  std::unique_ptr<EntityPage> entity_page_;
};

}  // namespace scorekeeper::matrix
