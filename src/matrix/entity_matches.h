// Finds the entities that a query means, in many short looks: a query of many terms is evaluated
// for many entities without holding back the writer for longer than one look. Pages whose entities
// changed since they were matched are matched again, so that at last, under the lock of the
// question that it is for, little but what changed meanwhile is left; and an export asks for each
// page once, however many looks it takes at the outcomes.
//
// One thread; each call under the lock of the OrgMatrix whose entities and names they are. When
// that was folded again meanwhile, it begins again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/entity_matcher.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

class EntityMatches {
 public:
  // The query must outlive it.
  explicit EntityMatches(const EntityQuery& query);
  EntityMatches(const EntityMatches&) = delete;
  EntityMatches& operator=(const EntityMatches&) = delete;

  // A part of what is left to do, of some query_look_max steps; false = the last page was reached.
  // Call it again then, while sweep_matched() says that there was something to do.
  bool advance(const Entities& entities, const Names& names);
  // Pages that were matched between the last two times that the last page was reached.
  std::size_t sweep_matched() const { return sweep_matched_; }
  // Does the rest when the last page was reached, in one look of so many steps. true = nothing is
  // left: entities() are those of this look. false = it was too much for one look: advance() until
  // the last page is reached, then try again.
  bool finish(const Entities& entities, const Names& names,
              std::uint64_t steps_max = query_look_max);
  // The writer's, who keeps what was matched up to date by himself: whether a page is matched as
  // its entities are, or as far as it is begun; and, once they have changed and the bits of
  // entities() with them, that it still is.
  bool has_met(const Entities& entities, std::size_t page) const;
  void keep(const Entities& entities, std::size_t page);
  Bitmap& entities() { return matched_; }
  // Work since the last call.
  std::uint64_t take_steps() { return std::exchange(steps_, 0); }

  // The matching entities of the pages that were asked.
  const Bitmap& entities() const { return matched_; }
  Bitmap take_entities() { return std::move(matched_); }

 private:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  void meet(const Entities& entities);
  bool look(const Entities& entities, const Names& names, std::uint64_t steps_max);
  // Goes on to a page that changed since it was matched; false = there is none any more.
  bool find_stale(const Entities& entities, const Names& names);
  void match(const Entities& entities, const Names& names, std::size_t words);

  const EntityQuery& query_;
  std::uint64_t serial_ = 0;  // of the entities that all the rest is about
  std::optional<EntityMatcher> matcher_;
  std::size_t words_in_piece_ = page_words;
  std::uint64_t steps_ = 0;
  Bitmap matched_;
  std::vector<std::uint64_t> versions_;  // by page: of its entities when it was matched
  // The page where it goes on, and the word within a page that is begun.
  std::size_t page_ = 0;
  std::size_t word_ = 0;
  std::uint64_t version_ = 0;  // of that page when it was begun
  std::size_t matched_since_ = 0;
  std::size_t sweep_matched_ = 0;
};

}  // namespace scorekeeper::matrix
