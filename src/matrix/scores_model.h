// A model of scores: a recount of plain maps, cell by cell. For tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/entity_definition.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/cells.h"
#include "matrix/filter.h"
#include "matrix/scores.h"

namespace scorekeeper::matrix {

struct ScoresModel {
  struct Entity {
    std::string reference;
    bool live = true;
    std::optional<EntityAttributes> attributes;
  };
  std::map<EntityNumber, Entity> entities;
  std::map<ScorecardNumber, Scorecard> scorecards;
  std::map<RuleNumber, Rule> rules;  // deleted ones too
  std::map<std::pair<RuleNumber, EntityNumber>, Cell> cells;

  // By rule and entity; must be asked again for after a change.
  using Membership = std::map<RuleNumber, std::map<EntityNumber, bool>>;
  Membership membership() const;
  bool matches(const EntityQuery& query, EntityNumber entity) const;
  ScorePage list_scores(const ScoreQuery& query) const;
  OutcomePage list_outcomes(const OutcomeFilter& filter, Page page) const;
};

}  // namespace scorekeeper::matrix
