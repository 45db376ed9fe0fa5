// The entities that a question is about: those that its query means and that have its names; all
// entities where it has neither. Found in many short looks (matrix/entity_matches.h,
// matrix/named_entities.h).
//
// One thread; each call under the lock of the OrgMatrix that is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/limits.h"
#include "domain/filter.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/entity_matches.h"
#include "matrix/named_entities.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

class WantedEntities {
 public:
  // The filter must outlive it. `name_or_reference`: as in NameFilter.
  explicit WantedEntities(const EntityFilter& filter,
                          const std::optional<std::string>& name_or_reference = std::nullopt);
  WantedEntities(const WantedEntities&) = delete;
  WantedEntities& operator=(const WantedEntities&) = delete;

  // As those of EntityMatches.
  bool advance(const Entities& entities, const Names& names);
  std::size_t sweep_matched() const { return matches_ ? matches_->sweep_matched() : 0; }
  bool finish(const Entities& entities, const Names& names,
              std::uint64_t steps_max = query_look_max);
  std::uint64_t take_steps();

  // nullptr = there is no such filter. Both hold for who is wanted.
  const Bitmap* by_query() const { return matches_ ? &matches_->entities() : nullptr; }
  const NamedEntities* by_name() const { return named_ ? &*named_ : nullptr; }
  // Both together, as a copy where there are both; nullptr = everybody.
  const Bitmap* together();

 private:
  std::optional<EntityMatches> matches_;
  std::optional<NamedEntities> named_;
  Bitmap both_;
};

}  // namespace scorekeeper::matrix
