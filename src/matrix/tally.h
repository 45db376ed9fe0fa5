// Counting bits: the cells of one rule on a page, and the cells of each entity of a page over many
// rules.
//
// Entities are counted without unpacking a cell. A number for each of 64 entities stands in the
// bits of several words, the lowest digits in the first: a bit-sliced, or vertical, counter. A
// carry-save adder brings two planes into the digits of weight 1 and gives one plane of carries of
// weight 2; two of those make one of weight 4, and so on (Harley and Seal; H. Warren, Hacker's
// Delight, 2nd edition, 5-1). A rule costs one full adder on its way and less than one on the
// carries', five instructions for all the entities of a vector; digits are unpacked to numbers once
// a page.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "matrix/bitmap.h"
#include "matrix/cell_page.h"

namespace scorekeeper::matrix {

// The applicable cells of one rule on one page.
struct RuleTally {
  std::uint32_t pass = 0;
  std::uint32_t fail = 0;
  std::uint32_t skip = 0;
  std::uint32_t no_data = 0;
};
// `scope`: who is in it; `defined`: who has a definition. Adds those with an applicable cell to
// `any`.
RuleTally tally_rule(const Planes& planes, const Words& scope, const Words& defined, Words& any);

// Numbers of the entities of a page.
using Numbers = std::array<std::uint32_t, page_entities>;

// Vertical counters of one page.
class VerticalCounter {
 public:
  void clear() { digits_used_ = 0; }
  // Counts 2^digit for each bit.
  void add(const Words& words, std::size_t digit = 0);
  void unpack(Numbers& numbers);

 private:
  struct Digit {
    Words sum;
    Words waiting;  // half of a pair of planes to be added
    bool has_waiting = false;
  };
  void open(std::size_t digit);
  void settle();

  std::vector<Digit> digits_;
  std::size_t digits_used_ = 0;
};

// The applicable cells of each entity of one page.
struct EntityNumbers {
  Numbers pass;
  Numbers fail;
  Numbers skip;
  Numbers no_data;
};

class EntityTally {
 public:
  void clear();
  // A rule's cells on the page, of those in its scope.
  void add_cells(const Planes& planes, const Words& scope);
  // So many rules have that scope.
  void add_scope(const Words& scope, std::size_t rules);
  void unpack(const Words& defined, EntityNumbers& numbers);

 private:
  VerticalCounter pass_;
  VerticalCounter fail_;
  VerticalCounter skip_;
  VerticalCounter scope_;
};

// Those who miss an applicable cell of a rule to reach its level, added to `missing`.
void tally_missing(const Planes& planes, const Words& scope, const Words& defined, Words& missing);

}  // namespace scorekeeper::matrix
