#include "matrix/entities.h"

#include <algorithm>

#include "base/assert.h"
#include "domain/entity.h"

namespace scorekeeper::matrix {
namespace {

std::size_t index_in_page(EntityNumber entity) { return index_of(entity) % page_entities; }

template <class Value>
Value& make_at(std::vector<std::unique_ptr<Value>>& pages, std::size_t page) {
  if (page >= pages.size()) pages.resize(page + 1);
  if (!pages[page]) pages[page] = std::make_unique<Value>();
  return *pages[page];
}

std::size_t bytes_of(const std::uint32_t* lists) {
  if (lists == nullptr) return 0;
  return (2U + lists[0] + lists[1]) * sizeof(std::uint32_t) + allocation_bytes;
}

}  // namespace

FactsOf::FactsOf(std::string_view reference, const EntityAttributes* attributes) {
  const auto parts = split_canonical(reference);
  facts_.kind = parts.kind;
  facts_.name_space = parts.name_space;
  facts_.name = parts.name;
  if (attributes == nullptr) return;
  facts_.has_definition = true;
  facts_.owner = attributes->owner;
  facts_.tier = attributes->tier;
  facts_.lifecycle = attributes->lifecycle;
  facts_.type = attributes->type;
  languages_.assign(attributes->languages.begin(), attributes->languages.end());
  tags_.assign(attributes->tags.begin(), attributes->tags.end());
  facts_.languages = languages_;
  facts_.tags = tags_;
}

const Column* Entities::kinds(std::size_t page) const {
  return page < kinds_.size() ? kinds_[page].get() : nullptr;
}

const std::uint32_t* Entities::lists(EntityNumber entity) const {
  const std::size_t page = page_of(entity);
  if (page >= defined_pages_.size() || !defined_pages_[page]) return nullptr;
  return defined_pages_[page]->lists[index_in_page(entity)].get();
}

std::span<const std::uint32_t> Entities::languages(EntityNumber entity) const {
  const std::uint32_t* found = lists(entity);
  return found == nullptr ? std::span<const std::uint32_t>() : std::span(found + 2, found[0]);
}

std::span<const std::uint32_t> Entities::tags(EntityNumber entity) const {
  const std::uint32_t* found = lists(entity);
  if (found == nullptr) return {};
  return {found + 2 + found[0], found[1]};
}

std::size_t Entities::memory_bytes() const {
  std::size_t bytes = live_.memory_bytes() + defined_.memory_bytes() + lists_bytes_ +
                      versions_.capacity() * sizeof(versions_[0]) +
                      (kinds_.capacity() + defined_pages_.capacity()) * sizeof(kinds_[0]);
  for (const auto& page : kinds_) bytes += page ? sizeof(Column) : 0;
  for (const auto& page : defined_pages_) bytes += page ? sizeof(DefinedPage) : 0;
  for (const Dictionary* texts : {&texts_.kinds, &texts_.owners, &texts_.tiers, &texts_.lifecycles,
                                  &texts_.types, &texts_.languages, &texts_.tags}) {
    bytes += texts->memory_bytes();
  }
  return bytes;
}

void Entities::touch(EntityNumber entity) {
  if (page_of(entity) >= versions_.size()) versions_.resize(page_of(entity) + std::size_t{1});
  ++versions_[page_of(entity)];
}

void Entities::add(EntityNumber entity, std::string_view reference) {
  touch(entity);
  if (!live_.has(entity)) ++count_live_;
  live_.set(entity, true);
  make_at(kinds_, page_of(entity))[index_in_page(entity)] =
      texts_.kinds.intern(split_canonical(reference).kind);
}

void Entities::put_lists(Lists& lists, const EntityAttributes& attributes) {
  lists_bytes_ -= bytes_of(lists.get());
  lists.reset();
  const std::size_t count = attributes.languages.size() + attributes.tags.size();
  if (count == 0) return;
  lists = std::make_unique_for_overwrite<std::uint32_t[]>(2 + count);
  lists[0] = static_cast<std::uint32_t>(attributes.languages.size());
  lists[1] = static_cast<std::uint32_t>(attributes.tags.size());
  std::uint32_t* next = lists.get() + 2;
  for (const auto& language : attributes.languages) *next++ = texts_.languages.intern(language);
  for (const auto& tag : attributes.tags) *next++ = texts_.tags.intern(tag);
  lists_bytes_ += bytes_of(lists.get());
}

void Entities::define(EntityNumber entity, const EntityAttributes& attributes) {
  ASSERT(live_.has(entity));
  touch(entity);
  defined_.set(entity, true);
  DefinedPage& page = make_at(defined_pages_, page_of(entity));
  const auto index = index_in_page(entity);
  page.owner[index] = texts_.owners.intern(attributes.owner);
  page.tier[index] = texts_.tiers.intern(attributes.tier);
  page.lifecycle[index] = texts_.lifecycles.intern(attributes.lifecycle);
  page.type[index] = texts_.types.intern(attributes.type);
  put_lists(page.lists[index], attributes);
}

void Entities::undefine(EntityNumber entity) {
  if (!defined_.has(entity)) return;
  touch(entity);
  defined_.set(entity, false);
  DefinedPage& page = *defined_pages_[page_of(entity)];
  const auto index = index_in_page(entity);
  page.owner[index] = page.tier[index] = page.lifecycle[index] = page.type[index] = 0;
  lists_bytes_ -= bytes_of(page.lists[index].get());
  page.lists[index].reset();
}

void Entities::remove(EntityNumber entity) {
  if (!live_.has(entity)) return;
  undefine(entity);
  touch(entity);
  live_.set(entity, false);
  --count_live_;
}

}  // namespace scorekeeper::matrix
