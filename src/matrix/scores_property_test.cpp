// After any sequence of publishes every answer about scores and outcomes equals a recount of plain
// maps (matrix/scores_model.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "domain/entity.h"
#include "matrix/matrix.h"
#include "matrix/outcome_reading.h"
#include "matrix/scores_model.h"

namespace scorekeeper::matrix {
namespace {

constexpr const char* queries[] = {
    "",
    "*",
    "kind:service",
    "kind:queue tier:1",
    "team:platform",
    "owner:team-*",
    "tier:1 OR tier:2",
    "NOT owner:*",
    "env:prod team:platform",
    "tag:env:* language:go",
    "has_definition:true",
    "has_definition:false",
    "name:n1*",
    "n2",
    "namespace:eu",
    "lifecycle:production type:web",
    "NOT (kind:service OR team:platform)",
    "team:nobody",
    "tier:2 type:* -tier:\"\"",
    "system:shop OR language:\"\"",
    "((",
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed), matrix_(OrgId{1}) {
    for (std::uint32_t card = 1; card <= 3; ++card) {
      const Scorecard scorecard{.number = ScorecardNumber{card},
                                .id = fmt::format("card{}", card),
                                .name = fmt::format("Card {}", card),
                                .description = {},
                                .created_at = {},
                                .modified_at = {}};
      model_.scorecards[scorecard.number] = scorecard;
      matrix_.publish({.scorecards = std::vector{scorecard}});
    }
    for (int i = 0; i < 4; ++i) put_rule();
    put_entities();
  }

  void step() {
    const auto what = number(100);
    if (what < 40) {
      report();
    } else if (what < 65) {
      put_entities();
    } else {
      put_rule();
    }
  }
  void check_repeated() {
    for (const auto aggregation :
         {Aggregation::by_entity, Aggregation::by_team, Aggregation::by_kind}) {
      ScoreQuery query;
      query.aggregation = aggregation;
      query.page.size = 1'000;
      ASSERT_NO_FATAL_FAILURE(check_scores(query));
    }
  }
  void check() {
    for (int i = 0; i < 4; ++i) ASSERT_NO_FATAL_FAILURE(check_scores());
    for (int i = 0; i < 2; ++i) ASSERT_NO_FATAL_FAILURE(check_outcomes());
    ASSERT_NO_FATAL_FAILURE(check_sums());
    std::size_t live = 0;
    for (const auto& [number, entity] : model_.entities) {
      live += entity.live ? 1U : 0U;
      ASSERT_EQ(matrix_.is_live(number), entity.live);
      ASSERT_EQ(matrix_.is_defined(number), entity.attributes.has_value());
      ASSERT_EQ(matrix_.find_entity(entity.reference), number);
    }
    ASSERT_EQ(matrix_.count_entities(), live);
    ASSERT_EQ(matrix_.count_cells(), model_.cells.size());
  }

 private:
  std::uint32_t number(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }
  bool one_in(std::uint32_t count) { return number(count) == 0; }
  template <class Value>
  Value any_of(const std::vector<Value>& values) {
    return values[number(static_cast<std::uint32_t>(values.size()))];
  }

