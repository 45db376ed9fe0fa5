// Entities that are meant by their names, found in many short looks: an organisation may have a
// million of one bare name, in as many namespaces. Found once and then followed as entities come:
// the chain of a name only grows at its head, so that what is left for the next look is what came
// meanwhile. A bit for each entity: however many there are, a list of outcomes asks each rule for
// them a page at a time.
//
// One thread; each call under the lock of the OrgMatrix whose names they are. When that was folded
// again meanwhile, it begins again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/limits.h"
#include "matrix/bitmap.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

// A filter by name: an entity must match every member that is set.
struct NameFilter {
  std::optional<std::string> reference = std::nullopt;  // canonical
  std::optional<std::string> name = std::nullopt;       // exactly, of any kind and namespace
  // A name as above, or a reference in either of its forms: also that entity.
  std::optional<std::string> name_or_reference = std::nullopt;

  bool empty() const { return !reference && !name && !name_or_reference; }
};

class NamedEntities {
 public:
  // The filter is not empty.
  explicit NamedEntities(NameFilter filter);

  // A part of what is left to do, of so many steps. false = nothing is left: entities() are those
  // of this look. `serial`: of the Entities that the names are of.
  bool advance(const Names& names, std::uint64_t serial, std::uint64_t steps_max = query_look_max);
  // Work since the last call.
  std::uint64_t take_steps() { return std::exchange(steps_, 0); }

  const Bitmap& entities() const { return entities_; }  // removed ones too
  bool empty() const { return pages_.empty(); }
  // The first page from that one on where somebody is; page_none = there is none.
  std::size_t next_page(std::size_t page) const;
  static constexpr std::size_t page_none = ~std::size_t{0};
  // The entities that are in the other set, too.
  Bitmap among(const Bitmap& others) const;

 private:
  // The entities that references mean, found without a walk over the names.
  struct Found {
    EntityNumber reference;
    EntityNumber name_or_reference;

    bool operator==(const Found&) const = default;
  };

  Found look_up(const Names& names) const;
  void begin(const Names& names);
  bool fits(const Names& names, EntityNumber entity) const;
  void add(EntityNumber entity);

  NameFilter filter_;
  std::optional<std::string> parsed_;  // name_or_reference as a canonical reference
  std::uint64_t serial_ = 0;           // of the entities that all the rest is about
  Found found_;
  Bitmap entities_;
  std::vector<std::uint32_t> pages_;  // where somebody is, ascending
  // Of the chain: all from `known_` on were looked at, and of the rest those from `first_` up to
  // the one before `next_`.
  EntityNumber known_;
  EntityNumber first_;
  EntityNumber next_;
  std::uint64_t steps_ = 0;
};

}  // namespace scorekeeper::matrix
