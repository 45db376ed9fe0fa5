#include "matrix/named_entities.h"

#include <algorithm>

#include "base/assert.h"
#include "domain/entity.h"

namespace scorekeeper::matrix {
namespace {

// An entity of a chain: two cache misses.
constexpr std::uint64_t link_steps = 128;

std::optional<std::string> canonical(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto parsed = parse_entity_reference(*text);
  if (!parsed) return std::nullopt;
  std::string made;
  append_canonical(*parsed, made);
  return made;
}

}  // namespace

NamedEntities::NamedEntities(NameFilter filter)
    : filter_(std::move(filter)), parsed_(canonical(filter_.name_or_reference)) {
  ASSERT(!filter_.empty());
}

NamedEntities::Found NamedEntities::look_up(const Names& names) const {
  return {.reference = filter_.reference ? names.find(*filter_.reference) : EntityNumber(),
          .name_or_reference = parsed_ ? names.find(*parsed_) : EntityNumber()};
}

bool NamedEntities::fits(const Names& names, EntityNumber entity) const {
  if (filter_.reference && entity != found_.reference) return false;
  if (filter_.name && !names.is_named(entity, *filter_.name)) return false;
  return !filter_.name_or_reference || entity == found_.name_or_reference ||
         names.is_named(entity, *filter_.name_or_reference);
}

void NamedEntities::add(EntityNumber entity) {
  const auto page = page_of(entity);
  if (entities_.page(page) == nullptr) pages_.insert(std::ranges::lower_bound(pages_, page), page);
  entities_.set(entity, true);
}

void NamedEntities::begin(const Names& names) {
  entities_ = Bitmap();
  pages_.clear();
  known_ = first_ = next_ = EntityNumber();
  for (const EntityNumber entity : {found_.reference, found_.name_or_reference}) {
    if (entity && fits(names, entity)) add(entity);
  }
}

bool NamedEntities::advance(const Names& names, std::uint64_t serial, std::uint64_t steps_max) {
  const Found found = look_up(names);
  if (serial_ != serial || found != found_) {
    serial_ = serial;
    found_ = found;
    begin(names);
  }
  if (filter_.reference) return false;
  const EntityNumber head =
      names.first_named(filter_.name ? *filter_.name : *filter_.name_or_reference);
  std::uint64_t steps = 0;
  while (known_ != head) {
    if (!first_) first_ = next_ = head;
    for (; next_ != known_ && steps < steps_max; steps += link_steps) {
      if (fits(names, next_)) add(next_);
      next_ = names.next_named(next_);
    }
    if (next_ != known_) break;
    known_ = std::exchange(first_, EntityNumber());
  }
  steps_ += steps;
  return known_ != head;
}

std::size_t NamedEntities::next_page(std::size_t page) const {
  const auto place = std::ranges::lower_bound(pages_, page);
  return place == pages_.end() ? page_none : *place;
}

Bitmap NamedEntities::among(const Bitmap& others) const {
  Bitmap both;
  for (const std::uint32_t page : pages_) {
    const Words* other = others.page(page);
    if (other == nullptr) continue;
    Words words = *entities_.page(page);
    for (std::size_t w = 0; w < page_words; ++w) words[w] &= (*other)[w];
    if (words != Words{}) both.make_page(page) = words;
  }
  return both;
}

}  // namespace scorekeeper::matrix
