// Bodies of outcome records written and read on one core, of 64 changes with remarks of 60 bytes;
// one change found in them; the chain over them.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/assert.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {
namespace {

constexpr std::uint32_t changes = record_changes_max;

std::string remarks_of(std::int64_t kind) {
  if (kind == 0) return {};
  if (kind == 1) return "checked by the nightly run of the platform team, see the wiki";
  return "see <a href=\"https://ci.example.com/runs/4711\">run \u2116 4711</a>\n";
}

ChangedOutcome change(std::uint32_t number, std::string_view remarks) {
  return {.rule = {number % 1000 + 1},
          .entity = {number * 7919 % 1'000'000 + 1},
          .state = number % 3 == 0 ? State::fail : State::pass,
          .before = State::fail,
          .previous = {10'000'000 + number},
          .first_reported = 1'790'000'000,
          .reported_before = 1'790'086'400 + number,
          .remarks = remarks};
}

void write_body(OutcomeBodyWriter& writer, std::string_view remarks) {
  for (std::uint32_t i = 0; i < changes; ++i) writer.add(change(i * 977, remarks));
}

void write_outcome_body_with(benchmark::State& state) {
  const std::string remarks = remarks_of(state.range(0));
  OutcomeBodyWriter writer;
  for (auto _ : state) {
    write_body(writer, remarks);
    auto body = writer.finish();
    benchmark::DoNotOptimize(body.data());
  }
  state.SetItemsProcessed(state.iterations() * changes);
}
BENCHMARK(write_outcome_body_with)->Arg(0)->Arg(1)->Arg(2);

std::string body_with(std::int64_t kind) {
  OutcomeBodyWriter writer;
  write_body(writer, remarks_of(kind));
  return writer.finish();
}

void read_outcome_body_with(benchmark::State& state) {
  const std::string body = body_with(state.range(0));
  OutcomeBody read;
  for (auto _ : state) {
    ASSERT(read_outcome_body(body, read).has_value());
    benchmark::DoNotOptimize(read.changes.data());
  }
  state.SetItemsProcessed(state.iterations() * changes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(read_outcome_body_with)->Arg(0)->Arg(1)->Arg(2);

void read_last_changed_outcome_with(benchmark::State& state) {
  const std::string body = body_with(state.range(0));
  std::string text;
  for (auto _ : state) {
    auto read = read_changed_outcome(body, changes - 1, text);
    ASSERT(read.has_value());
    benchmark::DoNotOptimize(&*read);
  }
}
BENCHMARK(read_last_changed_outcome_with)->Arg(0)->Arg(1)->Arg(2);

void chain_after_body_with(benchmark::State& state) {
  LogRecord record{.org = {1},
                   .position = {1},
                   .count = changes,
                   .at = {},
                   .kind = RecordKind::outcomes,
                   .actor = {},
                   .request = {},
                   .request_id = {},
                   .group_end = true,
                   .chain = {},
                   .body = body_with(state.range(0))};
  for (auto _ : state) record.chain = chain_after(record.chain, record);
  state.SetItemsProcessed(state.iterations() * changes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.body.size()));
}
BENCHMARK(chain_after_body_with)->Arg(0)->Arg(1)->Arg(2);

}  // namespace
}  // namespace scorekeeper::store
