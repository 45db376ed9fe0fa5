// New scopes of rules that are about to be published while others wait for the writer: evaluated
// for all entities in pieces, beginning with the draft that there may be, and kept as the entities
// are while these go on changing between the pieces. So each piece leaves less to do, and what is
// prepared is published without asking anybody.
//
// The writer's thread; what looks at entities under OrgMatrix's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "domain/entity_query.h"
#include "matrix/entities.h"
#include "matrix/fact_terms.h"
#include "matrix/names.h"
#include "matrix/scopes.h"

namespace scorekeeper::matrix {

class PreparedScopes {
 public:
  // By canonical text: these, and no others any more.
  void want(const std::map<std::string, EntityQuery>& queries, DraftShelf& drafts);
  // A piece of the work, of some `steps`. true = nothing is left.
  bool advance(const Entities& entities, const Names& names, std::uint64_t steps);
  // apply_changes(): these entities, ascending, are about to become as their facts say. keep():
  // they have.
  void apply_changes(std::span<const ChangedEntity> changed, const Entities& entities);
  void keep(const Entities& entities);
  // For Scopes::decide, which takes what it uses.
  ScopeDrafts& scopes() { return scopes_; }
  // Work so far, and work for scopes that were not prepared.
  std::uint64_t steps() const { return steps_; }
  void spend(std::uint64_t steps) { steps_ += steps; }

 private:
  struct Kept {
    EntityMatches* matches = nullptr;
    std::size_t page = 0;
  };

  ScopeDrafts scopes_;
  std::vector<Kept> kept_;  // from apply_changes() to keep()
  std::uint64_t steps_ = 0;
};

}  // namespace scorekeeper::matrix
