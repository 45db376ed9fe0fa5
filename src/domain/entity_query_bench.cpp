// Measures how long it takes to ask a query about one entity, and to parse one.
#include <benchmark/benchmark.h>

#include "base/assert.h"
#include "domain/entity_query.h"

namespace scorekeeper {
namespace {

constexpr std::string_view queries[] = {
    "kind:service",
    "kind:service AND tier:1",
    "env:prod team:platform",
    "kind:service team:(a OR b OR c OR platform) -lifecycle:deprecated",
    "name:shop-*-check* OR url:http*/x",
    "checkout",
};

constexpr std::string_view tags[] = {"app:shop", "region:eu-west-1", "pci", "url:http://shop/y",
                                     "env:prod"};
constexpr std::string_view languages[] = {"go"};

void match(benchmark::State& state) {
  const auto text = queries[state.range(0)];
  const auto query = EntityQuery::parse(text, "scope_query");
  ASSERT(query);
  const EntityFacts facts{.kind = "service",
                          .name_space = "default",
                          .name = "shop-europe-cart-and-checkout",
                          .owner = "platform",
                          .tier = "1",
                          .lifecycle = "production",
                          .type = "web",
                          .languages = languages,
                          .systems = {},
                          .tags = tags,
                          .has_definition = true};
  for (auto _ : state) benchmark::DoNotOptimize(query->matches(facts));
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(text));
}
BENCHMARK(match)->DenseRange(0, std::size(queries) - 1);

// The longest query that may be stored, and a name of the longest reference, made so that each
// pattern is tried at every place and fails at its end.
void match_at_worst(benchmark::State& state) {
  const auto pattern = "name:*" + std::string(505, 'a') + "b ";
  std::string text;
  while (text.size() + pattern.size() <= 4'096) text += pattern;
  const auto query = EntityQuery::parse(text, "scope_query");
  ASSERT(query);
  const std::string name(1'000, 'a');
  EntityFacts facts;
  facts.name = name;
  for (auto _ : state) benchmark::DoNotOptimize(query->matches(facts));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(match_at_worst);

void parse(benchmark::State& state) {
  const auto text = queries[state.range(0)];
  for (auto _ : state) benchmark::DoNotOptimize(EntityQuery::parse(text, "scope_query"));
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(text));
}
BENCHMARK(parse)->DenseRange(0, std::size(queries) - 1);

}  // namespace
}  // namespace scorekeeper
