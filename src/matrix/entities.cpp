#include "matrix/entities.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/assert.h"
#include "domain/entity.h"
#include "domain/entity_fields.h"
#include "domain/rule.h"

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

// The field that tags with this key are values of; EntityField::tag = none.
EntityField find_tag_field(std::string_view key) {
  for (const auto field : {EntityField::tier, EntityField::lifecycle, EntityField::type,
                           EntityField::language, EntityField::system}) {
    if (name_of(field) == key) return field;
  }
  return EntityField::tag;
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
  systems_.assign(attributes->systems.begin(), attributes->systems.end());
  tags_.assign(attributes->tags.begin(), attributes->tags.end());
  facts_.languages = languages_;
  facts_.systems = systems_;
  facts_.tags = tags_;
}

std::uint64_t Entities::next_serial() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

const Column* Entities::kinds(std::size_t page) const {
  return page < kinds_.size() ? kinds_[page].get() : nullptr;
}

std::string_view Entities::owner(EntityNumber entity) const {
  const Column* column = owners(page_of(entity));
  return column == nullptr ? std::string_view()
                           : texts_.owners.text((*column)[index_in_page(entity)]);
}

const std::uint32_t* Entities::lists(EntityNumber entity) const {
  const std::size_t page = page_of(entity);
  if (page >= defined_pages_.size() || !defined_pages_[page]) return nullptr;
  return defined_pages_[page]->lists[index_in_page(entity)].get();
}

Entities::Tags Entities::tags(EntityNumber entity) const {
  const std::uint32_t* found = lists(entity);
  if (found == nullptr) return {};
  return {.tags = {found + 2, found[0]}, .members = {found + 2 + found[0], found[1]}};
}

EntityAttributes Entities::attributes(EntityNumber entity) const {
  EntityAttributes made;
  made.owner = owner(entity);
  const Tags of = tags(entity);
  for (const std::uint32_t tag : of.tags) made.tags.emplace_back(texts_.tags.text(tag));
  for (const std::uint32_t member : of.members) {
    const EntityField field = field_of(member);
    const std::string value(texts_.tags.text(member).substr(name_of(field).size() + 1));
    if (field == EntityField::tier) made.tier = value;
    if (field == EntityField::lifecycle) made.lifecycle = value;
    if (field == EntityField::type) made.type = value;
    if (field == EntityField::language) made.languages.push_back(value);
    if (field == EntityField::system) made.systems.push_back(value);
  }
  return made;
}

RowId Entities::version_of(EntityNumber entity) const {
  if (!entity || page_of(entity) >= changed_at_.size()) return {};
  const auto& page = changed_at_[page_of(entity)];
  return page ? (*page)[index_in_page(entity)] : RowId{};
}

void Entities::set_version(EntityNumber entity, RowId version) {
  make_at(changed_at_, page_of(entity))[index_in_page(entity)] = version;
}

std::vector<std::string_view> Entities::keys(std::size_t max) const {
  std::vector<std::string_view> found;
  for (const auto& [key, count] : keys_) {
    if (found.size() == max) break;
    found.push_back(key);
  }
  return found;
}

std::size_t Entities::memory_bytes() const {
  std::size_t bytes = live_.memory_bytes() + defined_.memory_bytes() +
                      defined_unscoped_.memory_bytes() + lists_bytes_ +
                      versions_.capacity() * sizeof(versions_[0]) +
                      (kinds_.capacity() + defined_pages_.capacity()) * sizeof(kinds_[0]);
  for (const auto& page : kinds_) bytes += page ? sizeof(Column) : 0;
  for (const auto& page : changed_at_) bytes += page ? sizeof(*page) : 0;
  for (const auto& page : defined_pages_) bytes += page ? sizeof(DefinedPage) : 0;
  bytes += texts_.kinds.memory_bytes() + texts_.owners.memory_bytes() + texts_.tags.memory_bytes();
  bytes += fields_.capacity() * sizeof(fields_[0]);
  return bytes + keys_bytes_;
}

void Entities::touch(EntityNumber entity) {
  if (page_of(entity) >= versions_.size()) versions_.resize(page_of(entity) + std::size_t{1});
  ++versions_[page_of(entity)];
}

void Entities::add(EntityNumber entity, std::string_view reference) {
  if (live_.has(entity)) return;
  touch(entity);
  ++count_live_;
  live_.set(entity, true);
  make_at(kinds_, page_of(entity))[index_in_page(entity)] =
      texts_.kinds.take(split_canonical(reference).kind);
}

std::size_t Entities::bytes_of_key(std::string_view key) {
  return key.size() + 6 * allocation_bytes;
}

