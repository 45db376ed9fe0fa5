// Counts the cells that a question about scores is about, in many short looks: pages of entities
// that are counted as they are now are not counted again, so that at last, in the look that the
// answer is made in, little but what changed meanwhile is left (matrix/entity_matches.h does the
// same for queries).
//
// One thread; each look under the lock of the OrgMatrix that is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/id.h"
#include "matrix/score_buffers.h"
#include "matrix/score_look.h"

namespace scorekeeper::matrix {

class ScoreCount {
 public:
  // Counts into the buffer, which must outlive it: by_entities its entity_pages, else its
  // rule_pages.
  ScoreCount(const ScoreQuery& query, ScoreBuffer& buffer);

  // Goes on through the pages, for so many steps, but one page at least. true = it came to the last
  // one.
  bool advance(ScoreLook& look, std::uint64_t steps_max);
  // The same, where the last page was reached before: true = all pages are counted as they are in
  // this look.
  bool finish(ScoreLook& look, std::uint64_t steps_max);
  // All pages are counted as they were in some look since the position since(), with the rules that
  // there are in this look, for the entities that are wanted in it.
  bool has_counted(const ScoreLook& look) const;
  // Entities that are gone since then have no row.
  void leave_out_removed(const ScoreLook& look);
  RowId since() const { return since_; }
  // Work since the last call.
  std::uint64_t take_steps() { return std::exchange(steps_, 0); }

 private:
  template <class Counts>
  bool walk(ScoreLook& look, CountedPages<Counts>& counted, std::uint64_t steps_max);

  ScoreBuffer& buffer_;
  bool by_entities_;
  std::size_t next_ = 0;            // page
  std::vector<std::uint64_t> met_;  // by page: the pass in which it was last found as it was
  std::uint64_t pass_ = 1;          // over the pages
  RowId begun_;                     // the position at the beginning of this pass
  RowId since_;                     // the same of the last one that came to the end
  std::uint64_t steps_ = 0;
};

}  // namespace scorekeeper::matrix
