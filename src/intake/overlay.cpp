#include "intake/overlay.h"

#include <bit>

namespace scorekeeper::intake {

// The slot of the key, or the empty one for it.
std::size_t Overlay::place_of(std::uint64_t key) const {
  const int shift = 64 - std::countr_zero(slots_.size());
  std::size_t i = (key * multiplier_) >> shift;
  while (slots_[i].generation == generation_ && slots_[i].key != key) {
    i = (i + 1) & (slots_.size() - 1);
  }
  return i;
}

std::uint32_t Overlay::put(matrix::CellKey key) {
  const std::uint64_t packed = std::uint64_t{key.rule.number} << 32 | key.entity.number;
  std::size_t place = place_of(packed);
  if (slots_[place].generation == generation_) return slots_[place].index;
  if ((entries_.size() + 1) * 2 > slots_.size()) {
    grow();
    place = place_of(packed);
  }
  slots_[place] = {packed, generation_, size()};
  entries_.push_back({.key = key,
                      .cell = std::nullopt,
                      .before = {},
                      .request = 0,
                      .result = 0,
                      .changed = false});
  return size() - 1;
}

void Overlay::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  generation_ = 1;
  for (std::uint32_t index = 0; index < size(); ++index) {
    const matrix::CellKey key = entries_[index].key;
    const std::uint64_t packed = std::uint64_t{key.rule.number} << 32 | key.entity.number;
    slots_[place_of(packed)] = {packed, generation_, index};
  }
}

}  // namespace scorekeeper::intake
