#include "matrix/column_terms.h"

#include <algorithm>
#include <bit>
#include <string>

#include "domain/entity.h"
#include "domain/entity_fields.h"
#include "domain/text.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t no_wildcard = ~std::uint32_t{0};

// As the dictionary of tags has it.
std::string text_of(const EntityTerm& term) {
  if (!is_tag_too(term.field)) return term.value;
  return std::string(name_of(term.field)) + ':' + term.value;
}

template <class Do>
void each(const Words* words, WordRange range, const Do& act) {
  if (words == nullptr) return;
  for (std::size_t w = range.first; w < range.last; ++w) {
    for (std::uint64_t left = (*words)[w]; left != 0; left &= left - 1) {
      act(w * word_entities + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
}

}  // namespace

void ColumnTerms::NumberMap::clear(std::size_t count) {
  slots_.assign(std::bit_ceil(count * 2 + 1), {});
  count_ = 0;
}

void ColumnTerms::NumberMap::put(std::uint32_t number, TermId id) {
  if (number == Dictionary::unknown) return;
  std::size_t i = first(number);
  while (slots_[i].id != no_term) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {number, id};
  ++count_;
}

TermId ColumnTerms::NumberMap::find(std::uint32_t number) const {
  for (std::size_t i = first(number);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i].id == no_term || slots_[i].number == number) return slots_[i].id;
  }
}

ColumnTerms::ColumnTerms(const TermSet& terms) : TermBits(terms) {
  wildcard_of_.assign(terms.limit(), no_wildcard);
  for (TermId id = 0; id < terms.limit(); ++id) {
    if (!terms.is_used(id)) continue;
    const EntityTerm& term = terms.term(id);
    Texts* texts = nullptr;
    if (term.field == EntityField::kind) {
      texts = &kinds_;
    } else if (term.field == EntityField::owner) {
      texts = &owners_;
    } else if (term.field == EntityField::tag || is_tag_too(term.field)) {
      texts = &tags_;
    } else if (term.field == EntityField::has_definition) {
      (term.value == "true" ? defined_ : undefined_) = id;
    } else if (!terms.is_tried(id)) {
      asks_names_ = true;
    }
    if (texts == nullptr) continue;
    if (terms.is_tried(id)) {
      wildcard_of_[id] = static_cast<std::uint32_t>(wildcards_.size());
      texts->wildcards.push_back(wildcard_of_[id]);
      wildcards_.push_back({.id = id, .accepted = {}});
    } else if (is_tag_too(term.field) && asks_for_none(term)) {
      none_terms_.emplace_back(term.field, id);
    } else {
      texts->exact.push_back(id);
    }
  }
}

template <class Put>
bool ColumnTerms::is_new(Texts& texts, const Dictionary& dictionary, const Put& put) {
  if (texts.version == dictionary.version()) return false;
  texts.version = dictionary.version();
  put();
  return true;
}

void ColumnTerms::look_up_numbers(const Entities& entities) {
  const auto& texts = entities.texts();
  const auto put_all = [&](Texts& from, const Dictionary& dictionary, NumberMap& to) {
    is_new(from, dictionary, [&] {
      to.clear(from.exact.size());
      for (const TermId id : from.exact) to.put(dictionary.find(terms().term(id).value), id);
    });
  };
  put_all(kinds_, texts.kinds, kind_terms_);
  put_all(owners_, texts.owners, owner_terms_);
  is_new(tags_, texts.tags, [&] {
    tag_terms_.clear(tags_.exact.size());
    member_terms_.clear(tags_.exact.size());
    for (const TermId id : tags_.exact) {
      const EntityTerm& term = terms().term(id);
      NumberMap& to = term.field == EntityField::tag ? tag_terms_ : member_terms_;
      to.put(texts.tags.find(text_of(term)), id);
    }
  });
}

bool ColumnTerms::try_texts(Texts& texts, const Dictionary& dictionary, std::uint64_t& steps_left) {
  if (texts.forgotten != dictionary.forgotten()) {
    texts.forgotten = dictionary.forgotten();
    for (const auto place : texts.wildcards) {
      wildcards_[place].accepted.clear();
      wildcards_[place].reused = dictionary.reused().size();
    }
  }
  const auto reused = dictionary.reused();
  for (const auto place : texts.wildcards) {
    Wildcard& wildcard = wildcards_[place];
    const EntityTerm& term = terms().term(wildcard.id);
    // No pattern accepts the empty text, number 0.
    if (wildcard.accepted.empty()) wildcard.accepted.push_back(false);
    const auto accepts = [&](std::size_t number) {
      const auto text = dictionary.text(static_cast<std::uint32_t>(number));
      const std::uint64_t steps = steps_of(term, text);
      spend(steps);
      steps_left -= std::min(steps, steps_left);
      return holds(term, text);
    };
    // Numbers that had no text when they were tried, and have one now.
    for (; wildcard.reused < reused.size(); ++wildcard.reused) {
      if (steps_left == 0) return false;
      const std::size_t number = reused[wildcard.reused];
      if (number < wildcard.accepted.size()) wildcard.accepted[number] = accepts(number);
    }
    while (wildcard.accepted.size() < dictionary.limit()) {
      if (steps_left == 0) return false;
      wildcard.accepted.push_back(accepts(wildcard.accepted.size()));
    }
  }
  return true;
}

