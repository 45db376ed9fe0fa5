// Bodies of outcome records written and read on one core, of 128 changes with remarks of 60 bytes,
// the same ones in a record or different ones; one change found in them; the chain over them.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/assert.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {
namespace {

constexpr std::uint32_t changes = record_changes_max;
constexpr std::uint32_t now = 1'790'086'400;

// The remarks of each change of a record: none, the same, the same with escapes, different ones.
std::vector<std::string> remarks_of(std::int64_t kind) {
  const std::string plain = "checked by the nightly run of the platform team, see the wiki";
  const std::string escaped =
      "see <a href=\"https://ci.example.com/runs/4711\">run \u2116 4711</a>\n";
  std::vector<std::string> remarks;
  for (std::uint32_t i = 0; i < changes; ++i) {
    remarks.push_back(kind == 0   ? ""
                      : kind == 1 ? plain
                      : kind == 2 ? escaped
                                  : plain + std::to_string(i));
  }
  return remarks;
}

ChangedOutcome change(std::uint32_t number, std::string_view remarks) {
  return {.rule = {number % 1000 + 1},
          .entity = {number * 7919 % 1'000'000 + 1},
          .state = number % 3 == 0 ? State::fail : State::pass,
          .before = State::fail,
          .previous = {10'000'000 + number},
          .first_reported = now - 1'000'000,
          .reported_before = now - 3'600 - number % 100,
          .remarks = remarks};
}

void write_body(OutcomeBodyWriter& writer, const std::vector<std::string>& remarks) {
  for (std::uint32_t i = 0; i < changes; ++i) writer.add(change(i * 977, remarks[i]));
}

void write_outcome_body_with(benchmark::State& state) {
  const auto remarks = remarks_of(state.range(0));
  OutcomeBodyWriter writer(time_of_seconds(now));
  for (auto _ : state) {
    write_body(writer, remarks);
    auto body = writer.finish();
    benchmark::DoNotOptimize(body.data());
  }
  state.SetItemsProcessed(state.iterations() * changes);
}
BENCHMARK(write_outcome_body_with)->DenseRange(0, 3);

LogRecord record_with(std::int64_t kind) {
  OutcomeBodyWriter writer(time_of_seconds(now));
  write_body(writer, remarks_of(kind));
  LogRecord record;
  record.org = {1};
  record.position = {1};
  record.count = changes;
  record.at = time_of_seconds(now);
  record.body = writer.finish();
  return record;
}

void read_outcome_body_with(benchmark::State& state) {
  const LogRecord record = record_with(state.range(0));
  OutcomeBody read;
  for (auto _ : state) {
    ASSERT(read_outcome_body(record, read).has_value());
    benchmark::DoNotOptimize(read.changes.data());
  }
  state.SetItemsProcessed(state.iterations() * changes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.body.size()));
}
BENCHMARK(read_outcome_body_with)->DenseRange(0, 3);

void read_last_changed_outcome_with(benchmark::State& state) {
  const LogRecord record = record_with(state.range(0));
  std::string text;
  for (auto _ : state) {
    auto read = read_changed_outcome(record.body, record.at, changes - 1, text);
    ASSERT(read.has_value());
    benchmark::DoNotOptimize(&*read);
  }
}
BENCHMARK(read_last_changed_outcome_with)->DenseRange(0, 3);

void chain_after_body_with(benchmark::State& state) {
  LogRecord record = record_with(state.range(0));
  for (auto _ : state) record.chain = chain_after(record.chain, record);
  state.SetItemsProcessed(state.iterations() * changes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.body.size()));
}
BENCHMARK(chain_after_body_with)->DenseRange(0, 3);

}  // namespace
}  // namespace scorekeeper::store
