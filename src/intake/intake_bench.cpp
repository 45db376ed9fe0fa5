// Outcomes a second through Intake on the real store, without HTTP and JSON: batches of 100 from
// one thread, 64 in flight, over 100 rules × 10,000 entities, keys at random.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <semaphore>
#include <string>

#include "base/assert.h"
#include "base/test_directory.h"
#include "intake/intake.h"
#include "intake/rule_changes.h"
#include "store/sqlite/store.h"

namespace scorekeeper::intake {
namespace {

constexpr std::uint32_t rules = 100;
constexpr std::uint32_t entities = 10'000;
constexpr std::ptrdiff_t in_flight = 64;
constexpr std::size_t batch_size = 100;

class Server {
 public:
  Server() {
    auto store = store::sqlite::Store::open({.directory = directory_.store()}, metrics_);
    ASSERT(store);
    store_ = *std::move(store);
    auto intake = Intake::open(matrix_, {.log = *store_, .catalog = *store_}, clock_, metrics_);
    ASSERT(intake);
    intake_ = *std::move(intake);
    for (std::uint32_t i = 0; i < rules; ++i) add_rule(i);
  }
  // 1,000 batches, each result with the same state and remarks: of run number `run` only when it
  // changes.
  void make_batches(unsigned run) {
    std::mt19937 random(1);
    batches.clear();
    for (int b = 0; b < 1'000; ++b) {
      OutcomeBatch batch;
      for (std::size_t i = 0; i < batch_size; ++i) {
        const TextRange rule = keep(batch, rule_ids_[random() % rules]);
        const TextRange entity =
            keep(batch, fmt::format("service:default/entity-{:05}", random() % entities));
        const TextRange remarks = keep(
            batch, fmt::format("See the <a href=\"https://wiki.example/rules/{}\">page</a>.", run));
        batch.results.push_back(
            {.rule_id = rule, .entity = entity, .remarks = remarks, .state = State::pass});
      }
      batches.push_back(std::move(batch));
    }
  }
  void submit_all() {
    std::counting_semaphore<in_flight> free(in_flight);
    for (const OutcomeBatch& batch : batches) {
      free.acquire();
      const auto submitted = intake_->submit(caller_, batch, {}, [&](const auto& receipt) {
        ASSERT(receipt);
        free.release();
      });
      ASSERT(submitted);
    }
    for (std::ptrdiff_t i = 0; i < in_flight; ++i) free.acquire();
  }

  std::vector<OutcomeBatch> batches;

 private:
  static TextRange keep(OutcomeBatch& batch, std::string_view text) {
    const TextRange range{.offset = static_cast<std::uint32_t>(batch.text.size()),
                          .length = static_cast<std::uint32_t>(text.size())};
    batch.text += text;
    return range;
  }
  void add_rule(std::uint32_t number) {
    std::binary_semaphore done(0);
    RuleFields fields;
    fields.name = fmt::format("rule {}", number);
    fields.scorecard_name = "Bench";
    const auto queued = intake_->change(caller_, bound(decide_create_rule, fields, Warnings()),
                                        [&](const auto& view) {
                                          ASSERT(view);
                                          rule_ids_.push_back(view->rule.id);
                                          done.release();
                                        });
    ASSERT(queued);
    done.acquire();
  }

  const Caller caller_{.org = OrgId{1}, .key = KeyId{1}, .scopes = {}};
  TestDirectory directory_;
  SystemClock clock_;
  Metrics metrics_;
  matrix::Matrix matrix_{Limits{}};
  std::unique_ptr<store::sqlite::Store> store_;
  std::unique_ptr<Intake> intake_;
  std::vector<std::string> rule_ids_;
};

void outcomes(benchmark::State& state, bool changed) {
  Server server;
  unsigned run = 0;
  server.make_batches(run);
  server.submit_all();
  for (auto _ : state) {
    state.PauseTiming();
    if (changed) server.make_batches(++run);
    state.ResumeTiming();
    server.submit_all();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(100'000));
}
BENCHMARK_CAPTURE(outcomes, all_changed, true)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->MinTime(5);
BENCHMARK_CAPTURE(outcomes, all_unchanged, false)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->MinTime(5);

}  // namespace
}  // namespace scorekeeper::intake
