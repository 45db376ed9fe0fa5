#include "matrix/bitmap.h"

#include <bit>

#include "base/assert.h"

namespace scorekeeper::matrix {

std::uint64_t count_bits(const Words& words) {
  std::uint64_t count = 0;
  for (const std::uint64_t word : words) count += static_cast<unsigned>(std::popcount(word));
  return count;
}

std::uint64_t Bitmap::count() const {
  std::uint64_t count = 0;
  for (const auto& page : pages_) count += page ? count_bits(*page) : 0;
  return count;
}

std::vector<EntityNumber> Bitmap::numbers() const {
  std::vector<EntityNumber> numbers;
  numbers.reserve(count());
  for (std::size_t p = 0; p < pages_.size(); ++p) {
    for (std::size_t w = 0; pages_[p] && w < page_words; ++w) {
      for (std::uint64_t bits = (*pages_[p])[w]; bits != 0; bits &= bits - 1) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
        numbers.push_back(entity_at(p, w * word_entities + bit));
      }
    }
  }
  return numbers;
}

std::size_t Bitmap::memory_bytes() const {
  std::size_t bytes = pages_.capacity() * sizeof(pages_[0]);
  for (const auto& page : pages_) bytes += page ? sizeof(Words) + allocation_bytes : 0;
  return bytes;
}

void Bitmap::set(EntityNumber entity, bool in) {
  ASSERT(entity);
  if (!in && page(page_of(entity)) == nullptr) return;
  std::uint64_t& word = make_page(page_of(entity))[word_of(entity)];
  word = in ? word | mask_of(entity) : word & ~mask_of(entity);
}

Words& Bitmap::make_page(std::size_t index) {
  if (index >= pages_.size()) pages_.resize(index + 1);
  if (!pages_[index]) pages_[index] = std::make_unique<Words>();
  return *pages_[index];
}

}  // namespace scorekeeper::matrix
