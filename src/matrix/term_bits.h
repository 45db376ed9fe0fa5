// Finds the entities that each term of a set holds for, on one page: terms without wildcards are
// known when the page is turned to, the others are tried on an entity when a query comes to it
// there, and once. Queries are evaluated for the whole page at once: for each step there is the set
// of the entities that come to it.
//
// One thread; within one look under the lock of the OrgMatrix whose entities they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "matrix/bitmap.h"
#include "matrix/term_set.h"

namespace scorekeeper::matrix {

struct WordRange {
  std::size_t first = 0;
  std::size_t last = page_words;  // behind the last one
};

// Bits by term, of few of many terms.
class SparseBits {
 public:
  // Nobody has any.
  void clear(TermId limit);
  const Words* find(TermId id) const { return slots_[id] == 0 ? nullptr : &words_[slots_[id] - 1]; }
  Words& make(TermId id);
  void set(TermId id, std::size_t index_in_page) {
    make(id)[index_in_page / word_entities] |= mask_of(index_in_page % word_entities);
  }

 private:
  std::vector<std::uint32_t> slots_;  // by term: a place in words_ and 1; 0 = none
  std::vector<Words> words_;
  std::vector<TermId> made_;
};

class TermBits {
 public:
  explicit TermBits(const TermSet& terms) : terms_(terms) {}
  TermBits(const TermBits&) = delete;
  TermBits& operator=(const TermBits&) = delete;
  virtual ~TermBits() = default;

  // Sets `matched` to the entities of `asked`, in the words of the range, that the query means; the
  // others become 0. false = there are none.
  bool match(std::span<const BoundStep> program, WordRange range, const Words& asked,
             Words& matched);
  // Work since the last call: bytes of texts that were tried, and words.
  std::uint64_t take_steps() { return std::exchange(steps_, 0); }

 protected:
  const TermSet& terms() const { return terms_; }
  // To a page where no term holds for anybody.
  void begin_page();
  void set(TermId id, std::size_t index_in_page) {
    if (id != no_term) known_.set(id, index_in_page);
  }
  Words& make(TermId id) { return known_.make(id); }
  void spend(std::uint64_t steps) { steps_ += steps; }

 private:
  // A term that has to be tried.
  virtual bool try_term(TermId id, std::size_t index_in_page) = 0;

  void find_live(std::span<const BoundStep> program);
  void go(std::uint16_t step, WordRange range, const Words& who, Words& matched);
  const Words& hold(TermId id, WordRange range, const Words& reached);

  const TermSet& terms_;
  SparseBits known_;  // for whom they hold
  SparseBits tried_;  // on whom they were tried
  std::uint64_t steps_ = 0;
  // The state of the query that is evaluated, by step.
  std::vector<std::uint16_t> live_;  // this step or the next one whose term may hold
  std::vector<Words> reached_;       // who comes to it
  std::vector<bool> is_reached_;
};

}  // namespace scorekeeper::matrix
