// The loops over the 64 words of a page that questions about scores and lists spend their time in,
// compiled twice: for any x86-64 (or other) processor, and for those of the last ten years
// (x86-64-v3: AVX2, popcnt). Which one runs is decided once, at the first use.
//
// Entities are counted without unpacking a cell. A number for each of 64 entities stands in the
// bits of several words, the lowest digits in the first: a bit-sliced, or vertical, counter. A
// carry-save adder brings two planes into the digits of weight 1 and gives one plane of carries of
// weight 2; two of those make one of weight 4, and so on (Harley and Seal; H. Warren, Hacker's
// Delight, 2nd edition, 5-1). Eight rules cost seven full adders, five instructions each for all
// the entities of a vector, and a carry that runs through the digits above; digits are unpacked to
// numbers once a page.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "domain/outcome.h"
#include "domain/score.h"
#include "matrix/bitmap.h"
#include "matrix/cell_page.h"

namespace scorekeeper::matrix {

// A rule's cells on a page, and who is in its scope: 64 words each.
struct ScopedPlanes {
  const std::uint64_t* low = nullptr;
  const std::uint64_t* high = nullptr;
  const std::uint64_t* scope = nullptr;
};

// The applicable cells of one rule on one page.
struct RuleTally {
  std::uint64_t pass = 0;
  std::uint64_t fail = 0;
  std::uint64_t skip = 0;
  std::uint64_t no_data = 0;
};

// Vertical counters of a page, `count` digits each; at least four.
struct StateDigits {
  Words* pass = nullptr;
  Words* fail = nullptr;
  Words* skip = nullptr;
  std::size_t count = 0;
};

// Numbers of the entities of a page.
using Numbers = std::array<std::uint32_t, page_entities>;

// The applicable cells of each entity of a page.
struct EntityNumbers {
  Numbers pass;
  Numbers fail;
  Numbers skip;
  Numbers no_data;
};

// The key that entities are sorted by: a sum of numbers, or a ratio to it.
struct EntityKey {
  std::array<const Numbers*, 3> sum{};  // nullptr = nothing; the first is always there
  const Numbers* dividend = nullptr;    // nullptr = no ratio; never more than the sum
  double none = 0;                      // the key where there is no ratio, as the sum is 0
  double least = 0;  // is added to the ratios: so little that it tells in those that are 0 alone
};

// The cells of a rule that a list selects on a page: cells in a state (none = any) and in both
// sets.
struct Selected {
  const std::uint64_t* scope = nullptr;
  const std::uint64_t* wanted = nullptr;
  std::optional<State> state;
};

// The entities that pass a rule of a level, and those that miss one.
struct LevelWords {
  Words passing{};
  Words missing{};
};

struct Kernels {
  // `defined`: of whom the rule expects an outcome. Adds those with an applicable cell to `any`.
  RuleTally (*tally_rule)(const ScopedPlanes& cells, const Words& defined, Words& any);
  // Counts eight rules' cells.
  void (*tally_eight)(const std::array<ScopedPlanes, 8>& rules, const StateDigits& digits);
  // Adds 2^digit for each bit.
  void (*add)(const Words& bits, std::size_t digit, std::span<Words> digits);
  void (*unpack)(std::span<const Words> digits, Numbers& numbers);
  // `numbers.no_data` holds how many rules have an entity in scope, and becomes what it should be;
  // returns the sums over the page.
  ScoreCounts (*settle)(const Words& defined, EntityNumbers& numbers);
  // Writes the key of each of the page's entities.
  void (*write_keys)(const EntityKey& key, double* keys);
  // Writes key * scale, cut to a whole number; -1 where the key is negative.
  void (*write_buckets)(std::span<const double> keys, double scale, std::int32_t* buckets);
  // Adds those who have an applicable cell of the rule that is not skipped: whether it passes.
  void (*add_levels)(const ScopedPlanes& cells, const Words& defined, LevelWords& level);
  // Writes the selected cells and counts them.
  std::uint64_t (*select)(const Planes& planes, const Selected& wanted, Words& selected);
};

const Kernels& kernels();
// The kernels for any processor, for tests and benchmarks.
const Kernels& plain_kernels();

}  // namespace scorekeeper::matrix
