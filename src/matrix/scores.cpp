#include "matrix/scores.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "matrix/kernels.h"
#include "matrix/ranking.h"
#include "matrix/score_buffers.h"
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

// The places of the rows that a page shows, in the default order.
std::vector<std::uint32_t> first_places(std::size_t rows, Page page) {
  if (page.offset >= rows) return {};
  std::vector<std::uint32_t> places(std::min<std::uint64_t>(page.size, rows - page.offset));
  std::iota(places.begin(), places.end(), static_cast<std::uint32_t>(page.offset));
  return places;
}

// The rows that the page shows, of some in their default order.
template <class Row, class Write>
ScorePage show(const std::vector<Row>& rows, const ScoreQuery& query, const Write& write) {
  ScorePage page;
  page.total = rows.size();
  std::vector<double> keys;
  for (const Row& row : rows) {
    page.sum += row.counts;
    if (query.sort == ScoreSort::none) continue;
    keys.push_back(key_of(row.counts, query));
  }
  const auto chosen = query.sort == ScoreSort::none
                          ? first_places(rows.size(), query.page)
                          : choose_page(keys, query.descending, query.page);
  for (const std::uint32_t place : chosen) page.rows.push_back(write(rows[place]));
  return page;
}

struct RuleRow {
  const Rule* rule = nullptr;
  ScoreCounts counts;
};

// A question, within one look.
struct Question {
  const Tables& tables;
  const ScoreQuery& query;
  const Bitmap* wanted = nullptr;  // whom the query is about; nullptr = everybody
};

