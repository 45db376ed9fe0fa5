// Any bytes as a snapshot: they are refused, or make a matrix that can be asked and changed, and
// that writes a snapshot which is read again as it is.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "matrix/matrix.h"

namespace {

using scorekeeper::matrix::OrgMatrix;

std::vector<std::byte> write(const OrgMatrix& matrix) {
  std::vector<std::byte> bytes;
  const auto written = matrix.write_snapshot([&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return scorekeeper::Result<void>();
  });
  ASSERT(written);
  return bytes;
}

void ask(const OrgMatrix& matrix) {
  using scorekeeper::Aggregation;
  const scorekeeper::Page page{.offset = 0, .size = 1'000};
  matrix.list_rules({}, page);
  matrix.list_outcomes({}, page);
  scorekeeper::ScoreQuery query;
  for (const auto aggregation : {Aggregation::by_entity, Aggregation::by_rule,
                                 Aggregation::by_scorecard, Aggregation::by_team}) {
    query.aggregation = aggregation;
    matrix.list_scores(query);
  }
  ASSERT(matrix.memory_bytes() > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  OrgMatrix matrix(scorekeeper::OrgId{1});
  if (!matrix.read_snapshot(std::as_bytes(std::span(data, size)))) return 0;
  ask(matrix);
  const auto bytes = write(matrix);
  OrgMatrix again(scorekeeper::OrgId{1});
  ASSERT(again.read_snapshot(bytes));
  ASSERT(write(again) == bytes);
  const scorekeeper::EntityNumber first{1};
  again.publish({.removals = std::span(&first, 1)});
  ask(again);
  return 0;
}
