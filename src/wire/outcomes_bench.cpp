// Outcomes parsed a second on one core; a result is the 173 bytes of the documented shape.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/assert.h"
#include "wire/outcomes.h"

namespace scorekeeper::wire {
namespace {

std::string request(std::int64_t results) {
  std::string body = R"({"data":{"attributes":{"results":[)";
  for (std::int64_t i = 0; i < results; ++i) {
    if (i > 0) body += ',';
    body += fmt::format(
        R"({{"rule_id":"q8MQxk8TCqrHn{:03}","entity_reference":"service:my-service-{:06}",)"
        R"("state":"{}","remarks":"checked by the nightly run of the platform team, see the wiki {:04}"}})",
        i % 1000, i * 7919 % 1'000'000, i % 3 == 0 ? "fail" : "pass", i % 10'000);
  }
  return body + R"(]},"type":"batched-outcome"}})";
}

void parse_outcomes_of(benchmark::State& state) {
  const Limits limits;
  std::string body = request(state.range(0));
  for (auto _ : state) {
    auto batch = parse_outcomes(body, limits);
    ASSERT(batch.has_value());
    benchmark::DoNotOptimize(batch->text.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(parse_outcomes_of)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

void write_outcome_list_of(benchmark::State& state) {
  OutcomeItem item;
  item.rule_id = "q8MQxk8TCqrHnWkx";
  item.entity_reference = "service:default/my-service-000001";
  item.remarks =
      "checked by the nightly run of the platform team, see <a href=\"https://x\">it</a>";
  const std::vector<OutcomeItem> items(static_cast<std::size_t>(state.range(0)), item);
  const OutcomeListQuery query;
  const Links links{.next = "/api/v2/scorecard/outcomes", .previous = {}};
  for (auto _ : state) {
    auto text = write_outcome_list(items, {}, query, links);
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_outcome_list_of)->Arg(1)->Arg(100);

}  // namespace
}  // namespace scorekeeper::wire
