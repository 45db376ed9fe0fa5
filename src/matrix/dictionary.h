// Texts that occur again and again (teams, kinds, tags), interned to dense numbers from 1; 0 is the
// empty text. It counts who uses a text; texts that nobody uses are forgotten some at a time, when
// there are many, and their numbers are given to others. So a number stands for the same text only
// while somebody uses it; whoever keeps numbers between two looks asks version(), and whoever keeps
// what it found out about texts asks forgotten() and reused().
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/names.h"

namespace scorekeeper::matrix {

class Dictionary {
 public:
  static constexpr std::uint32_t unknown = ~std::uint32_t{0};
  // Unused texts are forgotten when there are more than this and a quarter of the used ones; so
  // many at once, which holds readers back for less than a millisecond.
  static constexpr std::size_t unused_max = 4'096;

  // --- readers
  std::uint32_t find(std::string_view text) const;  // or `unknown`
  std::string_view text(std::uint32_t number) const {
    return number == 0 ? std::string_view() : std::string_view(texts_[number - 1].text);
  }
  // Above every number.
  std::uint32_t limit() const { return static_cast<std::uint32_t>(texts_.size() + 1); }
  std::size_t count_used() const { return used_; }
  bool is_used(std::string_view text) const;
  // Goes up when a text gets a number or loses it: what find() said may have changed.
  std::uint64_t version() const { return version_; }
  // Goes up when numbers lose their texts: what text() said may have changed.
  std::uint64_t forgotten() const { return forgotten_; }
  // The numbers that got a new text since forgotten() last went up, in that order, each once:
  // before that text() said that they have none.
  std::span<const std::uint32_t> reused() const { return reused_; }
  std::size_t memory_bytes() const;

  // --- the writer
  // The number of the text, which is used once more.
  std::uint32_t take(std::string_view text);
  // It is used once less.
  void release(std::uint32_t number);

 private:
  struct Text {
    std::string text;
    std::uint32_t uses = 0;
    bool listed = false;  // in unused_
  };

  void forget_unused();

  std::deque<Text> texts_;
  FlatIndex by_text_;
  std::vector<std::uint32_t> unused_;  // those without use, and some that are used again
  std::vector<std::uint32_t> free_;    // without a text
  std::vector<std::uint32_t> reused_;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace scorekeeper::matrix
