// Texts that occur again and again (teams, tiers, tags), interned to dense numbers from 1; 0 is the
// empty text. Texts are never taken out: a matrix keeps every value that was ever seen since it was
// folded.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "matrix/names.h"

namespace scorekeeper::matrix {

class Dictionary {
 public:
  static constexpr std::uint32_t unknown = ~std::uint32_t{0};

  // --- readers
  std::uint32_t find(std::string_view text) const;  // or `unknown`
  std::string_view text(std::uint32_t number) const {
    return number == 0 ? std::string_view() : std::string_view(texts_[number - 1]);
  }
  // Above every number.
  std::uint32_t limit() const { return static_cast<std::uint32_t>(texts_.size() + 1); }
  std::size_t memory_bytes() const { return bytes_ + by_text_.memory_bytes(); }

  // --- the writer
  std::uint32_t intern(std::string_view text);

 private:
  std::deque<std::string> texts_;
  FlatIndex by_text_;
  std::size_t bytes_ = 0;
};

}  // namespace scorekeeper::matrix
