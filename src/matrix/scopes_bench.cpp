// Measures the cost of scopes for the writer: 10,000 new entities in an org with 1,000 rules of 100
// terms each, and a new scope in an org of 200,000 entities. Each beside the plain way, every query
// evaluated for every entity by itself: compare the times of one run.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "matrix/entities.h"
#include "matrix/matrix.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t rule_count = 1'000;
constexpr std::uint32_t batch_entities = 10'000;
constexpr std::uint32_t many_entities = 200'000;

// 100 terms, as a scope by lists of teams and tags has them.
std::string scope_of(std::uint32_t rule) {
  std::string text = "kind:service -lifecycle:deprecated team:(";
  for (std::uint32_t i = 0; i < 58; ++i) text += fmt::format("team{} ", (rule * 7 + i) % 500);
  text += ") env:(";
  for (std::uint32_t i = 0; i < 40; ++i) text += fmt::format("e{} ", (rule + i) % 300);
  return text + ")";
}

std::vector<Rule> make_rules() {
  std::vector<Rule> rules;
  for (std::uint32_t i = 1; i <= rule_count; ++i) {
    Rule rule;
    rule.number = RuleNumber{i};
    rule.id = fmt::format("rule{}", i);
    rule.scorecard = ScorecardNumber{1};
    rule.scope_query = scope_of(i);
    rules.push_back(rule);
  }
  return rules;
}

Scorecard card() {
  return {.number = ScorecardNumber{1},
          .id = "card",
          .name = "Card",
          .description = {},
          .created_at = {},
          .modified_at = {}};
}

std::vector<std::string> make_references(std::uint32_t count) {
  std::vector<std::string> references;
  for (std::uint32_t i = 0; i < count; ++i) {
    references.push_back(fmt::format("service:default/checkout-{}", i));
  }
  return references;
}

EntityAttributes attributes_of(std::uint32_t i) {
  EntityAttributes attributes;
  attributes.owner = fmt::format("team{}", i % 500);
  attributes.tier = fmt::format("{}", i % 4);
  attributes.lifecycle = "production";
  attributes.tags = {fmt::format("env:e{}", i % 300), "pci", fmt::format("id:{}", i)};
  return attributes;
}

void new_entities(benchmark::State& state) {
  const auto references = make_references(batch_entities);
  const auto rules = make_rules();
  std::vector<EntityAddition> additions;
  for (std::uint32_t i = 0; i < batch_entities; ++i) {
    additions.push_back({EntityNumber{i + 1}, references[i]});
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto matrix = std::make_unique<OrgMatrix>(OrgId{1});
    matrix->publish({.scorecards = std::vector{card()}, .rules = rules});
    state.ResumeTiming();
    matrix->publish({.additions = additions, .position = RowId{1}});
    state.PauseTiming();
    matrix.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * batch_entities);
}
BENCHMARK(new_entities)->Unit(benchmark::kMillisecond);

void new_entities_one_by_one(benchmark::State& state) {
  const auto references = make_references(batch_entities);
  std::vector<EntityQuery> queries;
  for (const auto& rule : make_rules()) {
    queries.push_back(*EntityQuery::parse(rule.scope_query, "scope"));
  }
  for (auto _ : state) {
    for (const auto& reference : references) {
      const FactsOf facts(reference, nullptr);
      for (const auto& query : queries) benchmark::DoNotOptimize(query.matches(facts.facts()));
    }
  }
  state.SetItemsProcessed(state.iterations() * batch_entities);
}
BENCHMARK(new_entities_one_by_one)->Unit(benchmark::kMillisecond)->Iterations(1);

// All rules at once, as at a start, and one rule.
void new_scopes(benchmark::State& state) {
  OrgMatrix matrix(OrgId{1});
  const auto references = make_references(many_entities);
  std::vector<EntityAddition> additions;
  std::vector<EntityUpdate> updates;
  for (std::uint32_t i = 0; i < many_entities; ++i) {
    additions.push_back({EntityNumber{i + 1}, references[i]});
    updates.push_back({.number = EntityNumber{i + 1}, .attributes = attributes_of(i)});
  }
  matrix.publish({.additions = additions, .updates = updates});
  auto rules = make_rules();
  rules.resize(static_cast<std::size_t>(state.range(0)));
  matrix.publish({.scorecards = std::vector{card()}});
  for (auto _ : state) {
    matrix.publish({.rules = rules});
    state.PauseTiming();
    auto removed = rules;
    for (auto& rule : removed) rule.scope_query = "";
    matrix.publish({.rules = removed});
    state.ResumeTiming();
  }
}
BENCHMARK(new_scopes)->Arg(1)->Arg(rule_count)->Unit(benchmark::kMillisecond);

void new_scope_one_by_one(benchmark::State& state) {
  const auto references = make_references(many_entities);
  const auto query = *EntityQuery::parse(scope_of(1), "scope");
  std::vector<EntityAttributes> attributes;
  for (std::uint32_t i = 0; i < many_entities; ++i) attributes.push_back(attributes_of(i));
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < many_entities; ++i) {
      const FactsOf facts(references[i], &attributes[i]);
      benchmark::DoNotOptimize(query.matches(facts.facts()));
    }
  }
}
BENCHMARK(new_scope_one_by_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace scorekeeper::matrix
