// Appending to the log, reading it, and looking up changes. Compare items_per_second of one run
// with bench/sqlite_loop.cpp; disks drift.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::string_view remarks =
    "See: https://app.example.com/services?hostGroup=12345&env=production#ok";

// So many requests of 100 changes each, of org 1.
std::vector<LogGroup> make_groups(std::size_t requests) {
  std::vector<LogGroup> groups(requests);
  std::uint32_t n = 0;
  for (LogGroup& group : groups) {
    group.org = {1};
    group.request = {++n};
    for (std::uint32_t change = 0; change < 100; ++change) {
      group.outcomes.push_back(first_outcome(1 + change % 10, n * 100 + change, remarks));
    }
  }
  return groups;
}

std::unique_ptr<Store> open(const TestDirectory& directory) {
  static Metrics metrics;
  auto store = Store::open({.directory = directory.store()}, metrics);
  ASSERT(store);
  return *std::move(store);
}

// range(0): changes of a transaction.
void append(benchmark::State& state) {
  const TestDirectory directory;
  const auto store = open(directory);
  const auto groups = make_groups(static_cast<std::size_t>(state.range(0)) / 100);
  std::vector<double> seconds;
  while (state.KeepRunning()) {
    const auto start = std::chrono::steady_clock::now();
    if (!append_groups(*store, groups)) state.SkipWithError("cannot append");
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  state.counters["p99_ms"] = 1'000 * seconds[seconds.size() * 99 / 100];
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void read_a_million(benchmark::State& state) {
  const TestDirectory directory;
  const auto store = open(directory);
  const auto groups = make_groups(100);
  for (int n = 0; n < 100; ++n) ASSERT(append_groups(*store, groups));
  std::int64_t changes = 0;
  OutcomeBody body;
  while (state.KeepRunning()) {
    const auto records = read_all(*store, {1}, 500);
    for (const LogRecord& record : *records) {
      ASSERT(read_outcome_body(record, body));
      changes += static_cast<std::int64_t>(body.changes.size());
    }
  }
  state.SetItemsProcessed(changes);
}

void look_up_a_page(benchmark::State& state) {
  const TestDirectory directory;
  const auto store = open(directory);
  const auto groups = make_groups(100);
  for (int n = 0; n < 20; ++n) ASSERT(append_groups(*store, groups));
  std::vector<RowId> positions;
  for (std::uint64_t n = 0; n < 100; ++n) positions.push_back({1 + n * 1'999});
  while (state.KeepRunning()) benchmark::DoNotOptimize(store->rows({1}, positions));
  state.SetItemsProcessed(state.iterations() * 100);
}

// The last page of the list that has entities without a definition in it, behind all the others.
void list_discovered(benchmark::State& state) {
  const TestDirectory directory;
  const auto store = open(directory);
  const auto count = static_cast<std::size_t>(state.range(0)) * 1'000;
  std::vector<std::string> references(count);
  LogGroup group{.org = {1}, .outcomes = {first_outcome(1, 1, "")}};
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint64_t scattered = ((n + 1) * std::uint64_t{2'654'435'761}) & 0xffffffffU;
    references[n] = "service:default/team-" + std::to_string(scattered);
    group.entities.push_back({.number = {n + 1}, .reference = references[n]});
  }
  ASSERT(append_group(*store, group));
  while (state.KeepRunning()) {
    const auto page =
        store->find_entities({1}, {.include_discovered = true, .page = {.offset = count - 100}});
    if (!page || page->size() != 100) state.SkipWithError("not a page");
  }
}

BENCHMARK(append)->Arg(10'000)->Arg(1'600)->UseRealTime()->MinTime(1.5);
BENCHMARK(read_a_million)->Unit(benchmark::kMillisecond);
BENCHMARK(look_up_a_page);
BENCHMARK(list_discovered)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace scorekeeper::store::sqlite
