// The recount of scores_model.h, as plain as it can be written.
#include "matrix/scores_model.h"

#include <algorithm>

#include "domain/entity.h"
#include "matrix/entities.h"

namespace scorekeeper::matrix {
namespace {

template <class Value>
bool is_one_of(const std::optional<std::vector<Value>>& wanted, const Value& value) {
  return !wanted || std::ranges::find(*wanted, value) != wanted->end();
}

std::uint64_t count_cells(const ScoreCounts& counts) {
  return counts.pass + counts.fail + counts.skip + counts.no_data;
}

struct Recounted {
  ScoreRow row;
  double score_sum = 0;
  std::uint64_t scored = 0;
};

struct Question {
  const ScoresModel& model;
  const ScoreQuery& query;
  ScoresModel::Membership members;
  std::vector<const Rule*> rules;
};

// Whether a rule applies to an entity that has a cell of it, or none.
bool applies(const Question& question, const Rule& rule, EntityNumber entity, bool has_cell) {
  const auto& known = question.model.entities.at(entity);
  if (!question.members.at(rule.number).at(entity)) return false;
  if (has_cell) return true;
  if (!known.attributes) return false;
  const auto kind = known.reference.substr(0, known.reference.find(':'));
  return !rule.scope_query.empty() || kind == "service" || kind == "queue" || kind == "datastore";
}

// By the level of the rules that apply and are not skipped: whether all of them pass.
using Levels = std::map<int, bool>;

std::optional<int> reached(const Levels& levels) {
  std::optional<int> level;
  for (const auto& [number, passes] : levels) {
    if (!passes) return level.value_or(0);
    level = number;
  }
  return level;
}

bool is_wanted(const Question& question, EntityNumber entity) {
  const auto& [model, query, members, rules] = question;
  const auto& known = model.entities.at(entity);
  return known.live && (!query.entity.query || model.matches(*query.entity.query, entity)) &&
         (!query.entity.reference || *query.entity.reference == known.reference) &&
         (!query.entity.name || *query.entity.name == split_canonical(known.reference).name);
}

// Its applicable cells of some of the selected rules, and its level.
ScoreRow recount(const Question& question, EntityNumber entity,
                 const std::vector<const Rule*>& rules) {
  const auto& [model, query, members, all] = question;
  ScoreRow row;
  Levels levels;
  if (!is_wanted(question, entity)) return row;
  for (const Rule* rule : rules) {
    const auto cell = model.cells.find({rule->number, entity});
    const bool has_cell = cell != model.cells.end();
    if (!applies(question, *rule, entity, has_cell)) continue;
    if (!has_cell || cell->second.state != State::skip) {
      const bool passes = has_cell && cell->second.state == State::pass;
      const auto level = levels.try_emplace(rule->level, true).first;
      level->second = level->second && passes;
    }
    if (!has_cell) {
      ++row.counts.no_data;
    } else {
      row.counts.pass += cell->second.state == State::pass ? 1U : 0U;
      row.counts.fail += cell->second.state == State::fail ? 1U : 0U;
      row.counts.skip += cell->second.state == State::skip ? 1U : 0U;
    }
  }
  row.level = reached(levels);
  if (!levels.empty()) row.highest_level = levels.rbegin()->first;
  row.entity = entity;
  row.name = model.entities.at(entity).reference;
  row.entities = count_cells(row.counts) == 0 ? 0 : 1;
  return row;
}

std::vector<const Rule*> rules_of(const ScoresModel& model, const RuleSelection& wanted) {
  std::vector<const Rule*> rules;
  for (const auto& [number, rule] : model.rules) {
    if (!rule.removed_at_position && rule.enabled == wanted.enabled.value_or(true) &&
        wanted.custom.value_or(true) && is_one_of(wanted.ids, rule.id) &&
        is_one_of(wanted.scorecard_ids, model.scorecards.at(rule.scorecard).id) &&
        (!wanted.name || *wanted.name == rule.name) && is_one_of(wanted.levels, rule.level)) {
      rules.push_back(&rule);
    }
  }
  return rules;
}

// The rows of one rule, a scorecard's or all rules, summed over entities into groups by text.
void add(std::map<std::string, Recounted>& rows, const std::string& key, const ScoreRow& entity,
         NoDataCounting no_data) {
  Recounted& row = rows[key];
  row.row.counts += entity.counts;
  row.row.entities += entity.entities;
  const auto score = score_of(entity.counts, no_data);
  if (!score) return;
  ++row.scored;
  row.score_sum += *score;
}

std::vector<ScoreRow> rows_by_rules(const Question& question) {
  const auto& [model, query, members, rules] = question;
  std::map<ScorecardNumber, std::vector<const Rule*>> scorecards;
  std::vector<ScoreRow> rows;
  const auto count = [&](const std::vector<const Rule*>& some, ScoreRow row) {
    for (const auto& [entity, known] : model.entities) {
      const auto counted = recount(question, entity, some);
      row.counts += counted.counts;
      row.entities += counted.entities;
    }
    rows.push_back(std::move(row));
  };
  for (const Rule* rule : rules) {
    scorecards[rule->scorecard].push_back(rule);
    if (query.aggregation != Aggregation::by_rule) continue;
    ScoreRow row;
    row.id = rule->id;
    row.name = rule->name;
    row.scorecard_id = model.scorecards.at(rule->scorecard).id;
    row.owner = rule->owner;
    row.level = rule->level;
    count({rule}, row);
  }
  if (query.aggregation == Aggregation::by_rule) return rows;
  for (const auto& [number, some] : scorecards) {
    ScoreRow row;
    row.id = model.scorecards.at(number).id;
    row.name = model.scorecards.at(number).name;
    count(some, row);
  }
  return rows;
}

std::vector<ScoreRow> rows_by_entities(const Question& question) {
  const auto& [model, query, members, rules] = question;
  std::vector<ScoreRow> entities;
  std::map<std::string, Recounted> groups;
  for (const auto& [entity, known] : model.entities) {
    const ScoreRow row = recount(question, entity, rules);
    if (count_cells(row.counts) == 0) continue;
    entities.push_back(row);
    if (query.aggregation == Aggregation::by_kind) {
      add(groups, known.reference.substr(0, known.reference.find(':')), row, query.no_data);
    } else {
      add(groups, known.attributes ? known.attributes->owner : "", row, query.no_data);
    }
  }
  if (query.aggregation == Aggregation::by_entity) return entities;
  std::vector<ScoreRow> rows;
  for (const auto& [text, group] : groups) {
    rows.push_back(group.row);
    rows.back().id = text;
    if (group.scored == 0) continue;
    rows.back().mean_entity_score = group.score_sum / static_cast<double>(group.scored);
  }
  return rows;
}

// None: the row has nothing to be sorted by and comes last.
std::optional<double> sorted_by(const ScoreCounts& counts, const ScoreQuery& query) {
  switch (query.sort) {
    case ScoreSort::none:
      return 0;
    case ScoreSort::score:
      return score_of(counts, query.no_data);
    case ScoreSort::numerator:
    case ScoreSort::total_pass:
      return static_cast<double>(counts.pass);
    case ScoreSort::denominator:
      return static_cast<double>(denominator_of(counts, query.no_data));
    case ScoreSort::total_fail:
      return static_cast<double>(counts.fail);
    case ScoreSort::total_skip:
      return static_cast<double>(counts.skip);
    case ScoreSort::total_no_data:
      return static_cast<double>(counts.no_data);
  }
  return 0;
}

}  // namespace

bool ScoresModel::matches(const EntityQuery& query, EntityNumber entity) const {
  const Entity& known = entities.at(entity);
  const FactsOf facts(known.reference, known.attributes ? &*known.attributes : nullptr);
  return known.live && query.matches(facts.facts());
}

ScoresModel::Membership ScoresModel::membership() const {
  Membership members;
  for (const auto& [number, rule] : rules) {
    const auto query = EntityQuery::parse(rule.scope_query, "scope_query");
    for (const auto& [entity, known] : entities) {
      members[number][entity] = query && matches(*query, entity);
    }
  }
  return members;
}

ScorePage ScoresModel::list_scores(const ScoreQuery& query) const {
  const Question question{*this, query, membership(), rules_of(*this, query.rules)};
  const bool by_rules =
      query.aggregation == Aggregation::by_rule || query.aggregation == Aggregation::by_scorecard;
  auto rows = by_rules ? rows_by_rules(question) : rows_by_entities(question);
  // Rows that compare alike keep their order: each is put behind those that do not come after it.
  const auto comes_before = [&](const ScoreRow& one, const ScoreRow& other) {
    const auto first = sorted_by(one.counts, query);
    const auto second = sorted_by(other.counts, query);
    if (!first || !second) return first.has_value() && !second;
    return query.descending ? *first > *second : *first < *second;
  };
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    std::rotate(std::upper_bound(rows.begin(), row, *row, comes_before), row, row + 1);
  }
  ScorePage page;
  page.total = rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    page.sum += rows[i].counts;
    if (i >= query.page.offset && page.rows.size() < query.page.size) page.rows.push_back(rows[i]);
  }
  return page;
}

OutcomePage ScoresModel::list_outcomes(const OutcomeFilter& filter, Page page) const {
  OutcomePage found;
  const Membership members = membership();
  for (const auto& [at, cell] : cells) {
    const Rule& rule = rules.at(at.first);
    const std::string& reference = entities.at(at.second).reference;
    const auto name = reference.substr(reference.find('/') + 1);
    if (rule.removed_at_position || !members.at(at.first).at(at.second) ||
        (filter.state && *filter.state != cell.state) ||
        (filter.rule.id && *filter.rule.id != rule.id) ||
        (filter.rule.enabled && *filter.rule.enabled != rule.enabled) ||
        (filter.service_name && *filter.service_name != name) ||
        (filter.entity.name && *filter.entity.name != name) ||
        (filter.entity.reference && *filter.entity.reference != reference) ||
        (filter.entity.query && !matches(*filter.entity.query, at.second))) {
      continue;
    }
    if (page.offset > 0) {
      --page.offset;
    } else if (found.outcomes.size() < page.size) {
      found.outcomes.push_back({at.first, at.second, cell, reference});
    }
  }
  return found;
}

}  // namespace scorekeeper::matrix