bool ColumnTerms::look_up(const Entities& entities, std::uint64_t steps_max) {
  const auto& texts = entities.texts();
  look_up_numbers(entities);
  return try_texts(kinds_, texts.kinds, steps_max) && try_texts(owners_, texts.owners, steps_max) &&
         try_texts(tags_, texts.tags, steps_max);
}

void ColumnTerms::turn_to(const Entities& entities, const Names& names, std::size_t page,
                          WordRange range) {
  entities_ = &entities;
  names_ = &names;
  page_ = page;
  begin_page();
  if (!kind_terms_.empty()) put_column(entities.kinds(page), kind_terms_, range);
  if (!owner_terms_.empty()) put_column(entities.owners(page), owner_terms_, range);
  if (!tag_terms_.empty() || !member_terms_.empty() || !none_terms_.empty()) put_tags(range);
  if (asks_names_) put_names(range);
  if (defined_ != no_term || undefined_ != no_term) put_definitions(range);
}

void ColumnTerms::put_column(const Column* column, const NumberMap& terms, WordRange range) {
  spend((range.last - range.first) * word_entities);
  const std::size_t end = range.last * word_entities;
  for (std::size_t i = range.first * word_entities; i < end; ++i) {
    set(terms.find(column == nullptr ? 0 : (*column)[i]), i);
  }
}

void ColumnTerms::put_tags(WordRange range) {
  each(entities_->live().page(page_), range, [&](std::size_t i) {
    const auto [tags, members] = entities_->tags(entity_at(page_, i));
    spend(1 + tags.size() + members.size());
    std::uint32_t fields = 0;  // that it has
    const auto meet = [&](std::uint32_t text) {
      if (!member_terms_.empty()) set(member_terms_.find(text), i);
      fields |= 1U << static_cast<unsigned>(entities_->field_of(text));
    };
    for (const auto tag : tags) {
      if (!tag_terms_.empty()) set(tag_terms_.find(tag), i);
      meet(tag);
    }
    for (const auto member : members) meet(member);
    for (const auto& [field, id] : none_terms_) {
      if ((fields >> static_cast<unsigned>(field) & 1U) == 0) set(id, i);
    }
  });
}

void ColumnTerms::put_names(WordRange range) {
  std::string lowered;
  each(entities_->live().page(page_), range, [&](std::size_t i) {
    lowered = names_->text(entity_at(page_, i));
    spend(lowered.size());
    std::ranges::transform(lowered, lowered.begin(), to_lower);
    const auto parts = split_canonical(lowered);
    set(terms().find(EntityField::name, parts.name), i);
    set(terms().find(EntityField::name_space, parts.name_space), i);
  });
}

void ColumnTerms::put_definitions(WordRange range) {
  const Words* live = entities_->live().page(page_);
  const Words* defined = entities_->defined().page(page_);
  if (live == nullptr) return;
  for (std::size_t w = range.first; w < range.last; ++w) {
    const std::uint64_t has = defined == nullptr ? 0 : (*defined)[w];
    if (defined_ != no_term) make(defined_)[w] = has;
    if (undefined_ != no_term) make(undefined_)[w] = (*live)[w] & ~has;
  }
}

bool ColumnTerms::try_term(TermId id, std::size_t index_in_page) {
  const EntityTerm& term = terms().term(id);
  const auto entity = entity_at(page_, index_in_page);
  if (wildcard_of_[id] == no_wildcard) {
    const auto parts = split_canonical(names_->text(entity));
    const auto text = term.field == EntityField::name_space ? parts.name_space : parts.name;
    spend(steps_of(term, text));
    return holds(term, text);
  }
  const auto& accepted = wildcards_[wildcard_of_[id]].accepted;
  const auto number_in = [&](const Column* column) {
    return column == nullptr ? 0 : (*column)[index_in_page];
  };
  const auto is_one = [&](std::uint32_t text) { return accepted[text]; };
  spend(1);
  if (term.field == EntityField::kind) return accepted[number_in(entities_->kinds(page_))];
  if (term.field == EntityField::owner) return accepted[number_in(entities_->owners(page_))];
  const auto [tags, members] = entities_->tags(entity);
  spend(tags.size() + members.size());
  if (std::ranges::any_of(tags, is_one)) return true;
  return term.field != EntityField::tag && std::ranges::any_of(members, is_one);
}

}  // namespace scorekeeper::matrix
