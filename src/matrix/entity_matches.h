// Whom a query means, found out in many short looks: a query of many terms is asked of many
// entities without holding back the writer for longer than one look. Pages whose entities changed
// since they were matched are matched again, so that at last, under the lock of the question that
// it is for, only what changed meanwhile is left; and an export asks for each page once, however
// many looks it takes at the outcomes.
//
// One thread; each call under the lock of the OrgMatrix whose entities and names they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/entity_matcher.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

class EntityMatches {
 public:
  // All three must outlive it.
  EntityMatches(const EntityQuery& query, const Entities& entities, const Names& names);
  EntityMatches(const EntityMatches&) = delete;
  EntityMatches& operator=(const EntityMatches&) = delete;

  // A part of what is left to do, of at most query_look_max terms × entities; false = the last page
  // was reached. Call it again then, while sweep_matched() says that there was something to do.
  bool advance();
  // Pages that were matched between the last two times that the last page was reached.
  std::size_t sweep_matched() const { return sweep_matched_; }
  // All that is left, at once.
  void finish();

  // Those of the pages that were matched.
  const Bitmap& entities() const { return matched_; }

 private:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  std::size_t pages() const { return pages_for(names_.next()); }
  // Goes on to a page that changed since it was matched; false = there is none any more.
  bool find_stale();
  void match(std::size_t words);

  const Entities& entities_;
  const Names& names_;
  EntityMatcher matcher_;
  std::size_t words_in_look_;
  Bitmap matched_;
  std::vector<std::uint64_t> versions_;  // by page: of its entities when it was matched
  // Where it goes on: a page, and within one that is begun.
  std::size_t page_ = 0;
  std::size_t word_ = 0;
  std::uint64_t version_ = 0;  // of that page when it was begun
  std::size_t matched_since_ = 0;
  std::size_t sweep_matched_ = 0;
};

// Whom they are, once they are finished; nullptr = there is no query.
const Bitmap* finished(EntityMatches* matches);

}  // namespace scorekeeper::matrix
