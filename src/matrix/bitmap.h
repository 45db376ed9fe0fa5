// Sets of entities, a bit each; and where an entity stands in everything that is kept by pages:
// entities are cut into pages of 4096, a page into 64 words of 64 bits, counted from 0. A page of a
// Bitmap that nobody is in takes 8 bytes, any other 520.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/id.h"

namespace scorekeeper::matrix {

inline constexpr std::uint32_t word_entities = 64;
inline constexpr std::uint32_t page_words = 64;
inline constexpr std::uint32_t page_entities = word_entities * page_words;
// The bytes that the allocator adds to a piece of memory.
inline constexpr std::size_t allocation_bytes = 16;

// The bits of one page.
using Words = std::array<std::uint64_t, page_words>;

constexpr std::uint32_t index_of(EntityNumber entity) { return entity.number - 1; }
constexpr std::uint32_t page_of(EntityNumber entity) { return index_of(entity) / page_entities; }
constexpr std::uint32_t word_of(EntityNumber entity) {
  return index_of(entity) / word_entities % page_words;
}
constexpr std::uint64_t mask_of(std::uint32_t bit) { return std::uint64_t{1} << bit; }
constexpr std::uint64_t mask_of(EntityNumber entity) {
  return mask_of(index_of(entity) % word_entities);
}
constexpr EntityNumber entity_at(std::size_t page, std::size_t index_in_page) {
  return {static_cast<std::uint32_t>(page * page_entities + index_in_page + 1)};
}
// The number of pages that hold the entities below `end`.
constexpr std::size_t pages_for(EntityNumber end) {
  return (end.number + std::size_t{page_entities} - 2) / page_entities;
}

std::uint64_t count_bits(const Words& words);

class Bitmap {
 public:
  // --- readers
  bool has(EntityNumber entity) const {
    const Words* words = entity ? page(page_of(entity)) : nullptr;
    return words != nullptr && ((*words)[word_of(entity)] & mask_of(entity)) != 0;
  }
  // nullptr = nobody is in it.
  const Words* page(std::size_t index) const {
    return index < pages_.size() ? pages_[index].get() : nullptr;
  }
  std::uint64_t count() const;
  std::vector<EntityNumber> numbers() const;  // ascending
  std::size_t memory_bytes() const;

  // --- the writer
  void set(EntityNumber entity, bool in);
  // The page, made when it is absent.
  Words& make_page(std::size_t index);

 private:
  std::vector<std::unique_ptr<Words>> pages_;
};

}  // namespace scorekeeper::matrix
