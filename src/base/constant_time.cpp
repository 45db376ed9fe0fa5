#include "base/constant_time.h"

namespace scorekeeper {

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= std::to_integer<unsigned>(a[i] ^ b[i]);
    // The compiler must not know when the outcome is settled.
    __asm__ volatile("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace scorekeeper
