#include "matrix/scores.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/assert.h"
#include "matrix/kernels.h"
#include "matrix/ranking.h"
#include "matrix/score_buffers.h"
#include "matrix/score_count.h"
#include "matrix/score_look.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

using Pages = std::span<const std::size_t>;  // that the buffer has the counts of

std::uint64_t count_cells(const ScoreCounts& counts) {
  return counts.pass + counts.fail + counts.skip + counts.no_data;
}

void add(ScoreCounts& counts, const RulePage::Counts& page) {
  counts.pass += page.pass;
  counts.fail += page.fail;
  counts.skip += page.skip;
  counts.no_data += page.no_data;
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

ScorePage by_rule(const ScoreLook& look, const ScoreQuery& query, const ScoreBuffer& buffer) {
  std::vector<RuleRow> rows;
  for (const SelectedRule& rule : look.selection().rules) rows.push_back({rule.rule, {}});
  for (const std::size_t page : look.pages()) {
    const RulePage& counts = buffer.rule_pages[page];
    ASSERT(counts.rules.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) add(rows[i].counts, counts.rules[i]);
  }
  return show(rows, query, [&](const RuleRow& row) {
    ScoreRow made;
    made.id = row.rule->id;
    made.name = row.rule->name;
    made.scorecard_id = look.tables().rulebook.find_scorecard(row.rule->scorecard)->id;
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
};

ScorePage by_scorecard(const ScoreLook& look, const ScoreQuery& query, const ScoreBuffer& buffer) {
  const auto scorecards = look.scorecards();
  std::vector<ScorecardRow> rows;
  for (const SelectedScorecard& one : scorecards) rows.push_back({one.scorecard, {}});
  for (const std::size_t page : look.pages()) {
    const RulePage& counts = buffer.rule_pages[page];
    ASSERT(counts.entities.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (const std::size_t place : scorecards[i].rules) add(rows[i].counts, counts.rules[place]);
      rows[i].entities += counts.entities[i];
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

// Adds all entities up, and writes the keys to sort them by, a place for each.
void sum_entities(Pages pages, const ScoreQuery& query, ScoreBuffer& buffer, ScorePage& page) {
  buffer.keys.resize(query.sort == ScoreSort::none ? 0 : pages.size() * page_entities);
  for (std::size_t p = 0; p < pages.size(); ++p) {
    const EntityPage& entities = buffer.entity_pages[pages[p]];
    page.total += count_bits(entities.somebody);
    page.sum += entities.sum;
    if (query.sort == ScoreSort::none) continue;
    const auto keys = std::span(buffer.keys).subspan(p * page_entities, page_entities);
    kernels().write_keys(key_in(entities.numbers, query), keys.data());
    hide_others(entities.somebody, keys);
  }
}

// The places of the entities that a page shows, in the order of their numbers.
std::vector<std::uint32_t> first_entities(Pages pages, const ScoreBuffer& buffer, Page page) {
  std::vector<std::uint32_t> places;
  for (std::size_t p = 0; p < pages.size() && places.size() < page.size; ++p) {
    const Words& somebody = buffer.entity_pages[pages[p]].somebody;
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

// Adds all entities up, and gives the places of those that the page shows, in its order.
std::vector<std::uint32_t> rank_entities(Pages pages, const ScoreQuery& query, ScoreBuffer& buffer,
                                         ScorePage& page) {
  sum_entities(pages, query, buffer, page);
  if (query.sort == ScoreSort::none) return first_entities(pages, buffer, query.page);
  return choose_page(buffer.keys, query.descending, query.page);
}

EntityScore entity_score(Pages pages, const ScoreBuffer& buffer, std::uint32_t place) {
  const std::size_t page = pages[place / page_entities];
  const EntityPage& entities = buffer.entity_pages[page];
  const std::size_t i = place % page_entities;
  return {.entity = entity_at(page, i), .level = entities.level(i), .counts = entities.counts(i)};
}

// Without names.
ScorePage by_entity(Pages pages, const ScoreQuery& query, ScoreBuffer& buffer) {
  ScorePage page;
  const auto places = rank_entities(pages, query, buffer, page);
  page.rows.reserve(places.size());
  for (const std::uint32_t place : places) {
    const EntityScore score = entity_score(pages, buffer, place);
    ScoreRow& row = page.rows.emplace_back();
    row.entity = score.entity;
    row.level = score.level.reached;
    row.highest_level = score.level.highest;
    row.counts = score.counts;
    row.entities = 1;
  }
  return page;
}

struct GroupRow {
  std::string text;
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

// The groups of the entities of some pages: by page the numbers of their texts (none = all 0), and
// the texts by number.
struct Groups {
  std::vector<std::unique_ptr<const Column>> columns;
  std::vector<std::string> texts;
};

Groups groups_of(const ScoreLook& look, Aggregation aggregation) {
  const Entities& entities = look.tables().entities;
  const bool by_team = aggregation == Aggregation::by_team;
  const Dictionary& texts = by_team ? entities.texts().owners : entities.texts().kinds;
  Groups groups;
  for (const std::size_t page : look.pages()) {
    const Column* column = by_team ? entities.owners(page) : entities.kinds(page);
    groups.columns.push_back(column == nullptr ? nullptr : std::make_unique<const Column>(*column));
  }
  groups.texts.emplace_back();
  for (std::uint32_t n = 1; n < texts.limit(); ++n) groups.texts.emplace_back(texts.text(n));
  return groups;
}

ScorePage by_group(Pages pages, const ScoreQuery& query, const ScoreBuffer& buffer, Groups groups) {
  std::vector<GroupRow> rows(groups.texts.size());
  for (std::size_t p = 0; p < pages.size(); ++p) {
    add_to_groups(buffer.entity_pages[pages[p]], groups.columns[p].get(), query.no_data, rows);
  }
  for (std::size_t n = 0; n < rows.size(); ++n) rows[n].text = std::move(groups.texts[n]);
  std::erase_if(rows, [](const GroupRow& row) { return row.entities == 0; });
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

// The part of an answer that is taken out of the last look; the rest is made outside the lock.
struct Found {
  std::vector<std::size_t> pages;
  Groups groups;   // by team and by kind
  ScorePage page;  // by rule and by scorecard
  std::uint64_t serial = 0;
};

Found find(const ScoreLook& look, const ScoreQuery& query, const ScoreBuffer& buffer) {
  Found found;
  found.pages.assign(look.pages().begin(), look.pages().end());
  found.serial = look.tables().entities.serial();
  if (query.aggregation == Aggregation::by_rule) found.page = by_rule(look, query, buffer);
  if (query.aggregation == Aggregation::by_scorecard) {
    found.page = by_scorecard(look, query, buffer);
  }
  if (query.aggregation == Aggregation::by_team || query.aggregation == Aggregation::by_kind) {
    found.groups = groups_of(look, query.aggregation);
  }
  return found;
}

ScorePage finish(Found found, const ScoreQuery& query, ScoreBuffer& buffer) {
  if (query.aggregation == Aggregation::by_entity) {
    return by_entity(found.pages, query, buffer);
  }
  if (!found.groups.texts.empty()) {
    return by_group(found.pages, query, buffer, std::move(found.groups));
  }
  return std::move(found.page);
}

}  // namespace

// Most counts are done in the first look. Later ones may be longer, at last some 50 ms, to catch up
// with changes. Where these still come faster, the numbers are of several looks: each cell as it
// was at some time since the position that is told.
template <class Act>
Result<void> OrgMatrix::count(const ScoreQuery& query, ScoreBuffer& buffer, WorkBudget& budget,
                              const Act& act) const {
  constexpr std::uint64_t steps_max = 16 * query_look_max;
  WantedEntities wanted(query.entity);
  TRY(sweep(wanted, budget));
  ScoreCount count(query, buffer);
  for (std::uint64_t steps = query_look_max;; steps *= 4) {
    const bool last = steps == steps_max;
    {
      ReadLock lock(mutex_);
      const Tables& tables = *tables_;
      const bool found = wanted.finish(tables.entities, tables.names, steps);
      std::optional<ScoreLook> look;
      if (found) look.emplace(tables, query.rules, wanted.together());
      if (found && count.finish(*look, steps)) {
        act(*look, tables.position);
        return {};
      }
      if (found && last && count.has_counted(*look)) {
        count.leave_out_removed(*look);
        act(*look, count.since());
        return {};
      }
    }
    if (!budget.spend(wanted.take_steps() + count.take_steps())) return budget.error({});
    if (last) break;
    TRY(sweep(wanted, budget));
    for (bool done = false; !done;) {
      {
        ReadLock lock(mutex_);
        ScoreLook look(*tables_, query.rules, wanted.together());
        done = count.advance(look, query_look_max);
      }
      if (!budget.spend(count.take_steps())) return budget.error({});
    }
  }
  return make_error(Code::unavailable,
                    "rules and entities change faster than scores can be counted; repeat the "
                    "request later");
}

Result<ScorePage> OrgMatrix::list_scores(const ScoreQuery& query, WorkBudget& budget) const {
  auto buffer = score_buffers_->take();
  Found found;
  RowId position;
  const auto counted = count(query, *buffer, budget, [&](const ScoreLook& look, RowId since) {
    found = find(look, query, *buffer);
    position = since;
  });
  const std::uint64_t serial = found.serial;
  ScorePage page;
  if (counted) page = finish(std::move(found), query, *buffer);
  score_buffers_->give_back(std::move(buffer));
  if (!counted) return counted.error();
  page.position = position;
  if (query.aggregation != Aggregation::by_entity) return page;
  std::vector<EntityNumber> entities;
  entities.reserve(page.rows.size());
  for (const ScoreRow& row : page.rows) entities.push_back(row.entity);
  auto labels = TRY(labels_of(entities, serial));
  for (std::size_t i = 0; i < page.rows.size(); ++i) {
    page.rows[i].name = std::move(labels.references[i]);
  }
  return page;
}

ScorePage OrgMatrix::list_scores(const ScoreQuery& query) const {
  WorkBudget all;
  return *list_scores(query, all);
}

Result<EntityScores> OrgMatrix::list_entity_scores(ScoreQuery query, WorkBudget& budget) const {
  query.aggregation = Aggregation::by_entity;
  query.page = {.offset = 0, .size = std::numeric_limits<std::uint32_t>::max()};
  auto buffer = score_buffers_->take();
  Found found;
  const auto counted = count(query, *buffer, budget, [&](const ScoreLook& look, RowId) {
    found = find(look, query, *buffer);
  });
  EntityScores scores{.rows = {}, .serial = found.serial};
  if (counted) {
    ScorePage page;
    const auto places = rank_entities(found.pages, query, *buffer, page);
    scores.rows.reserve(places.size());
    for (const auto place : places)
      scores.rows.push_back(entity_score(found.pages, *buffer, place));
  }
  score_buffers_->give_back(std::move(buffer));
  if (!counted) return counted.error();
  return scores;
}

Result<EntityLabels> OrgMatrix::labels_of(std::span<const EntityNumber> entities,
                                          std::uint64_t serial) const {
  EntityLabels labels;
  ReadLock lock(mutex_);
  if (tables_->entities.serial() != serial) {
    return make_error(Code::unavailable, "the server folds the history of the store again");
  }
  for (const EntityNumber entity : entities) {
    labels.references.emplace_back(tables_->names.text(entity));
    labels.owners.emplace_back(tables_->entities.owner(entity));
  }
  return labels;
}

}  // namespace scorekeeper::matrix
