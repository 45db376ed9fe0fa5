// What the matrix knows of the entities of one org besides their names: who is live, who has a
// definition, and the attributes that scopes, filters and groups look at, as numbers of texts in
// columns (structure of arrays), a page of 4096 entities at a time.
//
// live = in the catalog or discovered by an outcome, and not removed. An entity takes 4 bytes and
// its bits; on pages where somebody has a definition 24 bytes more; and 24 + 4 for each language
// and tag.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
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
  std::vector<std::string_view> tags_;
  EntityFacts facts_;
};

// A column of one page: for each entity the number of its text, 0 = none.
using Column = std::array<std::uint32_t, page_entities>;

class Entities {
 public:
  // --- readers
  const Bitmap& live() const { return live_; }
  const Bitmap& defined() const { return defined_; }
  std::size_t count_live() const { return count_live_; }
  // Columns of a page; nullptr = all 0.
  const Column* kinds(std::size_t page) const;
  const Column* owners(std::size_t page) const { return column(page, &DefinedPage::owner); }
  const Column* tiers(std::size_t page) const { return column(page, &DefinedPage::tier); }
  const Column* lifecycles(std::size_t page) const { return column(page, &DefinedPage::lifecycle); }
  const Column* types(std::size_t page) const { return column(page, &DefinedPage::type); }
  // Numbers of an entity's texts.
  std::span<const std::uint32_t> languages(EntityNumber entity) const;
  std::span<const std::uint32_t> tags(EntityNumber entity) const;
  struct Texts {
    Dictionary kinds, owners, tiers, lifecycles, types, languages, tags;
  };
  const Texts& texts() const { return texts_; }
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

 private:
  // Of languages and tags: how many of each, then their numbers.
  using Lists = std::unique_ptr<std::uint32_t[]>;
  struct DefinedPage {
    Column owner{};
    Column tier{};
    Column lifecycle{};
    Column type{};
    std::array<Lists, page_entities> lists;
  };

  const Column* column(std::size_t page, Column DefinedPage::* column) const {
    return page < defined_pages_.size() && defined_pages_[page] ? &((*defined_pages_[page]).*column)
                                                                : nullptr;
  }
  const std::uint32_t* lists(EntityNumber entity) const;
  void put_lists(Lists& lists, const EntityAttributes& attributes);
  void touch(EntityNumber entity);

  Bitmap live_;
  Bitmap defined_;
  Texts texts_;
  std::vector<std::unique_ptr<Column>> kinds_;
  std::vector<std::unique_ptr<DefinedPage>> defined_pages_;
  std::vector<std::uint64_t> versions_;
  std::size_t count_live_ = 0;
  std::size_t lists_bytes_ = 0;
};

}  // namespace scorekeeper::matrix
