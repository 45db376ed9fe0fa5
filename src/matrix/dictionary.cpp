#include "matrix/dictionary.h"

#include "matrix/bitmap.h"

namespace scorekeeper::matrix {

std::uint32_t Dictionary::find(std::string_view text) const {
  if (text.empty()) return 0;
  const auto number = by_text_.find(
      name_hash(text), [&](std::uint32_t candidate) { return texts_[candidate - 1] == text; });
  return number == 0 ? unknown : number;
}

std::uint32_t Dictionary::intern(std::string_view text) {
  const auto found = find(text);
  if (found != unknown) return found;
  texts_.emplace_back(text);
  bytes_ += sizeof(std::string) + text.size() + allocation_bytes;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  by_text_.insert(name_hash(text), number);
  return number;
}

}  // namespace scorekeeper::matrix
