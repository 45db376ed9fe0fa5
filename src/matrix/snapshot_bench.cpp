// 10 M cells, 100 rules × 100,000 entities: what a snapshot costs to write and to read.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "matrix/matrix.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t rules = 100;
constexpr std::uint32_t entities = 100'000;

void put_entities(OrgMatrix& matrix) {
  std::deque<std::string> references;
  std::vector<EntityAddition> additions;
  std::vector<EntityUpdate> updates;
  for (std::uint32_t n = 1; n <= entities; ++n) {
    references.push_back(fmt::format("service:default/service-{}", n));
    additions.push_back({EntityNumber{n}, references.back(), RowId{n}});
    EntityAttributes attributes;
    attributes.owner = fmt::format("team-{}", n % 500);
    attributes.tier = fmt::format("{}", 1 + n % 4);
    attributes.languages = {"go"};
    attributes.tags = {"env:prod", fmt::format("service:s{}", n % 1'000)};
    updates.push_back({.number = EntityNumber{n}, .attributes = attributes});
  }
  matrix.publish({.additions = additions, .updates = updates});
}

void put_rules(OrgMatrix& matrix) {
  const std::vector<Scorecard> cards{
      {.number = ScorecardNumber{1}, .id = "card", .name = "Card", .description = {}}};
  std::vector<Rule> all;
  for (std::uint32_t n = 1; n <= rules; ++n) {
    Rule rule;
    rule.number = RuleNumber{n};
    rule.id = fmt::format("rule{}", n);
    rule.scorecard = ScorecardNumber{1};
    rule.name = rule.id;
    rule.scope_query = n % 2 == 0 ? "" : fmt::format("tier:{}", 1 + n % 4);
    all.push_back(rule);
  }
  matrix.publish({.scorecards = cards, .rules = all});
}

const OrgMatrix& full() {
  static const auto matrix = [] {
    auto made = std::make_unique<OrgMatrix>(OrgId{1});
    put_entities(*made);
    put_rules(*made);
    std::uint64_t row = 0;
    std::vector<CellChange> changes;
    for (std::uint32_t rule = 1; rule <= rules; ++rule) {
      changes.clear();
      for (std::uint32_t entity = 1; entity <= entities; ++entity) {
        changes.push_back(
            {RuleNumber{rule}, EntityNumber{entity},
             Cell{.state = static_cast<State>(1 + row % 3), .row = RowId{++row}, .hash = row}});
      }
      made->publish({.changes = changes, .position = RowId{row}});
    }
    return made;
  }();
  return *matrix;
}

void write_snapshot(benchmark::State& state) {
  std::vector<std::byte> bytes;
  using Moment = std::chrono::steady_clock;
  double longest = 0;
  const OrgMatrix& matrix = full();
  for (auto _ : state) {
    bytes.clear();
    auto begin = Moment::now();
    const auto written = matrix.write_snapshot([&](std::span<const std::byte> piece) {
      longest =
          std::max(longest, std::chrono::duration<double>(Moment::now() - begin).count() * 1e3);
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      begin = Moment::now();
      return Result<void>();
    });
    benchmark::DoNotOptimize(written);
  }
  state.counters["longest_look_ms"] = longest;
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(write_snapshot)->Unit(benchmark::kMillisecond)->Iterations(3);

void read_snapshot(benchmark::State& state) {
  static const auto bytes = [] {
    std::vector<std::byte> all;
    const auto written = full().write_snapshot([&](std::span<const std::byte> piece) {
      all.insert(all.end(), piece.begin(), piece.end());
      return Result<void>();
    });
    benchmark::DoNotOptimize(written);
    return all;
  }();
  for (auto _ : state) {
    auto matrix = std::make_unique<OrgMatrix>(OrgId{1});
    const auto read = matrix->read_snapshot(bytes);
    if (!read || matrix->count_cells() != std::uint64_t{rules} * entities) {
      state.SkipWithError("it was not read");
    }
    state.PauseTiming();
    matrix.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(read_snapshot)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace scorekeeper::matrix
