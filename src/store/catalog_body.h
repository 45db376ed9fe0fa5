// The body of a record of the catalog: docs/formats/log.md. JSON without spaces:
//
//   [{"resource":"rule","id":"…","action":"updated","before":{…},"after":{…}},…]
//
// `after` has all members of the thing; what is created has no `before`, what is deleted no
// `after`. `before` of an update has the members that differ, with null for one that was not there;
// of a deletion it has all. A change that retention took away is null, as in outcome_body.h.
//
// Not in it: the hash of a secret, the org of a key (it is the record's), and the text of a
// definition, of which `raw` says how long it is and its SHA-256. A rule has number, id and name of
// its scorecard. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/catalog_change.h"

namespace scorekeeper::store {

// Notes what bodies say of the definition's long texts, so that the committer has less to do. A
// caller that changes the texts afterwards notes them again.
void note_texts(EntityDefinition& definition);

struct CatalogBody {
  std::string json;
  std::uint32_t count = 0;  // of changes

  bool operator==(const CatalogBody&) const = default;
};
// Cut as records are (log_record.h). No changes: no body.
std::vector<CatalogBody> write_catalog_bodies(std::span<const ResourceChange> changes);

using CatalogBodyChanges = std::vector<std::optional<ResourceChange>>;  // none: it is gone
// One body of all, whatever its length. Reading it and writing what was read gives the same bytes.
std::string write_catalog_body(const CatalogBodyChanges& changes);

// internal: these bytes are no such body; the detail says where.
Result<CatalogBodyChanges> read_catalog_body(std::string_view body);
// Reads the change at `index` alone; cheaper. internal also: there is no such change.
Result<std::optional<ResourceChange>> read_catalog_change(std::string_view body, std::size_t index);

}  // namespace scorekeeper::store
