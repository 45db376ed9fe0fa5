// Measures how long it takes to verify an access token of an issuer, which happens on the event
// loop.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "auth/issuer_fixture.h"
#include "auth/signatures.h"

namespace scorekeeper::auth {
namespace {

void verify(benchmark::State& state) {
  const auto algorithm = all_signature_algorithms[static_cast<std::size_t>(state.range(0))];
  const TestKey key(algorithm, "k");
  const std::vector published{key.published()};
  const PublicKeys keys(published);
  AccessToken token;
  token.algorithm = algorithm;
  token.key_id = "k";
  token.signed_text = std::string(600, 'x');
  token.signature = key.sign(token.signed_text);
  while (state.KeepRunning()) benchmark::DoNotOptimize(keys.verify(token));
  state.SetLabel(std::string(name_of(algorithm)));
}
BENCHMARK(verify)->DenseRange(0, 2);

}  // namespace
}  // namespace scorekeeper::auth