  // Numbers leave gaps, so that entities are spread over three pages.
  std::pair<EntityNumber, std::string> any_new() {
    const EntityNumber entity{1 + number(one_in(4) ? 12'000 : 60)};
    const auto known = model_.entities.find(entity);
    if (known != model_.entities.end()) return {entity, known->second.reference};
    return {entity,
            fmt::format("{}:{}/n{}", any_of<std::string>({"service", "service", "queue", "api"}),
                        any_of<std::string>({"default", "eu"}), entity.number)};
  }
  EntityAttributes any_attributes() {
    using Texts = std::vector<std::string>;
    EntityAttributes attributes;
    attributes.owner = any_of(Texts{"", "platform", "team-a", "team-b"});
    attributes.tier = any_of(Texts{"", "1", "2"});
    attributes.lifecycle = any_of(Texts{"", "production"});
    attributes.type = any_of(Texts{"", "web", "grpc"});
    if (one_in(2)) attributes.languages = any_of(std::vector<Texts>{{"go"}, {"go", "rust"}});
    if (one_in(2))
      attributes.tags = any_of(std::vector<Texts>{{"env:prod"}, {"x", "env:dev", "tier:2"}});
    if (one_in(3)) attributes.systems = {"shop"};
    return attributes;
  }

  void put_entities() {
    std::vector<EntityUpdate> updates;
    std::vector<std::pair<EntityNumber, std::string>> added;
    std::set<EntityNumber> seen;
    for (auto left = 1 + number(20); left > 0; --left) {
      const auto [entity, reference] = any_new();
      auto& known = model_.entities[entity];
      if (known.reference.empty() || (!known.live && !seen.contains(entity))) {
        added.emplace_back(entity, reference);
        known = {.reference = reference, .live = true, .attributes = {}};
      }
      seen.insert(entity);
      if (one_in(6)) continue;
      EntityUpdate update{.number = entity, .attributes = {}, .removed = one_in(6)};
      if (!update.removed && !one_in(5)) update.attributes = any_attributes();
      if (update.attributes) known.live = true;
      known.attributes = update.attributes;
      if (update.removed) {
        known.live = false;
        std::erase_if(model_.cells, [&](const auto& one) { return one.first.second == entity; });
      }
      updates.push_back(update);
    }
    std::vector<EntityAddition> additions;
    for (const auto& [entity, reference] : added) additions.push_back({entity, reference});
    matrix_.publish({.additions = additions, .updates = updates});
  }
  // Outcomes of known and new entities, and of removed ones, which come back.
  void report() {
    std::vector<CellChange> changes;
    std::vector<std::pair<EntityNumber, std::string>> added;
    for (auto left = 1 + number(100); left > 0; --left) {
      const auto [entity, reference] = any_new();
      const RuleNumber rule{1 + number(static_cast<std::uint32_t>(model_.rules.size()))};
      if (model_.rules.at(rule).removed_at_position) continue;
      auto& known = model_.entities[entity];
      if (known.reference.empty() || !known.live) {
        added.emplace_back(entity, reference);
        known = {.reference = reference, .live = true, .attributes = {}};
      }
      changes.push_back({rule, entity, std::nullopt});
      if (one_in(10)) {
        model_.cells.erase({rule, entity});
        continue;
      }
      changes.back().cell = Cell{.state = static_cast<State>(1 + number(3)), .row = RowId{++row_}};
      model_.cells[{rule, entity}] = *changes.back().cell;
    }
    std::vector<EntityAddition> additions;
    for (const auto& [entity, reference] : added) additions.push_back({entity, reference});
    matrix_.publish({.additions = additions, .changes = changes, .position = RowId{row_}});
  }
  // New, changed, disabled, or deleted; sometimes two at once.
  void put_rule() {
    std::vector<Rule> rules;
    for (auto left = 1 + number(2); left > 0; --left) {
      Rule rule;
      rule.number = RuleNumber{static_cast<std::uint32_t>(model_.rules.size() + 1)};
      if (model_.rules.size() > 12 || (one_in(2) && !model_.rules.empty())) {
        rule.number = RuleNumber{1 + number(static_cast<std::uint32_t>(model_.rules.size()))};
      }
      if (model_.rules.contains(rule.number) && model_.rules.at(rule.number).removed_at_position) {
        continue;
      }
      rule.id = fmt::format("rule{}", rule.number.number);
      rule.scorecard = ScorecardNumber{1 + number(3)};
      rule.name = fmt::format("name {}", number(4));
      rule.scope_query = one_in(3) ? "" : queries[number(std::size(queries))];
      rule.enabled = !one_in(5);
      rule.level = 1 + static_cast<int>(number(3));
      if (one_in(10) && model_.rules.contains(rule.number)) {
        rule.removed_at_position = RowId{row_};
        std::erase_if(model_.cells,
                      [&](const auto& one) { return one.first.first == rule.number; });
      }
      model_.rules[rule.number] = rule;
      rules.push_back(rule);
    }
    matrix_.publish({.rules = rules});
  }

  std::optional<EntityQuery> any_query() {
    if (one_in(2)) return std::nullopt;
    auto query = EntityQuery::parse(queries[number(std::size(queries))], "query");
    return query ? std::optional(*std::move(query)) : std::nullopt;
  }
  using Name = std::optional<std::string>;
  // A reference and a name of one entity or of two; mostly neither.
  std::pair<Name, Name> any_names() {
    std::pair<Name, Name> names;
    const auto known = [&] {
      auto place = model_.entities.begin();
      std::advance(place, number(static_cast<std::uint32_t>(model_.entities.size())));
      return place->second.reference;
    };
    if (one_in(6)) names.first = one_in(8) ? "service:default/nobody" : known();
    if (one_in(6)) names.second = split_canonical(known()).name;
    if (names.first && one_in(3)) names.second = split_canonical(*names.first).name;
    return names;
  }
  RuleSelection any_selection() {
    RuleSelection selection;
    if (one_in(4)) selection.ids = {"rule1", "rule3", "rule5", "rule9", "rule3", "unknown"};
    if (one_in(4)) selection.scorecard_ids = {"card1", "card3", "unknown"};
    if (one_in(8)) selection.name = "name 1";
    if (one_in(4)) selection.levels = {1, 3};
    if (one_in(8)) selection.custom = one_in(2);
    if (one_in(4)) selection.enabled = one_in(2);
    return selection;
  }
  void check_scores() {
    ScoreQuery query;
    query.aggregation = static_cast<Aggregation>(number(5));
    query.rules = any_selection();
    query.entity.query = any_query();
    std::tie(query.entity.reference, query.entity.name) = any_names();
    query.sort = static_cast<ScoreSort>(number(8));
    query.descending = one_in(2);
    query.page = {.offset = one_in(2) ? 0 : number(60), .size = 1 + number(one_in(2) ? 1000 : 20)};
    query.no_data = one_in(2) ? NoDataCounting::left_out : NoDataCounting::counts_as_fail;
    check_scores(query);
    check_numbers(std::move(query));
  }
  void check_scores(const ScoreQuery& query) {
    const auto found = matrix_.list_scores(query);
    const auto expected = model_.list_scores(query);
    ASSERT_EQ(found.total, expected.total);
    ASSERT_EQ(found.sum, expected.sum);
    ASSERT_EQ(found.position, RowId{row_});
    ASSERT_EQ(found.rows.size(), expected.rows.size());
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
      ScoreRow row = found.rows[i];
      ASSERT_EQ(row.mean_entity_score.has_value(), expected.rows[i].mean_entity_score.has_value());
      if (row.mean_entity_score) {
        ASSERT_DOUBLE_EQ(*row.mean_entity_score, *expected.rows[i].mean_entity_score);
        row.mean_entity_score = expected.rows[i].mean_entity_score;
      }
      ASSERT_EQ(row, expected.rows[i]) << row.id << row.name << " at " << i;
    }
  }
  // The rows by entity are the same with and without their texts.
  void check_numbers(ScoreQuery query) {
    query.aggregation = Aggregation::by_entity;
    query.page = {.offset = 0, .size = 1'000'000};
    const auto page = matrix_.list_scores(query);
    const auto rows = matrix_.list_entity_scores(query, unbounded_)->rows;
    ASSERT_EQ(rows.size(), page.rows.size());
    std::vector<EntityNumber> entities;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(rows[i], (EntityScore{page.rows[i].entity,
                                      {page.rows[i].level, page.rows[i].highest_level},
                                      page.rows[i].counts}));
      entities.push_back(rows[i].entity);
    }
    const auto references = matrix_.references_of(entities);
    for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(references[i], page.rows[i].name);
  }
  // The same cells, whichever way they are grouped.
  void check_sums() {
    ScoreQuery query;
    query.rules = any_selection();
    query.entity.query = any_query();
    const auto sum_of = [&](Aggregation aggregation) {
      query.aggregation = aggregation;
      return matrix_.list_scores(query).sum;
    };
    const auto sum = sum_of(Aggregation::by_rule);
    ASSERT_EQ(sum_of(Aggregation::by_entity), sum);
    ASSERT_EQ(sum_of(Aggregation::by_scorecard), sum);
    ASSERT_EQ(sum_of(Aggregation::by_kind), sum);
    ASSERT_EQ(sum_of(Aggregation::by_team), sum);
  }
  void check_outcomes() {
    OutcomeFilter filter;
    if (one_in(2)) filter.state = static_cast<State>(1 + number(3));
    if (one_in(4)) filter.rule.id = fmt::format("rule{}", 1 + number(13));
    if (one_in(4)) filter.rule.enabled = one_in(2);
    if (one_in(6)) filter.service_name = fmt::format("n{}", number(60));
    filter.entity.query = any_query();
    std::tie(filter.entity.reference, filter.entity.name) = any_names();
    const Page page{.offset = one_in(2) ? 0 : number(300), .size = 1 + number(500)};
    const auto found = matrix_.list_outcomes(filter, page);
    const auto expected = model_.list_outcomes(filter, page);
    ASSERT_EQ(found.outcomes.size(), expected.outcomes.size());
    for (std::size_t i = 0; i < found.outcomes.size(); ++i) {
      ASSERT_EQ(found.outcomes[i].rule, expected.outcomes[i].rule);
      ASSERT_EQ(found.outcomes[i].entity, expected.outcomes[i].entity);
      ASSERT_EQ(found.outcomes[i].cell, expected.outcomes[i].cell);
      ASSERT_EQ(found.outcomes[i].entity_reference, expected.outcomes[i].entity_reference);
    }
    check_walk(filter);
  }
  // From page to page: each outcome once, in the same order.
  void check_walk(const OutcomeFilter& filter) {
    const auto all = matrix_.list_outcomes(filter, {.offset = 0, .size = 1'000'000});
    const std::uint64_t size = 1 + number(200);
    OutcomeReading reading(filter);
    std::size_t met = 0;
    while (true) {
      const auto page = *matrix_.list_outcomes(reading, size, unbounded_);
      for (const auto& outcome : page.outcomes) {
        ASSERT_LT(met, all.outcomes.size());
        const auto& expected = all.outcomes[met++];
        ASSERT_EQ(outcome.rule, expected.rule);
        ASSERT_EQ(outcome.entity, expected.entity);
        ASSERT_EQ(outcome.cell, expected.cell);
      }
      if (page.outcomes.size() < size) break;
    }
    ASSERT_EQ(met, all.outcomes.size());
  }

  std::mt19937 random_;
  OrgMatrix matrix_;
  WorkBudget unbounded_;
  ScoresModel model_;
  std::uint64_t row_ = 0;
};

// The same questions again and again: what one leaves behind for the next is never out of date.
TEST(Scores, EqualARecountWhenAskedAfterEachChange) {
  for (unsigned seed = 101; seed <= 104; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE(step);
      history.step();
      ASSERT_NO_FATAL_FAILURE(history.check_repeated());
    }
  }
}

TEST(Scores, EqualARecountAfterAnyHistory) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE(step);
      history.step();
      if (step % 4 == 3) {
        ASSERT_NO_FATAL_FAILURE(history.check());
      }
    }
  }
}

}  // namespace
}  // namespace scorekeeper::matrix
