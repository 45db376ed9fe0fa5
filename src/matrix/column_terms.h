// Evaluates terms for entities as they are in the columns: the terms without wildcards are found by
// the numbers of the texts, in one pass over a page, which costs as much for one term as for
// thousands. Wildcards on owners, kinds and tags are tried on each text of the dictionary once.
//
// One thread; under OrgMatrix's lock. It may be kept between looks: what came and went in the
// dictionaries since the last look is looked up again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "matrix/entities.h"
#include "matrix/names.h"
#include "matrix/term_bits.h"

namespace scorekeeper::matrix {

class ColumnTerms final : public TermBits {
 public:
  explicit ColumnTerms(const TermSet& terms);

  // Looks up the terms in the dictionaries, and tries wildcards on their texts until so many steps
  // are taken; true = all are looked up, as turn_to() wants.
  bool look_up(const Entities& entities, std::uint64_t steps_max);
  // Both must outlive what is asked of the page.
  void turn_to(const Entities& entities, const Names& names, std::size_t page, WordRange range);

 private:
  // From numbers of texts to terms; no larger than twice the terms.
  class NumberMap {
   public:
    void clear(std::size_t count);
    void put(std::uint32_t number, TermId id);
    TermId find(std::uint32_t number) const;
    bool empty() const { return count_ == 0; }

   private:
    struct Slot {
      std::uint32_t number = 0;
      TermId id = no_term;
    };
    std::size_t first(std::uint32_t number) const {
      return (number * std::size_t{0x9e37'79b1}) & (slots_.size() - 1);
    }
    std::vector<Slot> slots_;
    std::size_t count_ = 0;
  };
  // The terms of one dictionary.
  struct Wildcard {
    TermId id = no_term;
    std::vector<bool> accepted;  // by number
    std::size_t reused = 0;      // of Dictionary::reused(): those that are tried
  };
  struct Texts {
    std::vector<TermId> exact;
    std::vector<std::uint32_t> wildcards;  // places in wildcards_
    std::uint64_t version = ~std::uint64_t{0};
    std::uint64_t forgotten = 0;
  };

  bool try_term(TermId id, std::size_t index_in_page) override;
  bool try_texts(Texts& texts, const Dictionary& dictionary, std::uint64_t& steps_left);
  template <class Put>
  static bool is_new(Texts& texts, const Dictionary& dictionary, const Put& put);
  void look_up_numbers(const Entities& entities);
  void put_column(const Column* column, const NumberMap& terms, WordRange range);
  void put_tags(WordRange range);
  void put_names(WordRange range);
  void put_definitions(WordRange range);

  Texts kinds_, owners_, tags_;
  NumberMap kind_terms_, owner_terms_;
  NumberMap tag_terms_;                                     // of tags alone
  NumberMap member_terms_;                                  // of tags and members
  std::vector<std::pair<EntityField, TermId>> none_terms_;  // tier:"" and the like
  std::vector<Wildcard> wildcards_;
  std::vector<std::uint32_t> wildcard_of_;  // by term
  TermId defined_ = no_term;
  TermId undefined_ = no_term;
  bool asks_names_ = false;

  const Entities* entities_ = nullptr;
  const Names* names_ = nullptr;
  std::size_t page_ = 0;
};

}  // namespace scorekeeper::matrix
