// The entities of one org, without their names: which ones are live, which have a definition, and
// the attributes that scopes, filters and groups look at, as numbers of texts in columns (structure
// of arrays), a page of 4096 entities at a time.
//
// Tier, lifecycle, type, languages and systems are kept as if they were tags, "tier:1", since
// queries look for both; they stand behind the tags.
//
// live = in the catalog or discovered by an outcome, and not removed. An entity takes 4 bytes and
// its bits; on pages where somebody has a definition 12 bytes more; and 24 + 4 for each tag and
// member. On pages where a version is known it takes 8 more.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "domain/entity_definition.h"
#include "domain/entity_query.h"
#include "matrix/bitmap.h"
#include "matrix/dictionary.h"

namespace scorekeeper::matrix {

// The facts of an entity as a query sees them, of its reference and its definition (nullptr =
// none); both must outlive this.
class FactsOf {
 public:
  FactsOf(std::string_view reference, const EntityAttributes* attributes);
  FactsOf(const FactsOf&) = delete;
  FactsOf& operator=(const FactsOf&) = delete;

  const EntityFacts& facts() const { return facts_; }

 private:
  std::vector<std::string_view> languages_;
  std::vector<std::string_view> systems_;
  std::vector<std::string_view> tags_;
  EntityFacts facts_;
};

// The members of a definition that queries find as if they were tags: "tier:1", "language:go".
std::vector<std::string> member_texts(const EntityAttributes& attributes);

// A column of one page: for each entity the number of its text, 0 = none.
using Column = std::array<std::uint32_t, page_entities>;

class Entities {
 public:
  // --- readers
  // Differs between any two of them: those of a matrix that is folded again are others.
  std::uint64_t serial() const { return serial_; }
  const Bitmap& live() const { return live_; }
  const Bitmap& defined() const { return defined_; }
  // The defined ones that a rule without a scope applies to, by their kind.
  const Bitmap& defined_unscoped() const { return defined_unscoped_; }
  std::size_t count_live() const { return count_live_; }
  std::size_t count_defined() const { return count_defined_; }
  // Columns of a page; nullptr = all 0.
  const Column* kinds(std::size_t page) const;
  const Column* owners(std::size_t page) const { return column(page, &DefinedPage::owner); }
  std::string_view owner(EntityNumber entity) const;  // empty = none
  // Numbers of an entity's tags, and of its members behind them.
  struct Tags {
    std::span<const std::uint32_t> tags;
    std::span<const std::uint32_t> members;
  };
  Tags tags(EntityNumber entity) const;
  // The field that a tag or member is a value of, or EntityField::tag.
  EntityField field_of(std::uint32_t tag) const { return fields_[tag]; }
  // As they were defined, but for members without a value.
  EntityAttributes attributes(EntityNumber entity) const;
  // Some entity has a tag with that key; not for fields.
  bool has_key(std::string_view key) const { return keys_.contains(key); }
  // The keys of tags, at most so many.
  std::vector<std::string_view> keys(std::size_t max) const;
  struct Texts {
    Dictionary kinds, owners, tags;
  };
  const Texts& texts() const { return texts_; }
  // Position of its last change; 0 = not known. It stays when the entity is removed.
  RowId version_of(EntityNumber entity) const;
  // Goes up with each change of somebody on the page.
  std::uint64_t version(std::size_t page) const {
    return page < versions_.size() ? versions_[page] : 0;
  }
  std::size_t memory_bytes() const;

  // --- the writer
  // Makes a new or a removed entity live, without a definition.
  void add(EntityNumber entity, std::string_view reference);
  // Both are for live entities.
  void define(EntityNumber entity, const EntityAttributes& attributes);
  void undefine(EntityNumber entity);
  void remove(EntityNumber entity);
  void set_version(EntityNumber entity, RowId version);

 private:
  // The counts of tags and members, then the numbers of their texts.
  using Lists = std::unique_ptr<std::uint32_t[]>;
  struct DefinedPage {
    Column owner{};
    std::array<Lists, page_entities> lists;
  };

  const Column* column(std::size_t page, Column DefinedPage::* column) const {
    return page < defined_pages_.size() && defined_pages_[page] ? &((*defined_pages_[page]).*column)
                                                                : nullptr;
  }
  const std::uint32_t* lists(EntityNumber entity) const;
  Lists make_lists(const EntityAttributes& attributes);
  void drop_lists(Lists& lists);
  std::uint32_t take_tag(std::string_view text);
  void release_tag(std::uint32_t tag);
  void touch(EntityNumber entity);
  static std::size_t bytes_of_key(std::string_view key);

  static std::uint64_t next_serial();

  std::uint64_t serial_ = next_serial();
  Bitmap live_;
  Bitmap defined_;
  Bitmap defined_unscoped_;
  Texts texts_;
  std::vector<EntityField> fields_{EntityField::tag};       // by number of a tag
  std::map<std::string, std::uint32_t, std::less<>> keys_;  // and how many texts have it
  std::size_t keys_bytes_ = 0;  // a walk over a million keys would hold the committer
  std::vector<std::unique_ptr<Column>> kinds_;
  std::vector<std::unique_ptr<DefinedPage>> defined_pages_;
  std::vector<std::uint64_t> versions_;  // of pages
  std::vector<std::unique_ptr<std::array<RowId, page_entities>>> changed_at_;
  std::size_t count_live_ = 0;
  std::size_t count_defined_ = 0;
  std::size_t lists_bytes_ = 0;
};

}  // namespace scorekeeper::matrix
