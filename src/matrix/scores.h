// Scores (domain/score_list.h) in terms of the matrix:
//
// A cell is a rule and an entity. It is applicable where the entity is live and in the rule's
// scope, and has a definition or an outcome: an entity that was only ever seen in outcomes has no
// cell without data. A rule without a scope has every entity in its scope; but only those of
// Entities::defined_unscoped have a cell without data. In each row pass + fail + skip + no_data is
// the number of its applicable cells; the rows add up to `sum`.
//
// An entity's level looks at its applicable cells of the selected rules that are not skipped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/score_list.h"

namespace scorekeeper::matrix {

// The level that an entity reached, and the highest that applies to it; none if no rule applies.
// Reached is 0 if it does not pass a rule of its lowest level.
struct EntityLevel {
  std::optional<std::int8_t> reached;
  std::optional<std::int8_t> highest;

  bool operator==(const EntityLevel&) const = default;
};

// A row by entity in numbers. The names of numbers: OrgMatrix::labels_of().
struct EntityScore {
  EntityNumber entity;
  EntityLevel level;
  ScoreCounts counts;

  bool operator==(const EntityScore&) const = default;
};

struct EntityScores {
  std::vector<EntityScore> rows;
  std::uint64_t serial = 0;  // of the fold that the numbers are of
};

// The texts of some entities, one for one.
struct EntityLabels {
  std::vector<std::string> references;  // canonical
  std::vector<std::string> owners;      // handles of teams; empty = none
};

}  // namespace scorekeeper::matrix
