// Questions about scores and their answers: values, copied under the lock. docs/scores.md says what
// the numbers mean to a user. In terms of the matrix:
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
#include "domain/entity_query.h"
#include "domain/score.h"
#include "matrix/filter.h"

namespace scorekeeper::matrix {

// The rules that count: those that match all that is set. Deleted rules never do.
struct RuleSelection {
  std::optional<std::vector<std::string>> ids;
  std::optional<std::vector<std::string>> scorecard_ids;
  std::optional<std::string> name;  // exact
  std::optional<std::vector<int>> levels;
  std::optional<bool> custom;   // every rule is custom
  std::optional<bool> enabled;  // not set: enabled rules; false: the disabled ones, a preview

  bool operator==(const RuleSelection&) const = default;
};

// A new field needs a line in: ranking.cpp (key_of), scores.cpp (key_in).
enum class ScoreSort {
  none,  // ascending by number (entities, rules, scorecards) or by text (teams, kinds)
  score,
  numerator,
  denominator,
  total_pass,
  total_fail,
  total_skip,
  total_no_data,
};

struct ScoreQuery {
  Aggregation aggregation = Aggregation::by_entity;
  RuleSelection rules;
  // An entity must match every member that is set; if none is set, all live ones match.
  std::optional<EntityQuery> entities;
  std::optional<std::string> entity_reference;  // canonical
  std::optional<std::string> entity_name;       // of any kind and namespace
  ScoreSort sort = ScoreSort::none;  // ties: as with none; rows without a score are the last
  bool descending = false;
  Page page;
  Silence silence = Silence::left_out;
};

struct ScoreRow {
  // Id of the rule or scorecard; text of the team or kind. Empty by entity, and for entities
  // without a team.
  std::string id;
  std::string name;          // of the rule or scorecard, or the canonical reference; else empty
  std::string scorecard_id;  // by rule
  std::string owner;         // by rule: the rule's
  EntityNumber entity;       // by entity
  // By rule: the rule's level. By entity: the reached level, 0 to 3, and the highest that applies;
  // none if no rule applies.
  std::optional<int> level;
  std::optional<int> highest_level;
  ScoreCounts counts;
  std::uint64_t entities = 0;  // with at least one applicable cell
  // By team and by kind: the mean of the scores of their entities that have one; else none.
  std::optional<double> mean_entity_score;

  bool operator==(const ScoreRow&) const = default;
};

// The level that an entity reached, and the highest that applies to it; none if no rule applies.
// Reached is 0 if it does not pass a rule of its lowest level.
struct EntityLevel {
  std::optional<std::int8_t> reached;
  std::optional<std::int8_t> highest;

  bool operator==(const EntityLevel&) const = default;
};

// A row by entity in numbers.
struct EntityScore {
  EntityNumber entity;
  EntityLevel level;
  ScoreCounts counts;

  bool operator==(const EntityScore&) const = default;
};

// Entities, teams and kinds without an applicable cell have no row; selected rules, and scorecards
// with a selected rule, have one with zeros.
struct ScorePage {
  std::vector<ScoreRow> rows;
  std::uint64_t total = 0;  // rows, whatever the page
  ScoreCounts sum;          // of all rows, whatever the page
  RowId position;           // the last change of the log that is in the numbers
};

}  // namespace scorekeeper::matrix