ScorePage by_rule(const Question& question) {
  const auto& [tables, query, wanted] = question;
  ScoreLook look(tables, query, wanted);
  std::vector<RuleRow> rows;
  for (const SelectedRule& rule : look.selection().rules) rows.push_back({rule.rule, {}});
  Words any{};
  for (const std::size_t page : look.pages()) {
    look.turn_to(page);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      add(rows[i].counts, look.tally(look.selection().rules[i], any));
    }
  }
  return show(rows, query, [&](const RuleRow& row) {
    ScoreRow made;
    made.id = row.rule->id;
    made.name = row.rule->name;
    made.scorecard_id = tables.rulebook.find_scorecard(row.rule->scorecard)->id;
    made.owner = row.rule->owner;
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

ScorePage by_scorecard(const Question& question) {
  const auto& [tables, query, wanted] = question;
  ScoreLook look(tables, query, wanted);
  auto rows = scorecards_of(look.selection(), tables.rulebook);
  for (const std::size_t page : look.pages()) {
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

// The key that entities are sorted by.
EntityKey key_in(const EntityNumbers& numbers, const ScoreQuery& query) {
  const Numbers* no_data =
      query.no_data == NoDataCounting::counts_as_fail ? &numbers.no_data : nullptr;
  switch (query.sort) {
    case ScoreSort::none:
    case ScoreSort::numerator:
    case ScoreSort::total_pass:
      return {.sum = {&numbers.pass}};
    case ScoreSort::score:
      return {.sum = {&numbers.pass, &numbers.fail, no_data},
              .dividend = &numbers.pass,
              .none = no_score(query.descending),
              .least = least_score};
    case ScoreSort::denominator:
      return {.sum = {&numbers.pass, &numbers.fail, no_data}};
    case ScoreSort::total_fail:
      return {.sum = {&numbers.fail}};
    case ScoreSort::total_skip:
      return {.sum = {&numbers.skip}};
    case ScoreSort::total_no_data:
      return {.sum = {&numbers.no_data}};
  }
  return {};
}

// Keys of entities without a row are negative.
void hide_others(const Words& somebody, std::span<double> keys) {
  for (std::size_t w = 0; w < page_words; ++w) {
    for (std::uint64_t none = ~somebody[w]; none != 0; none &= none - 1) {
      keys[w * word_entities + static_cast<std::size_t>(std::countr_zero(none))] = -1;
    }
  }
}

// Counts all entities into the buffer, a page each, and the keys to sort them by, a place for each.
void count_entities(ScoreLook& look, const ScoreQuery& query, ScoreBuffer& buffer,
                    ScorePage& page) {
  const std::size_t pages = look.pages().size();
  buffer.keys.resize(query.sort == ScoreSort::none ? 0 : pages * page_entities);
  for (std::size_t p = 0; p < pages; ++p) {
    const EntityPage& entities = look.tally_entities(p, buffer);
    page.total += count_bits(entities.somebody);
    page.sum += entities.sum;
    if (query.sort == ScoreSort::none) continue;
    const auto keys = std::span(buffer.keys).subspan(p * page_entities, page_entities);
    kernels().write_keys(key_in(entities.numbers, query), keys.data());
    hide_others(entities.somebody, keys);
  }
}

// The places of the entities that a page shows, in the order of their numbers.
std::vector<std::uint32_t> first_entities(const ScoreBuffer& buffer, std::size_t pages, Page page) {
  std::vector<std::uint32_t> places;
  for (std::size_t p = 0; p < pages && places.size() < page.size; ++p) {
    const Words& somebody = buffer.pages[p]->somebody;
    const std::uint64_t in_page = count_bits(somebody);
    if (page.offset >= in_page) {
      page.offset -= in_page;
      continue;
    }
    for (std::size_t w = 0; w < page_words; ++w) {
      for (std::uint64_t bits = somebody[w]; bits != 0 && places.size() < page.size;
           bits &= bits - 1) {
        if (page.offset > 0) {
          --page.offset;
          continue;
        }
        const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
        places.push_back(static_cast<std::uint32_t>(p * page_entities + w * word_entities + bit));
      }
    }
  }
  return places;
}

// Counts all entities, and gives the places of those that the page shows, in its order.
std::vector<std::uint32_t> rank_entities(ScoreLook& look, const ScoreQuery& query,
                                         ScoreBuffer& buffer, ScorePage& page) {
  count_entities(look, query, buffer, page);
  if (query.sort == ScoreSort::none) return first_entities(buffer, look.pages().size(), query.page);
  return choose_page(buffer.keys, query.descending, query.page);
}

EntityScore entity_score(const ScoreLook& look, const ScoreBuffer& buffer, std::uint32_t place) {
  const EntityPage& entities = *buffer.pages[place / page_entities];
  const std::size_t i = place % page_entities;
  return {.entity = entity_at(look.pages()[place / page_entities], i),
          .level = entities.level(i),
          .counts = entities.counts(i)};
}

ScorePage by_entity(const Question& question, ScoreBuffer& buffer) {
  const auto& [tables, query, wanted] = question;
  ScoreLook look(tables, query, wanted);
  ScorePage page;
  const auto places = rank_entities(look, query, buffer, page);
  page.rows.reserve(places.size());
  for (const std::uint32_t place : places) {
    const EntityScore score = entity_score(look, buffer, place);
    ScoreRow& row = page.rows.emplace_back();
    row.entity = score.entity;
    row.name = tables.names.text(score.entity);
    row.level = score.level.reached;
    row.highest_level = score.level.highest;
    row.counts = score.counts;
    row.entities = 1;
  }
  return page;
}

struct GroupRow {
  std::string_view text;
  ScoreCounts counts;
  std::uint64_t entities = 0;
  std::uint64_t scored = 0;  // with a denominator
  double score_sum = 0;
};

// Adds the entities of a page to the groups that their numbers in the column name; nullptr = all 0.
void add_to_groups(const EntityPage& entities, const Column* column, NoDataCounting no_data,
                   std::span<GroupRow> groups) {
  std::array<double, page_entities> scores;  // NOLINT(*-member-init): all are written
  EntityKey score{.sum = {&entities.numbers.pass, &entities.numbers.fail},
                  .dividend = &entities.numbers.pass};
  if (no_data == NoDataCounting::counts_as_fail) score.sum[2] = &entities.numbers.no_data;
  kernels().write_keys(score, scores.data());
  for (std::size_t w = 0; w < page_words; ++w) {
    for (std::uint64_t bits = entities.somebody[w]; bits != 0; bits &= bits - 1) {
      const auto i = w * word_entities + static_cast<std::size_t>(std::countr_zero(bits));
      const ScoreCounts counts = entities.counts(i);
      GroupRow& group = groups[column == nullptr ? 0 : (*column)[i]];
      group.counts += counts;
      group.score_sum += scores[i];
      ++group.entities;
      group.scored += denominator_of(counts, no_data) == 0 ? 0U : 1U;
    }
  }
}

// The column of entities that makes the groups.
struct Grouping {
  const Dictionary& texts;
  const Column* (Entities::*column)(std::size_t) const;
};

ScorePage by_group(const Question& question, Grouping grouping, ScoreBuffer& buffer) {
  const auto& [tables, query, wanted] = question;
  ScoreLook look(tables, query, wanted);
  const Dictionary& texts = grouping.texts;
  std::vector<GroupRow> groups(std::max<std::size_t>(texts.limit(), 1));
  for (std::size_t place = 0; place < look.pages().size(); ++place) {
    const Column* column = (tables.entities.*grouping.column)(look.pages()[place]);
    add_to_groups(look.tally_entities(place, buffer), column, query.no_data, groups);
  }
  std::vector<GroupRow> rows;
  for (std::uint32_t number = 0; number < groups.size(); ++number) {
    if (groups[number].entities == 0) continue;
    rows.push_back(groups[number]);
    if (number != 0) rows.back().text = texts.text(number);
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

ScorePage count(const Question& question, ScoreBuffer& buffer) {
  const Entities::Texts& texts = question.tables.entities.texts();
  switch (question.query.aggregation) {
    case Aggregation::by_entity:
      return by_entity(question, buffer);
    case Aggregation::by_rule:
      return by_rule(question);
    case Aggregation::by_scorecard:
      return by_scorecard(question);
    case Aggregation::by_team:
      return by_group(question, {texts.owners, &Entities::owners}, buffer);
    case Aggregation::by_kind:
      return by_group(question, {texts.kinds, &Entities::kinds}, buffer);
  }
  return {};
}

}  // namespace

Result<ScorePage> OrgMatrix::list_scores(const ScoreQuery& query, WorkBudget& budget) const {
  WantedEntities wanted(query.entity);
  TRY(sweep(wanted, budget));
  auto buffer = score_buffers_->take();
  buffer->begin(query);
  ScorePage page;
  TRY(ask(wanted, budget, [&](const Tables& tables) {
    page = count({tables, query, wanted.together()}, *buffer);
    page.position = tables.position;
  }));
  score_buffers_->give_back(std::move(buffer));
  return page;
}

ScorePage OrgMatrix::list_scores(const ScoreQuery& query) const {
  WorkBudget all;
  return *list_scores(query, all);
}

Result<std::vector<EntityScore>> OrgMatrix::list_entity_scores(ScoreQuery query,
                                                               WorkBudget& budget) const {
  query.page = {.offset = 0, .size = std::numeric_limits<std::uint32_t>::max()};
  WantedEntities wanted(query.entity);
  TRY(sweep(wanted, budget));
  auto buffer = score_buffers_->take();
  buffer->begin(query);
  std::vector<EntityScore> rows;
  TRY(ask(wanted, budget, [&](const Tables& tables) {
    ScoreLook look(tables, query, wanted.together());
    ScorePage page;
    const auto places = rank_entities(look, query, *buffer, page);
    rows.reserve(places.size());
    for (const std::uint32_t place : places) rows.push_back(entity_score(look, *buffer, place));
  }));
  score_buffers_->give_back(std::move(buffer));
  return rows;
}

}  // namespace scorekeeper::matrix
