// The checksum of a piece of a snapshot.
#include <benchmark/benchmark.h>

#include <vector>

#include "store/checksum.h"

namespace scorekeeper::store {
namespace {

void checksum_of_a_mebibyte(benchmark::State& state) {
  const std::vector<std::byte> bytes(1 << 20, std::byte{0x5a});
  for (auto _ : state) {
    auto checksum = state.range(0) == 0 ? checksum_of(bytes) : plain_checksum_of(bytes);
    benchmark::DoNotOptimize(checksum);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(checksum_of_a_mebibyte)->Arg(0)->Arg(1);

}  // namespace
}  // namespace scorekeeper::store
