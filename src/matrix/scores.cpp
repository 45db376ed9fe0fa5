#include "matrix/scores.h"

#include <algorithm>
#include <utility>

#include "matrix/ranking.h"
#include "matrix/score_look.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

using Tables = OrgMatrix::Tables;

std::uint64_t count_cells(const ScoreCounts& counts) {
  return counts.pass + counts.fail + counts.skip + counts.no_data;
}

void add(ScoreCounts& counts, const RuleTally& tally) {
  counts.pass += tally.pass;
  counts.fail += tally.fail;
  counts.skip += tally.skip;
  counts.no_data += tally.no_data;
}

// The rows that the page shows, of some in their default order.
template <class Row, class Write>
ScorePage show(const std::vector<Row>& rows, const ScoreQuery& query, const Write& write) {
  ScorePage page;
  page.total = rows.size();
  std::vector<double> keys;
  for (const Row& row : rows) {
    page.sum += row.counts;
    if (query.sort != ScoreSort::none)
      keys.push_back(key_of(row.counts, query.sort, query.silence));
  }
  const auto chosen = query.sort == ScoreSort::none
                          ? choose_page(rows.size(), query.page)
                          : choose_page(keys, query.descending, query.page);
  for (const std::size_t place : chosen) page.rows.push_back(write(rows[place]));
  return page;
}

struct RuleRow {
  const Rule* rule = nullptr;
  ScoreCounts counts;
};

ScorePage by_rule(const Tables& tables, const ScoreQuery& query) {
  ScoreLook look(tables, query);
  std::vector<RuleRow> all;
  for (const SelectedRule& rule : look.selection().rules) all.push_back({rule.rule, {}});
  Words any{};
  for (std::size_t page = 0; page < look.pages(); ++page) {
    look.turn_to(page);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const SelectedRule& rule = look.selection().rules[i];
      if (rule.counted) add(all[i].counts, look.tally(rule, any));
    }
  }
  std::vector<RuleRow> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (look.selection().rules[i].counted) rows.push_back(all[i]);
  }
  return show(rows, query, [&](const RuleRow& row) {
    ScoreRow made;
    made.id = row.rule->id;
    made.name = row.rule->name;
    made.scorecard_id = tables.rulebook.find_scorecard(row.rule->scorecard)->id;
    made.level = row.rule->level;
    made.counts = row.counts;
    made.entities = count_cells(row.counts);
    return made;
  });
}

struct ScorecardRow {
  const Scorecard* scorecard = nullptr;
  ScoreCounts counts;
  std::uint64_t entities = 0;
  std::vector<const SelectedRule*> rules;
};

std::vector<ScorecardRow> scorecards_of(const Selection& selection, const Rulebook& rulebook) {
  std::vector<ScorecardRow> rows;
  for (const SelectedRule& rule : selection.rules) {
    if (!rule.counted) continue;
    const auto number = rule.rule->scorecard;
    auto place = std::ranges::lower_bound(
        rows, number, {}, [](const ScorecardRow& row) { return row.scorecard->number; });
    if (place == rows.end() || place->scorecard->number != number) {
      place = rows.insert(place, ScorecardRow());
      place->scorecard = rulebook.find_scorecard(number);
    }
    place->rules.push_back(&rule);
  }
  return rows;
}

ScorePage by_scorecard(const Tables& tables, const ScoreQuery& query) {
  ScoreLook look(tables, query);
  auto rows = scorecards_of(look.selection(), tables.rulebook);
  for (std::size_t page = 0; page < look.pages(); ++page) {
    look.turn_to(page);
    for (ScorecardRow& row : rows) {
      Words any{};
      for (const SelectedRule* rule : row.rules) add(row.counts, look.tally(*rule, any));
      row.entities += count_bits(any);
    }
  }
  return show(rows, query, [&](const ScorecardRow& row) {
    ScoreRow made;
    made.id = row.scorecard->id;
    made.name = row.scorecard->name;
    made.counts = row.counts;
    made.entities = row.entities;
    return made;
  });
}

