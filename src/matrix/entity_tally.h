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

namespace scorekeeper::matrix {

// The entities of a page: their applicable cells, who has one, and who misses something on the way
// to each level (level_min first).
struct EntityPage {
  EntityNumbers numbers{};
  Words somebody{};
  std::array<Words, level_max> missing{};
  ScoreCounts sum;

  ScoreCounts counts(std::size_t index) const {
    return {.pass = numbers.pass[index],
            .fail = numbers.fail[index],
            .skip = numbers.skip[index],
            .no_data = numbers.no_data[index]};
  }
  int level(std::size_t index) const;
};

class EntityTally {
 public:
  // `rules`: how many are counted at most.
  explicit EntityTally(std::size_t rules);

  // Begins a page.
  void clear();
  // A rule's cells on the page, of those in its scope, which must stay until the next page.
  void add_cells(const CellPage& cells, const Words& scope);
  // So many rules have that scope.
  void add_scope(const Words& scope, std::size_t rules);
  // Fills all but `missing`.
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
