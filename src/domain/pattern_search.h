// Searches texts in a time that grows with the sum of text and pattern, not with their product: a
// stranger chooses both. `read` gives a character of the text as it is to be compared (lower-cased
// or as it is); the pattern is compared as it stands. Tests count its calls.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace scorekeeper::pattern_search {

inline constexpr std::size_t nowhere = std::string_view::npos;

inline bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

inline std::size_t after_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && continues_character(text[at])) ++at;
  return at;
}

// The begin of the suffix of `part` that is last in the order, and its period.
struct MaximalSuffix {
  std::size_t begin = 0;
  std::size_t period = 1;
};
inline MaximalSuffix maximal_suffix(std::string_view part, bool reversed_order) {
  std::size_t best = 0;   // where the best suffix so far begins
  std::size_t other = 1;  // where the one that is compared with it begins
  std::size_t same = 0;   // characters that both have
  std::size_t period = 1;
  while (other + same < part.size()) {
    const auto a = static_cast<unsigned char>(part[other + same]);
    const auto b = static_cast<unsigned char>(part[best + same]);
    if (a == b) {
      if (++same == period) {
        other += period;
        same = 0;
      }
    } else if ((a < b) != reversed_order) {
      other += same + 1;
      same = 0;
      period = other - best;
    } else {
      best = other++;
      same = 0;
      period = 1;
    }
  }
  return {best, period};
}

// The first place of `part` in `text`, by the two-way algorithm of Crochemore and Perrin: at most
// two reads for each character of the text, and no memory.
template <class Read>
std::size_t find_part(std::string_view text, std::string_view part, Read& read) {
  if (part.empty()) return 0;
  if (part.size() > text.size()) return nowhere;
  const auto up = maximal_suffix(part, false);
  const auto down = maximal_suffix(part, true);
  const auto [cut, suffix_period] = up.begin > down.begin ? up : down;
  const bool periodic = part.substr(0, cut) == part.substr(suffix_period).substr(0, cut);
  const std::size_t period = periodic ? suffix_period : std::max(cut, part.size() - cut) + 1;
  std::size_t known = 0;  // characters of `part` that are at `at`, from before
  for (std::size_t at = 0; at + part.size() <= text.size();) {
    std::size_t right = std::max(cut, known);
    while (right < part.size() && part[right] == read(text[at + right])) ++right;
    if (right < part.size()) {
      at += right - cut + 1;
      known = 0;
      continue;
    }
    std::size_t left = cut;
    while (left > known && part[left - 1] == read(text[at + left - 1])) --left;
    if (left <= known) return at;
    at += period;
    known = periodic ? part.size() - period : 0;
  }
  return nowhere;
}

// Finds parts with `?` in them, each of which is one character of one or more bytes, by simulating
// an automaton with a bit for each byte of the part (Shift-And): for each byte of the text a step
// for each 64 bytes of the part.
template <class Read>
class WildcardSearch {
 public:
  explicit WildcardSearch(Read& read) : read_(read) {}

  // The end of the first match in `text`.
  std::size_t find_end(std::string_view text, std::string_view part) {
    const std::size_t words = (part.size() + 63) / 64;
    if (words > 1) {
      std::vector<std::uint64_t> wide(256 * words);
      std::vector<std::uint64_t> state(words + 1);
      std::vector<std::uint64_t> any(words);
      return run(text, part, {wide.data(), any.data(), state.data(), words});
    }
    std::uint64_t any = 0;
    std::uint64_t state = 0;
    const auto end = run(text, part, {narrow_.data(), &any, &state, words});
    for (const char c : part) narrow_[static_cast<unsigned char>(c)] = 0;
    return end;
  }

 private:
  struct Tables {
    std::uint64_t* places;  // by byte: where it stands in the part
    std::uint64_t* any;     // where a `?` stands
    std::uint64_t* state;   // bytes of the part that were met
    std::size_t words;
  };

