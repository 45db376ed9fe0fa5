#include "matrix/entity_matcher.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "domain/entity.h"

namespace scorekeeper::matrix {
namespace {

// Nullptr for the fields that are compared as texts, and for has_definition.
const Dictionary* dictionary_of(const Entities::Texts& texts, EntityField field) {
  switch (field) {
    case EntityField::kind:
      return &texts.kinds;
    case EntityField::owner:
      return &texts.owners;
    case EntityField::tier:
      return &texts.tiers;
    case EntityField::lifecycle:
      return &texts.lifecycles;
    case EntityField::type:
      return &texts.types;
    case EntityField::language:
      return &texts.languages;
    case EntityField::tag:
      return &texts.tags;
    case EntityField::name_space:
    case EntityField::name:
    case EntityField::has_definition:
    case EntityField::word:
      return nullptr;
  }
  return nullptr;
}

const Column* column_of(const Entities& entities, std::size_t page, EntityField field) {
  switch (field) {
    case EntityField::kind:
      return entities.kinds(page);
    case EntityField::owner:
      return entities.owners(page);
    case EntityField::tier:
      return entities.tiers(page);
    case EntityField::lifecycle:
      return entities.lifecycles(page);
    case EntityField::type:
      return entities.types(page);
    case EntityField::name_space:
    case EntityField::name:
    case EntityField::language:
    case EntityField::tag:
    case EntityField::has_definition:
    case EntityField::word:
      return nullptr;
  }
  return nullptr;
}

// Eight bytes of 0 or 1 to eight bits, the first byte to the lowest.
std::uint64_t pack(const unsigned char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word * 0x0102'0408'1020'4080U >> 56;
}

// A bit for each of 64 numbers that `is_it` accepts.
template <class IsIt>
std::uint64_t compare(const std::uint32_t* numbers, const IsIt& is_it) {
  unsigned char equal[word_entities];
  for (std::size_t i = 0; i < word_entities; ++i) equal[i] = is_it(numbers[i]) ? 1 : 0;
  std::uint64_t bits = 0;
  for (std::size_t byte = 0; byte < 8; ++byte) bits |= pack(equal + byte * 8) << byte * 8;
  return bits;
}

bool empty(const Words& words) {
  return std::ranges::all_of(words, [](std::uint64_t word) { return word == 0; });
}

}  // namespace

EntityMatcher::EntityMatcher(const EntityQuery& query, const Entities& entities, const Names& names)
    : query_(query),
      entities_(entities),
      names_(names),
      terms_(query.steps().size()),
      reached_(query.steps().size()) {}

bool EntityMatcher::look_up(std::size_t texts_max) {
  std::size_t texts_left = texts_max;
  for (std::size_t step = 0; step < terms_.size(); ++step) {
    look_up(step, texts_left);
    if (texts_left == 0) return false;
  }
  return true;
}

void EntityMatcher::look_up(std::size_t step, std::size_t& texts_left) {
  const EntityTerm& term = query_.steps()[step].term;
  const Dictionary* texts = dictionary_of(entities_.texts(), term.field);
  if (texts == nullptr) return;
  Term& found = terms_[step];
  if (!term.pattern) {
    if (found.number == Dictionary::unknown) found.number = texts->find(term.value);
    return;
  }
  // No pattern accepts the empty text, number 0.
  if (found.accepted.empty()) found.accepted.push_back(false);
  while (found.accepted.size() < texts->limit() && texts_left > 0) {
    const auto number = static_cast<std::uint32_t>(found.accepted.size());
    found.accepted.push_back(holds(term, texts->text(number)));
    --texts_left;
  }
}

// Fields that are not in columns, looked at entity by entity.
void EntityMatcher::hold_texts(Place place, const Words& reached, Words& holds) const {
  const EntityTerm& term = query_.steps()[place.step].term;
  const Term& looked_up = terms_[place.step];
  const auto holds_for = [&](EntityNumber entity) {
    const auto is_it = [&](std::uint32_t text) { return looked_up.accepts(text); };
    if (term.field == EntityField::language) {
      return std::ranges::any_of(entities_.languages(entity), is_it);
    }
    if (term.field == EntityField::tag) return std::ranges::any_of(entities_.tags(entity), is_it);
    const auto parts = split_canonical(names_.text(entity));
    return scorekeeper::holds(
        term, term.field == EntityField::name_space ? parts.name_space : parts.name);
  };
  for (std::size_t w = place.range.first; w < place.range.last; ++w) {
    std::uint64_t bits = 0;
    for (std::uint64_t left = reached[w]; left != 0; left &= left - 1) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(left));
      if (holds_for(entity_at(place.page, w * word_entities + bit))) bits |= mask_of(bit);
    }
    holds[w] = bits;
  }
}

