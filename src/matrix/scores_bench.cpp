// Scores over 100 rules × 100,000 entities: dense (10 M outcomes) and with one outcome in five
// cells, with one scope and with 20; each aggregation, sorted by score, a page of 1,000. Lists of
// outcomes under scopes and queries. Also the cost of publishing entities and a rule.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <random>

#include "matrix/matrix.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t rules = 100;
constexpr std::uint32_t entities = 100'000;
constexpr std::uint32_t teams = 200;

struct Shape {
  std::int64_t percent = 100;  // cells with an outcome
  std::int64_t scopes = 1;     // distinct ones

  bool operator==(const Shape&) const = default;
};

EntityAttributes attributes_of(std::uint32_t entity, std::mt19937& random) {
  EntityAttributes attributes;
  attributes.owner = fmt::format("team-{}", entity % teams);
  attributes.tier = fmt::format("{}", entity % 4);
  attributes.lifecycle = "production";
  for (std::uint32_t scope = 0; scope < 20; ++scope) {
    if (random() % 2 == 0) attributes.tags.push_back(fmt::format("scope:{}", scope));
  }
  return attributes;
}

void add_entities(OrgMatrix& matrix, std::mt19937& random) {
  std::vector<std::string> references;
  std::vector<EntityAddition> additions;
  std::vector<EntityUpdate> updates;
  for (std::uint32_t entity = 1; entity <= entities; ++entity) {
    references.push_back(
        fmt::format("{}:default/name-{}", entity % 5 == 0 ? "queue" : "service", entity));
  }
  for (std::uint32_t entity = 1; entity <= entities; ++entity) {
    additions.push_back({EntityNumber{entity}, references[entity - 1]});
    updates.push_back({EntityNumber{entity}, attributes_of(entity, random), false});
  }
  matrix.publish({.additions = additions, .updates = updates});
}

Rule rule_of(std::uint32_t number, std::int64_t scopes) {
  Rule rule;
  rule.number = RuleNumber{number};
  rule.id = fmt::format("rule{}", number);
  rule.scorecard = ScorecardNumber{1 + number % 5};
  rule.name = fmt::format("rule {}", number);
  rule.level = 1 + static_cast<int>(number % 3);
  if (scopes > 1) rule.scope_query = fmt::format("tag:scope:{}", number % scopes);
  return rule;
}

std::unique_ptr<OrgMatrix> make_matrix(Shape shape) {
  auto matrix = std::make_unique<OrgMatrix>(OrgId{1});
  std::mt19937 random(1);
  add_entities(*matrix, random);
  std::vector<Scorecard> scorecards(5);
  for (std::uint32_t card = 1; card <= 5; ++card) {
    scorecards[card - 1].number = ScorecardNumber{card};
    scorecards[card - 1].id = fmt::format("card{}", card);
    scorecards[card - 1].name = fmt::format("Card {}", card);
  }
  std::vector<Rule> all;
  for (std::uint32_t rule = 1; rule <= rules; ++rule) all.push_back(rule_of(rule, shape.scopes));
  matrix->publish({.scorecards = scorecards, .rules = all});
  std::vector<CellChange> changes;
  std::uint64_t row = 0;
  for (std::uint32_t rule = 1; rule <= rules; ++rule) {
    changes.clear();
    for (std::uint32_t entity = 1; entity <= entities; ++entity) {
      if (random() % 100 >= static_cast<std::uint64_t>(shape.percent)) continue;
      const auto dice = random() % 20;
      const State state = dice < 14 ? State::pass : dice < 19 ? State::fail : State::skip;
      changes.push_back(
          {RuleNumber{rule}, EntityNumber{entity}, Cell{.state = state, .row = RowId{++row}}});
    }
    matrix->publish({.changes = changes, .position = RowId{row}});
  }
  return matrix;
}

// One at a time, as each takes some 300 MB.
OrgMatrix& matrix_of(Shape shape) {
  static Shape made;
  static std::unique_ptr<OrgMatrix> matrix;
  if (!matrix || made != shape) {
    matrix.reset();
    matrix = make_matrix(shape);
    made = shape;
  }
  return *matrix;
}

const std::vector<Shape> shapes{{100, 1}, {100, 20}, {20, 1}, {20, 20}};

// A cell in each page of entities, so that nothing that was counted before can be used again.
void change_every_page(OrgMatrix& matrix) {
  std::vector<CellChange> changes;
  for (std::uint32_t entity = 1; entity <= entities; entity += page_entities) {
    changes.push_back(
        {RuleNumber{1}, EntityNumber{entity}, Cell{.state = State::pass, .row = RowId{1}}});
  }
  matrix.publish({.changes = changes});
}

// Between the questions every page changes, or nothing does.
enum class Between { nothing, everything };

