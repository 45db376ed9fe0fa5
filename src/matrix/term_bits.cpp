#include "matrix/term_bits.h"

#include <algorithm>
#include <bit>

namespace scorekeeper::matrix {
namespace {

constexpr std::uint16_t refused = EntityQuery::refused;
constexpr std::uint16_t matched_step = EntityQuery::matched;
constexpr Words nobody{};

bool is_empty(const Words& words, WordRange range) {
  return std::all_of(words.begin() + range.first, words.begin() + range.last,
                     [](std::uint64_t word) { return word == 0; });
}

}  // namespace

void SparseBits::clear(TermId limit) {
  for (const TermId id : made_) slots_[id] = 0;
  made_.clear();
  slots_.resize(limit);
}

Words& SparseBits::make(TermId id) {
  std::uint32_t& slot = slots_[id];
  if (slot == 0) {
    made_.push_back(id);
    slot = static_cast<std::uint32_t>(made_.size());
    if (slot > words_.size()) words_.emplace_back();
    words_[slot - 1].fill(0);
  }
  return words_[slot - 1];
}

void TermBits::begin_page() {
  known_.clear(terms_.limit());
  tried_.clear(terms_.limit());
}

// A step whose term holds for nobody hands on all who come: it is passed over.
void TermBits::find_live(std::span<const BoundStep> program) {
  live_.resize(program.size());
  for (std::size_t i = program.size(); i-- > 0;) {
    const BoundStep& step = program[i];
    const bool may_hold = terms_.is_tried(step.term) || known_.find(step.term) != nullptr;
    const bool ends = step.if_false >= refused;
    live_[i] =
        may_hold ? static_cast<std::uint16_t>(i) : (ends ? step.if_false : live_[step.if_false]);
  }
}

void TermBits::go(std::uint16_t step, WordRange range, const Words& who, Words& matched) {
  if (step < refused) step = live_[step];
  if (step == refused) return;
  Words& to = step == matched_step ? matched : reached_[step];
  if (step != matched_step && !is_reached_[step]) {
    is_reached_[step] = true;
    std::copy(who.begin() + range.first, who.begin() + range.last, to.begin() + range.first);
    return;
  }
  for (std::size_t w = range.first; w < range.last; ++w) to[w] |= who[w];
}

const Words& TermBits::hold(TermId id, WordRange range, const Words& reached) {
  if (terms_.is_tried(id)) {
    Words& tried = tried_.make(id);
    Words& known = known_.make(id);
    for (std::size_t w = range.first; w < range.last; ++w) {
      for (std::uint64_t left = reached[w] & ~tried[w]; left != 0; left &= left - 1) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(left));
        if (try_term(id, w * word_entities + bit)) known[w] |= mask_of(bit);
      }
      tried[w] |= reached[w];
    }
  }
  const Words* known = known_.find(id);
  return known == nullptr ? nobody : *known;
}

bool TermBits::match(std::span<const BoundStep> program, WordRange range, const Words& asked,
                     Words& matched) {
  matched.fill(0);
  if (is_empty(asked, range)) return false;
  if (program.empty()) {
    std::copy(asked.begin() + range.first, asked.begin() + range.last,
              matched.begin() + range.first);
    return true;
  }
  find_live(program);
  steps_ += program.size();
  if (reached_.size() < program.size()) reached_.resize(program.size());
  is_reached_.assign(program.size(), false);
  go(0, range, asked, matched);
  Words yes{};
  Words no{};
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (!is_reached_[i]) continue;
    const Words& holds = hold(program[i].term, range, reached_[i]);
    for (std::size_t w = range.first; w < range.last; ++w) {
      yes[w] = reached_[i][w] & holds[w];
      no[w] = reached_[i][w] & ~holds[w];
    }
    steps_ += range.last - range.first;
    if (!is_empty(yes, range)) go(program[i].if_true, range, yes, matched);
    if (!is_empty(no, range)) go(program[i].if_false, range, no, matched);
  }
  return !is_empty(matched, range);
}

}  // namespace scorekeeper::matrix