  std::size_t run(std::string_view text, std::string_view part, Tables tables) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto bit = std::uint64_t{1} << i % 64;
      if (part[i] == '?') {
        tables.any[i / 64] |= bit;
      } else {
        tables.places[static_cast<unsigned char>(part[i]) * tables.words + i / 64] |= bit;
      }
    }
    const auto last = std::uint64_t{1} << (part.size() - 1) % 64;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool begins = at == 0 || !continues_character(text[at]);
      const auto byte = static_cast<unsigned char>(read_(text[at]));
      step(tables, tables.places + byte * tables.words, begins);
      if ((tables.state[tables.words - 1] & last) == 0) continue;
      return part.back() == '?' ? after_character(text, at) : at + 1;
    }
    return nowhere;
  }

  static void step(Tables tables, const std::uint64_t* places, bool begins) {
    std::uint64_t carried = begins ? 1 : 0;
    for (std::size_t w = 0; w < tables.words; ++w) {
      const std::uint64_t before = tables.state[w];
      const std::uint64_t moved = before << 1 | carried;
      carried = before >> 63;
      // A `?` takes a character's first byte and stays for the others.
      tables.state[w] =
          (moved & places[w]) | (begins ? moved & tables.any[w] : before & tables.any[w]);
    }
  }

  Read& read_;
  std::array<std::uint64_t, 256> narrow_{};
};

// The end of `part`, which may have `?` in it, at the beginning of `text`.
template <class Read>
std::size_t match_begin(std::string_view text, std::string_view part, Read& read) {
  std::size_t at = 0;
  for (const char wanted : part) {
    if (at >= text.size()) return nowhere;
    if (wanted == '?') {
      at = after_character(text, at);
    } else if (wanted == read(text[at])) {
      ++at;
    } else {
      return nowhere;
    }
  }
  return at;
}

// The begin of `part`, which may have `?` in it, at the end of `text`.
template <class Read>
std::size_t match_end(std::string_view text, std::string_view part, Read& read) {
  std::size_t at = text.size();
  for (std::size_t i = part.size(); i > 0; --i) {
    if (at == 0) return nowhere;
    --at;
    if (part[i - 1] == '?') {
      while (at > 0 && continues_character(text[at])) --at;
    } else if (part[i - 1] != read(text[at])) {
      return nowhere;
    }
  }
  return at;
}

// The parts between the stars, one after the other: what an earlier star could take, a later one
// can take, too, so that each part stands at its first place behind the one before.
template <class Read>
bool match_parts(std::string_view text, std::string_view parts, Read& read) {
  std::optional<WildcardSearch<Read>> wildcards;
  for (std::size_t next = 0; next < parts.size();) {
    const auto star = std::min(parts.find('*', next), parts.size());
    const auto part = parts.substr(next, star - next);
    next = star + 1;
    if (part.empty()) continue;
    std::size_t end = nowhere;
    if (part.contains('?')) {
      if (!wildcards) wildcards.emplace(read);
      end = wildcards->find_end(text, part);
    } else if (const auto begin = find_part(text, part, read); begin != nowhere) {
      end = begin + part.size();
    }
    if (end == nowhere) return false;
    text.remove_prefix(end);
  }
  return true;
}

template <class Read>
bool match(std::string_view text, std::string_view pattern, Read& read) {
  const auto first = pattern.find('*');
  const auto begin = match_begin(text, pattern.substr(0, first), read);
  if (begin == nowhere) return false;
  text.remove_prefix(begin);
  if (first == std::string_view::npos) return text.empty();
  const auto last = pattern.rfind('*');
  const auto end = match_end(text, pattern.substr(last + 1), read);
  if (end == nowhere) return false;
  text = text.substr(0, end);
  return first == last || match_parts(text, pattern.substr(first + 1, last - first - 1), read);
}

}  // namespace scorekeeper::pattern_search