template <class Change>
void list(benchmark::State& state, const Change& change, Between between = Between::nothing) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  ScoreQuery query;
  query.sort = ScoreSort::score;
  query.page.size = 1000;
  change(query);
  for (auto _ : state) {
    if (between == Between::everything) {
      state.PauseTiming();
      change_every_page(matrix);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(matrix.list_scores(query));
  }
  state.counters["bytes_a_cell"] =
      static_cast<double>(matrix.memory_bytes()) / static_cast<double>(matrix.count_cells());
}

void first_outcomes(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  OutcomeFilter filter;
  const Page page{.offset = 0, .size = 100};
  for (auto _ : state) benchmark::DoNotOptimize(matrix.list_outcomes(filter, page));
}

void outcomes_after_a_million(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  OutcomeFilter filter;
  const Page page{.offset = 1'000'000, .size = 100};
  for (auto _ : state) benchmark::DoNotOptimize(matrix.list_outcomes(filter, page));
}

void failed_of_a_query_after_300000(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  OutcomeFilter filter;
  filter.state = State::fail;
  filter.entity.query = *EntityQuery::parse("kind:service AND tier:1 OR tier:2", "query");
  const Page page{.offset = 300'000, .size = 100};
  for (auto _ : state) benchmark::DoNotOptimize(matrix.list_outcomes(filter, page));
}

void change_10000_cells(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  std::mt19937 random(2);
  std::vector<CellChange> changes;
  for (auto _ : state) {
    state.PauseTiming();
    changes.clear();
    for (int i = 0; i < 10'000; ++i) {
      changes.push_back({RuleNumber{1 + static_cast<std::uint32_t>(random() % rules)},
                         EntityNumber{1 + static_cast<std::uint32_t>(random() % entities)},
                         Cell{.state = static_cast<State>(1 + random() % 3), .row = RowId{7}}});
    }
    state.ResumeTiming();
    matrix.publish({.changes = changes});
  }
  state.SetItemsProcessed(state.iterations() * 10'000);
}

void change_100_definitions(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  std::mt19937 random(2);
  std::vector<EntityUpdate> updates;
  for (auto _ : state) {
    state.PauseTiming();
    updates.clear();
    for (int i = 0; i < 100; ++i) {
      const auto entity = 1 + static_cast<std::uint32_t>(random() % entities);
      updates.push_back({EntityNumber{entity}, attributes_of(entity, random), false});
    }
    state.ResumeTiming();
    matrix.publish({.updates = updates});
  }
  state.SetItemsProcessed(state.iterations() * 100);
}

void change_the_scope_of_a_rule(benchmark::State& state) {
  OrgMatrix& matrix = matrix_of({state.range(0), state.range(1)});
  Rule rule = rule_of(1, state.range(1));
  const std::string before = rule.scope_query;
  for (auto _ : state) {
    rule.scope_query = rule.scope_query == before ? "kind:queue tier:2 tag:scope:3" : before;
    matrix.publish({.rules = std::vector{rule}});
  }
}

void add_benchmarks() {
  struct Named {
    const char* name;
    Aggregation aggregation;
    Between between = Between::nothing;
  };
  for (const Shape shape : shapes) {
    const std::vector<std::int64_t> arguments{shape.percent, shape.scopes};
    const auto add = [&](const char* name, const auto& run) {
      benchmark::RegisterBenchmark(name, run)->Args(arguments)->Unit(benchmark::kMicrosecond);
    };
    for (const Named& one :
         {Named{"by_entity", Aggregation::by_entity}, Named{"by_rule", Aggregation::by_rule},
          Named{"by_scorecard", Aggregation::by_scorecard}, Named{"by_team", Aggregation::by_team},
          Named{"by_kind", Aggregation::by_kind},
          Named{"by_entity_anew", Aggregation::by_entity, Between::everything},
          Named{"by_team_anew", Aggregation::by_team, Between::everything},
          Named{"by_kind_anew", Aggregation::by_kind, Between::everything}}) {
      add(one.name, [one](benchmark::State& state) {
        list(state, [&](ScoreQuery& query) { query.aggregation = one.aggregation; }, one.between);
      });
    }
    add("by_entity_unsorted", [](benchmark::State& state) {
      list(state, [](ScoreQuery& query) { query.sort = ScoreSort::none; });
    });
    add("by_entity_of_a_query", [](benchmark::State& state) {
      list(state, [](ScoreQuery& query) {
        query.entity.query = *EntityQuery::parse("kind:service AND tier:1 OR tier:2", "query");
      });
    });
    add("by_entity_of_a_name", [](benchmark::State& state) {
      list(state,
           [](ScoreQuery& query) { query.entity.query = *EntityQuery::parse("name-77", "query"); });
    });
    add("first_outcomes", first_outcomes);
    add("outcomes_after_a_million", outcomes_after_a_million);
    add("failed_of_a_query_after_300000", failed_of_a_query_after_300000);
    add("change_10000_cells", change_10000_cells);
    add("change_100_definitions", change_100_definitions);
    add("change_the_scope_of_a_rule", change_the_scope_of_a_rule);
  }
}

[[maybe_unused]] const bool added = (add_benchmarks(), true);

}  // namespace
}  // namespace scorekeeper::matrix
