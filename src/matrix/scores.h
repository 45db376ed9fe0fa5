// Questions about scores and their answers: values, copied under the lock. What the numbers mean
// (contract §7.3, 7.4, questions 37 to 39, decisions 24 and 25):
//
// A cell is a rule and an entity. It is applicable where the entity is live and in the rule's
// scope, and has a definition or an outcome: an entity that was only ever seen in outcomes has no
// cell without data. Of each row pass + fail + skip + no_data = its applicable cells, and rows add
// up to `sum` (by team: entities without owner are in no row).
//
// An entity's level is the largest N so that none of its applicable cells of rules of the levels 1
// to N fails or has no data; a level without applicable cells counts as reached. It looks at the
// selected rules whatever RuleSelection::levels says, which narrows the counts alone.
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
  std::optional<bool> custom;   // every rule is custom (decisions 34)
  std::optional<bool> enabled;  // not set: enabled rules; false: the disabled ones, a preview

  bool operator==(const RuleSelection&) const = default;
};

// A new field needs a line in: ranking.cpp (key_of).
enum class ScoreSort {
  none,  // by entity and by rule and by scorecard: their numbers; by team and by kind: their texts
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
  std::optional<EntityQuery> entities;  // none = all live ones
  ScoreSort sort = ScoreSort::none;     // ties: as with none
  bool descending = false;
  Page page;
  Silence silence = Silence::left_out;
};

struct ScoreRow {
  std::string id;            // of the rule or scorecard, or the team or kind; by entity: empty
  std::string name;          // of the rule or scorecard, or the canonical reference; else empty
  std::string scorecard_id;  // by rule
  EntityNumber entity;       // by entity
  std::optional<int> level;  // by rule: the rule's; by entity: 0 to 3
  ScoreCounts counts;
  std::uint64_t entities = 0;  // with at least one applicable cell
  // By team and by kind: of the entities' scores, of those with a denominator; none = there is
  // none.
  std::optional<double> mean_entity_score;

  bool operator==(const ScoreRow&) const = default;
};

// A row by entity in numbers.
struct EntityScore {
  EntityNumber entity;
  int level = 0;
  ScoreCounts counts;

  bool operator==(const EntityScore&) const = default;
};

// Entities, teams and kinds without an applicable cell have no row; selected rules, and scorecards
// with a selected rule, have one with zeros.
struct ScorePage {
  std::vector<ScoreRow> rows;
  std::uint64_t total = 0;  // rows, whatever the page
  ScoreCounts sum;          // of all rows, whatever the page
  RowId position;           // the last ledger row that is in the numbers
};

}  // namespace scorekeeper::matrix
