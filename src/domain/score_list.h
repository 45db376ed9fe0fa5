// Questions about scores and their answers. docs/scores.md says what the numbers mean to a user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/filter.h"
#include "domain/score.h"

namespace scorekeeper {

// The rules that count: those that match all that is set; an empty list matches none. Deleted rules
// never do.
struct RuleSelection {
  std::optional<std::vector<std::string>> ids;
  std::optional<std::vector<std::string>> scorecard_ids;
  std::optional<std::string> name;  // exact
  std::optional<std::vector<int>> levels;
  std::optional<bool> custom;   // every rule is custom
  std::optional<bool> enabled;  // not set: enabled rules; false: the disabled ones, a preview

  bool operator==(const RuleSelection&) const = default;
};

// A new field needs a line in: matrix/ranking.cpp (key_of), matrix/scores.cpp (key_in),
// wire/scores.cpp (name).
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
  EntityFilter entity;
  ScoreSort sort = ScoreSort::none;  // ties: as with none; rows without a score are the last
  bool descending = false;
  Page page;
  NoDataCounting no_data = NoDataCounting::left_out;
};

struct ScoreRow {
  // Id of the rule or scorecard; text of the team or kind. Empty for entities without a team. By
  // entity the matrix leaves it empty, and the API puts the UUID of the entity.
  std::string id;
  std::string name;          // of the rule or scorecard, or the canonical reference; else empty
  std::string owner;         // by rule: the rule's; by entity, in CSV alone: the entity's
  std::string scorecard_id;  // by rule
  // By rule: the rule's. By entity: 0 to 3, and the highest that applies; none where no rule does.
  std::optional<int> level;
  std::optional<int> highest_level;
  ScoreCounts counts;
  std::uint64_t entities = 0;  // with at least one applicable cell
  // By team and by kind: of the entities' scores, of those with a denominator; none = there is
  // none.
  std::optional<double> mean_entity_score;
  EntityNumber entity{};  // by entity

  bool operator==(const ScoreRow&) const = default;
};

// Entities, teams and kinds without an applicable cell have no row; selected rules, and scorecards
// with a selected rule, have one with zeros.
struct ScorePage {
  std::vector<ScoreRow> rows;
  std::uint64_t total = 0;  // rows, whatever the page
  ScoreCounts sum;          // of all rows, whatever the page
  RowId position;           // the last change of the log that is in the numbers
};

}  // namespace scorekeeper
