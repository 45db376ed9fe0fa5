// Counts the applicable cells of each entity of a page over many rules, eight rules at a time
// (matrix/kernels.h). Lives within one question; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "domain/rule.h"
#include "matrix/bitmap.h"
#include "matrix/cell_page.h"
#include "matrix/kernels.h"
#include "matrix/scores.h"

namespace scorekeeper::matrix {

// The entities of a page: their applicable cells, who has one, and how they stand at each level
// (level_min first).
struct EntityPage {
  EntityNumbers numbers{};
  Words somebody{};
  std::array<LevelWords, level_max> levels{};
  ScoreCounts sum;

  ScoreCounts counts(std::size_t index) const {
    return {.pass = numbers.pass[index],
            .fail = numbers.fail[index],
            .skip = numbers.skip[index],
            .no_data = numbers.no_data[index]};
  }
  EntityLevel level(std::size_t index) const;
};

class EntityTally {
 public:
  // `rules`: how many are counted at most.
  explicit EntityTally(std::size_t rules);

  // Begins a page. First come the cells of rules without a scope, if there are any, and
  // end_unscoped(); then those of the others.
  void clear();
  // A rule's cells on the page, of those in its scope, which must stay until the next page.
  void add_cells(const CellPage& cells, const Words& scope);
  // Rules without a scope apply to these entities only where they have a cell.
  void end_unscoped(const Words& only_reported);
  // So many rules expect an outcome of those in the scope.
  void add_scope(const Words& scope, std::size_t rules);
  // Fills all but `levels`.
  void finish(const Words& defined, EntityPage& page);

 private:
  void tally_waiting();

  std::size_t digits_;
  std::vector<Words> counters_;  // pass, fail, skip, scope: digits_ each
  std::array<ScopedPlanes, 8> waiting_;
  std::array<PlaneBuffer, 8> buffers_{};
  std::size_t count_waiting_ = 0;
};

}  // namespace scorekeeper::matrix