std::vector<EntityScore> count_entities(const Tables& tables, const ScoreQuery& query) {
  ScoreLook look(tables, query);
  std::vector<EntityScore> rows;
  for (std::size_t page = 0; page < look.pages(); ++page) {
    look.turn_to(page);
    const EntityPage* entities = look.tally_entities({.levels = true});
    if (entities == nullptr) continue;
    for (std::size_t i = 0; i < page_entities; ++i) {
      const ScoreCounts counts = entities->counts(i);
      if (count_cells(counts) == 0) continue;
      rows.push_back({entity_at(page, i), entities->level(i), counts});
    }
  }
  return rows;
}

ScorePage by_entity(const Tables& tables, const ScoreQuery& query) {
  return show(count_entities(tables, query), query, [&](const EntityScore& row) {
    ScoreRow made;
    made.name = tables.names.text(row.entity);
    made.entity = row.entity;
    made.level = row.level;
    made.counts = row.counts;
    made.entities = 1;
    return made;
  });
}

struct GroupRow {
  std::string_view text;
  ScoreCounts counts;
  std::uint64_t entities = 0;
  std::uint64_t scored = 0;  // with a denominator
  double score_sum = 0;
};

ScorePage by_group(const Tables& tables, const ScoreQuery& query, const Dictionary& texts,
                   const Column* (Entities::*column)(std::size_t) const) {
  ScoreLook look(tables, query);
  std::vector<GroupRow> groups(texts.limit());
  for (std::size_t page = 0; page < look.pages(); ++page) {
    const Column* numbers = (tables.entities.*column)(page);
    if (numbers == nullptr) continue;
    look.turn_to(page);
    const EntityPage* entities = look.tally_entities({});
    if (entities == nullptr) continue;
    for (std::size_t i = 0; i < page_entities; ++i) {
      const ScoreCounts counts = entities->counts(i);
      if (count_cells(counts) == 0) continue;
      GroupRow& group = groups[(*numbers)[i]];
      group.counts += counts;
      ++group.entities;
      if (denominator_of(counts, query.silence) == 0) continue;
      ++group.scored;
      group.score_sum += score_of(counts, query.silence);
    }
  }
  std::vector<GroupRow> rows;
  for (std::uint32_t number = 1; number < groups.size(); ++number) {
    if (groups[number].entities == 0) continue;
    rows.push_back(groups[number]);
    rows.back().text = texts.text(number);
  }
  std::ranges::sort(rows, {}, &GroupRow::text);
  return show(rows, query, [&](const GroupRow& row) {
    ScoreRow made;
    made.id = row.text;
    made.counts = row.counts;
    made.entities = row.entities;
    if (row.scored > 0) {
      made.mean_entity_score = row.score_sum / static_cast<double>(row.scored);
    }
    return made;
  });
}

ScorePage count(const Tables& tables, const ScoreQuery& query) {
  switch (query.aggregation) {
    case Aggregation::by_entity:
      return by_entity(tables, query);
    case Aggregation::by_rule:
      return by_rule(tables, query);
    case Aggregation::by_scorecard:
      return by_scorecard(tables, query);
    case Aggregation::by_team:
      return by_group(tables, query, tables.entities.texts().owners, &Entities::owners);
    case Aggregation::by_kind:
      return by_group(tables, query, tables.entities.texts().kinds, &Entities::kinds);
  }
  return {};
}

// The same rows in the order that the query asks for.
std::vector<EntityScore> sorted(std::vector<EntityScore> rows, const ScoreQuery& query) {
  if (query.sort == ScoreSort::none) return rows;
  std::vector<double> keys;
  keys.reserve(rows.size());
  for (const auto& row : rows) keys.push_back(key_of(row.counts, query.sort, query.silence));
  std::vector<EntityScore> ordered;
  ordered.reserve(rows.size());
  const Page all{.offset = 0, .size = rows.size()};
  for (const std::size_t place : choose_page(keys, query.descending, all)) {
    ordered.push_back(rows[place]);
  }
  return ordered;
}

}  // namespace

ScorePage OrgMatrix::list_scores(const ScoreQuery& query) const {
  ReadLock lock(mutex_);
  ScorePage page = count(*tables_, query);
  page.position = tables_->position;
  return page;
}

std::vector<EntityScore> OrgMatrix::list_entity_scores(const ScoreQuery& query) const {
  std::vector<EntityScore> rows;
  {
    ReadLock lock(mutex_);
    rows = count_entities(*tables_, query);
  }
  return sorted(std::move(rows), query);
}

}  // namespace scorekeeper::matrix
