// Pruning a log of 400,000 superseded changes beside its server, piece by piece. Arguments: 1 =
// each round reports the outcomes in the order of the one before, 0 = in an order of its own, so
// that what a piece takes away is all over the log.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/test_directory.h"
#include "store/contract/log_maker.h"
#include "store/sqlite/store.h"

namespace scorekeeper::store::sqlite {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t cells = 200'000;
constexpr int rounds = 3;
constexpr std::uint32_t changes_of_request = 100;
constexpr std::string_view remarks =
    "See: https://app.example.com/services?hostGroup=12345&env=production#ok";

// The bytes that this process has sent to the disk.
double written_bytes() {
  std::ifstream file("/proc/self/io");
  std::string name;
  double value = 0;
  while (file >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

void report_all(Store& store, bool in_order) {
  std::vector<std::uint32_t> order(cells);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<RowId> previous(cells);
  std::mt19937 random(1);
  std::uint64_t position = 0;
  std::int64_t seconds = 1'790'000'000;
  for (int round = 0; round < rounds; ++round) {
    if (!in_order) std::ranges::shuffle(order, random);
    std::vector<LogGroup> groups;
    for (std::uint32_t n = 0; n < cells; ++n) {
      if (n % changes_of_request == 0) {
        groups.push_back(
            {.org = {1}, .at = time_of_microseconds(++seconds * 1'000'000), .request = {1}});
      }
      ChangedOutcome change = first_outcome(1 + order[n] % 10, 1 + order[n] / 10, remarks);
      change.previous = previous[order[n]];
      if (change.previous) change.before = State::fail;
      previous[order[n]] = {++position};
      groups.back().outcomes.push_back(change);
      if (groups.size() == 100 && groups.back().outcomes.size() == changes_of_request) {
        ASSERT(append_groups(store, groups));
        groups.clear();
      }
    }
  }
}

void prune(benchmark::State& state) {
  const TestDirectory directory;
  static Metrics metrics;
  const auto store = *Store::open({.directory = directory.store()}, metrics);
  report_all(*store, state.range(0) == 1);
  std::vector<double> milliseconds;
  std::uint64_t gone = 0;
  double bytes = 0;
  while (state.KeepRunning()) {
    const double before = written_bytes();
    std::optional<PruneWork> next = PruneWork{.org = {1}, .history_before = Time::max()};
    while (next) {
      const auto start = steady_clock::now();
      auto piece = store->prune(*next);
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(steady_clock::now() - start).count());
      ASSERT(piece);
      gone += piece->outcomes;
      next = std::move(piece->next);
    }
    bytes = written_bytes() - before;
  }
  std::ranges::sort(milliseconds);
  const auto pieces = milliseconds.size();
  state.counters["pieces"] = static_cast<double>(pieces);
  state.counters["p50_ms"] = milliseconds[pieces / 2];
  state.counters["p99_ms"] = milliseconds[pieces * 99 / 100];
  state.counters["max_ms"] = milliseconds.back();
  state.counters["bytes_each"] = bytes / static_cast<double>(gone);
  state.SetItemsProcessed(static_cast<std::int64_t>(gone));
}

BENCHMARK(prune)->Arg(1)->Arg(0)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace scorekeeper::store::sqlite