// Keys that are fields are known without it.
std::uint32_t Entities::take_tag(std::string_view text) {
  const auto known = texts_.tags.count_used();
  const std::uint32_t tag = texts_.tags.take(text);
  if (texts_.tags.count_used() == known) return tag;
  const auto key = text.substr(0, text.find(':'));
  const auto field = key.size() < text.size() ? find_tag_field(key) : EntityField::tag;
  if (tag >= fields_.size()) fields_.resize(tag + std::size_t{1});
  fields_[tag] = field;
  if (field != EntityField::tag || key.size() == text.size()) return tag;
  const auto place = keys_.find(key);
  if (place == keys_.end()) {
    keys_.emplace(key, 1);
    keys_bytes_ += bytes_of_key(key);
  } else {
    ++place->second;
  }
  return tag;
}

void Entities::release_tag(std::uint32_t tag) {
  const auto known = texts_.tags.count_used();
  const std::string text(texts_.tags.text(tag));
  texts_.tags.release(tag);
  if (texts_.tags.count_used() == known || fields_[tag] != EntityField::tag) return;
  const auto colon = text.find(':');
  if (colon == std::string::npos) return;
  const auto place = keys_.find(std::string_view(text).substr(0, colon));
  if (--place->second != 0) return;
  keys_bytes_ -= bytes_of_key(place->first);
  keys_.erase(place);
}

Entities::Lists Entities::make_lists(const EntityAttributes& attributes) {
  const auto members = member_texts(attributes);
  const std::size_t count = attributes.tags.size() + members.size();
  if (count == 0) return nullptr;
  auto lists = std::make_unique_for_overwrite<std::uint32_t[]>(2 + count);
  lists[0] = static_cast<std::uint32_t>(attributes.tags.size());
  lists[1] = static_cast<std::uint32_t>(members.size());
  std::uint32_t* next = lists.get() + 2;
  for (const auto& tag : attributes.tags) *next++ = take_tag(tag);
  for (const auto& member : members) *next++ = take_tag(member);
  lists_bytes_ += bytes_of(lists.get());
  return lists;
}

void Entities::drop_lists(Lists& lists) {
  if (!lists) return;
  lists_bytes_ -= bytes_of(lists.get());
  for (std::uint32_t i = 0; i < lists[0] + lists[1]; ++i) release_tag(lists[2 + i]);
  lists.reset();
}

void Entities::define(EntityNumber entity, const EntityAttributes& attributes) {
  ASSERT(live_.has(entity));
  touch(entity);
  if (!defined_.has(entity)) ++count_defined_;
  defined_.set(entity, true);
  const auto kind = texts_.kinds.text((*kinds_[page_of(entity)])[index_in_page(entity)]);
  defined_unscoped_.set(entity, std::ranges::find(unscoped_kinds, kind) != unscoped_kinds.end());
  DefinedPage& page = make_at(defined_pages_, page_of(entity));
  const auto index = index_in_page(entity);
  // The new texts are taken before the old ones are released, so that a text that stays keeps its
  // number.
  const auto owner = std::exchange(page.owner[index], texts_.owners.take(attributes.owner));
  texts_.owners.release(owner);
  auto lists = std::exchange(page.lists[index], make_lists(attributes));
  drop_lists(lists);
}

void Entities::undefine(EntityNumber entity) {
  if (!defined_.has(entity)) return;
  touch(entity);
  --count_defined_;
  defined_.set(entity, false);
  defined_unscoped_.set(entity, false);
  DefinedPage& page = *defined_pages_[page_of(entity)];
  const auto index = index_in_page(entity);
  texts_.owners.release(std::exchange(page.owner[index], 0));
  drop_lists(page.lists[index]);
}

void Entities::remove(EntityNumber entity) {
  if (!live_.has(entity)) return;
  undefine(entity);
  touch(entity);
  live_.set(entity, false);
  texts_.kinds.release(std::exchange((*kinds_[page_of(entity)])[index_in_page(entity)], 0));
  --count_live_;
}

std::vector<std::string> member_texts(const EntityAttributes& attributes) {
  std::vector<std::string> texts;
  const auto add = [&](EntityField field, const std::string& value) {
    if (!value.empty()) texts.push_back(fmt::format("{}:{}", name_of(field), value));
  };
  add(EntityField::tier, attributes.tier);
  add(EntityField::lifecycle, attributes.lifecycle);
  add(EntityField::type, attributes.type);
  for (const auto& language : attributes.languages) add(EntityField::language, language);
  for (const auto& system : attributes.systems) add(EntityField::system, system);
  return texts;
}

}  // namespace scorekeeper::matrix