void EntityMatcher::hold(Place place, const Words& reached, Words& holds) const {
  const EntityTerm& term = query_.steps()[place.step].term;
  const auto fill = [&](const auto& word) {
    for (std::size_t w = place.range.first; w < place.range.last; ++w) holds[w] = word(w);
  };
  if (term.field == EntityField::has_definition) {
    const Words* defined = entities_.defined().page(place.page);
    const bool wanted = term.value == "true";
    return fill([&](std::size_t w) {
      const std::uint64_t bits = defined == nullptr ? 0 : (*defined)[w];
      return wanted ? bits : ~bits;
    });
  }
  if (dictionary_of(entities_.texts(), term.field) == nullptr ||
      term.field == EntityField::language || term.field == EntityField::tag) {
    return hold_texts(place, reached, holds);
  }
  const Term& looked_up = terms_[place.step];
  const Column* column = column_of(entities_, place.page, term.field);
  if (column == nullptr) {
    const std::uint64_t everybody = looked_up.accepts(0) ? ~std::uint64_t{0} : 0;
    return fill([&](std::size_t) { return everybody; });
  }
  if (looked_up.accepted.empty()) {
    return fill([&](std::size_t w) {
      return compare(column->data() + w * word_entities,
                     [&](std::uint32_t text) { return text == looked_up.number; });
    });
  }
  fill([&](std::size_t w) {
    return compare(column->data() + w * word_entities,
                   [&](std::uint32_t text) { return looked_up.accepted[text]; });
  });
}

bool EntityMatcher::match(std::size_t page, WordRange range, Words& matched) {
  const Words* live = entities_.live().page(page);
  if (live == nullptr) return false;
  Words asked{};
  std::copy(live->begin() + range.first, live->begin() + range.last, asked.begin() + range.first);
  if (query_.matches_all()) {
    matched = asked;
    return true;
  }
  matched.fill(0);
  for (Words& words : reached_) words.fill(0);
  reached_[0] = asked;
  for (std::size_t step = 0; step < reached_.size(); ++step) {
    const Words& reached = reached_[step];
    if (empty(reached)) continue;
    Words holds;
    hold({.step = step, .page = page, .range = range}, reached, holds);
    const auto go = [&](std::uint16_t target, std::uint64_t bits, std::size_t w) {
      if (target == EntityQuery::matched) {
        matched[w] |= bits;
      } else if (target != EntityQuery::refused) {
        reached_[target][w] |= bits;
      }
    };
    for (std::size_t w = range.first; w < range.last; ++w) {
      go(query_.steps()[step].if_true, reached[w] & holds[w], w);
      go(query_.steps()[step].if_false, reached[w] & ~holds[w], w);
    }
  }
  return !empty(matched);
}

Bitmap EntityMatcher::match_all() {
  look_up(std::numeric_limits<std::size_t>::max());
  Bitmap all;
  Words matched;
  for (std::size_t page = 0; page < pages_for(names_.next()); ++page) {
    if (match(page, matched)) all.make_page(page) = matched;
  }
  return all;
}

}  // namespace scorekeeper::matrix
