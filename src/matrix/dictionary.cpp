#include "matrix/dictionary.h"

#include "base/assert.h"
#include "matrix/bitmap.h"

namespace scorekeeper::matrix {

std::uint32_t Dictionary::find(std::string_view text) const {
  if (text.empty()) return 0;
  const auto number = by_text_.find(
      name_hash(text), [&](std::uint32_t candidate) { return texts_[candidate - 1].text == text; });
  return number == 0 ? unknown : number;
}

bool Dictionary::is_used(std::string_view text) const {
  const auto number = find(text);
  return number == 0 || (number != unknown && texts_[number - 1].uses > 0);
}

std::size_t Dictionary::memory_bytes() const {
  return bytes_ + texts_.size() * sizeof(Text) + by_text_.memory_bytes() +
         (unused_.capacity() + free_.capacity() + reused_.capacity()) * sizeof(std::uint32_t);
}

std::uint32_t Dictionary::take(std::string_view text) {
  auto number = find(text);
  if (number == 0) return 0;
  if (number == unknown) {
    if (free_.empty()) {
      texts_.emplace_back();
      number = static_cast<std::uint32_t>(texts_.size());
    } else {
      number = free_.back();
      free_.pop_back();
      reused_.push_back(number);
    }
    texts_[number - 1].text = text;
    bytes_ += text.size() + allocation_bytes;
    by_text_.insert(name_hash(text), number);
    ++version_;
  }
  if (texts_[number - 1].uses++ == 0) ++used_;
  return number;
}

void Dictionary::release(std::uint32_t number) {
  if (number == 0) return;
  Text& text = texts_[number - 1];
  ASSERT(text.uses > 0);
  if (--text.uses > 0) return;
  --used_;
  if (!text.listed) unused_.push_back(number);
  text.listed = true;
  if (unused_.size() > unused_max + used_ / 4) forget_unused();
}

void Dictionary::forget_unused() {
  for (std::size_t i = 0; i < unused_max; ++i) {
    const auto number = unused_.back();
    unused_.pop_back();
    Text& text = texts_[number - 1];
    text.listed = false;
    if (text.uses > 0) continue;
    by_text_.erase(name_hash(text.text), number);
    bytes_ -= text.text.size() + allocation_bytes;
    text.text = std::string();
    free_.push_back(number);
  }
  reused_.clear();
  ++version_;
  ++forgotten_;
}

}  // namespace scorekeeper::matrix
