// 10 M cells, 100 rules × 100,000 entities: what a put, a find and a page cost.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "matrix/cells.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t rules = 100;
constexpr std::uint32_t entities = 100'000;

const Cells& full() {
  static const std::unique_ptr<Cells> cells = [] {
    auto made = std::make_unique<Cells>();
    std::uint64_t row = 0;
    for (std::uint32_t rule = 1; rule <= rules; ++rule) {
      for (std::uint32_t entity = 1; entity <= entities; ++entity) {
        made->put({RuleNumber{rule}, EntityNumber{entity}},
                  Cell{.state = static_cast<State>(1 + row % 3), .row = RowId{++row}});
      }
    }
    return made;
  }();
  return *cells;
}

std::vector<CellKey> random_keys(std::size_t count) {
  std::mt19937 random(1);
  std::vector<CellKey> keys;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rule = 1 + static_cast<std::uint32_t>(random() % rules);
    keys.push_back(
        {RuleNumber{rule}, EntityNumber{1 + static_cast<std::uint32_t>(random() % entities)}});
  }
  return keys;
}

void find_one_by_one(benchmark::State& state) {
  const auto keys = random_keys(1 << 20);
  const Cells& cells = full();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cells.find(keys[next++ % keys.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_one_by_one);

void find_a_hundred_at_once(benchmark::State& state) {
  const auto keys = random_keys(1 << 20);
  const Cells& cells = full();
  std::vector<std::optional<Cell>> found;
  std::size_t next = 0;
  for (auto _ : state) {
    found.clear();
    cells.find_all(std::span(keys).subspan(next % (keys.size() - 100), 100), found);
    benchmark::DoNotOptimize(found.data());
    next += 100;
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(find_a_hundred_at_once);

// One org's cells, filled at random; what a cell takes is told.
void put_in_random_order(benchmark::State& state) {
  const auto keys = random_keys(2'000'000);
  for (auto _ : state) {
    Cells cells;
    std::vector<CellChange> changes;
    for (std::size_t start = 0; start < keys.size(); start += 10'000) {
      changes.clear();
      for (std::size_t i = start; i < start + 10'000; ++i) {
        changes.push_back({keys[i].rule, keys[i].entity, Cell{.row = RowId{i}}});
      }
      cells.put_all(changes);
    }
    state.counters["bytes_a_cell"] =
        static_cast<double>(cells.memory_bytes()) / static_cast<double>(cells.count());
  }
  state.SetItemsProcessed(state.iterations() * 2'000'000);
}
BENCHMARK(put_in_random_order)->Unit(benchmark::kMillisecond);

void put_over_ten_million(benchmark::State& state) {
  static Cells& cells = const_cast<Cells&>(full());
  const auto keys = random_keys(1 << 20);
  std::vector<CellChange> changes;
  for (const CellKey& key : keys) {
    changes.push_back({key.rule, key.entity, Cell{.state = State::fail, .row = RowId{7}}});
  }
  std::size_t next = 0;
  for (auto _ : state) {
    cells.put_all(std::span(changes).subspan(next % (changes.size() - 10'000), 10'000));
    next += 10'000;
  }
  state.SetItemsProcessed(state.iterations() * 10'000);
  state.counters["bytes_a_cell"] =
      static_cast<double>(cells.memory_bytes()) / static_cast<double>(cells.count());
}
BENCHMARK(put_over_ten_million)->Unit(benchmark::kMicrosecond);

void scan_a_page(benchmark::State& state) {
  const Cells& cells = full();
  std::vector<FoundCell> found;
  for (auto _ : state) {
    found.clear();
    ScanWindow window{.skip = static_cast<std::uint64_t>(state.range(0)), .take = 100};
    for (std::uint32_t rule = 1; rule <= rules && window.take > 0; ++rule) {
      cells.scan(RuleNumber{rule}, State::fail, ScanMask{}, window, found);
    }
    benchmark::DoNotOptimize(found.data());
  }
}
BENCHMARK(scan_a_page)->Arg(0)->Arg(1'000'000)->Arg(3'000'000);

}  // namespace
}  // namespace scorekeeper::matrix
