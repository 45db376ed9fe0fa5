// The cells that a group has met, as they will be after it: laid over the matrix while the group is
// made. A flat table from cell to entry; clearing costs nothing, memory is kept from group to
// group. Committer thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "matrix/cells.h"

namespace scorekeeper::intake {

class Overlay {
 public:
  struct Entry {
    matrix::CellKey key;
    std::optional<matrix::Cell> cell;
    RowId before;               // of the cell in the matrix; 0 = there is none
    std::uint32_t request = 0;  // the latest that names it, counted from 1 in the group
    std::uint32_t result = 0;   // the last of that request that names it
    bool changed = false;       // by this group
  };

  void clear() {
    entries_.clear();
    if (++generation_ > 0) return;
    std::ranges::fill(slots_, Slot());  // the generations begin again
    generation_ = 1;
  }
  // The index of the cell's entry, made where there is none.
  std::uint32_t put(matrix::CellKey key);
  Entry& operator[](std::uint32_t index) { return entries_[index]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  const std::vector<Entry>& entries() const { return entries_; }
  // It never had more than a few hundred entries.
  bool is_small() const { return slots_.size() <= 256; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t generation = 0;  // another than generation_: empty
    std::uint32_t index = 0;
  };
  std::size_t place_of(std::uint64_t key) const;
  void grow();

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::vector<Entry> entries_;
  std::uint32_t generation_ = 1;
  // Odd and of this process, so that nobody can choose cells that collide.
  std::uint64_t multiplier_ = random_u64() | 1;
};

}  // namespace scorekeeper::intake
