// Any bytes as the body of a record of the catalog: what is accepted says the same when it is
// written and read again, and its events can be told.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "store/catalog_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = scorekeeper::store;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto read = store::read_catalog_body(body);
  if (!read) return 0;
  const auto written = store::write_catalog_body(*read);
  const auto again = store::read_catalog_body(written);
  ASSERT(again.has_value() && *again == *read);
  ASSERT(store::write_catalog_body(*again) == written);
  scorekeeper::CatalogChange change;
  for (std::size_t i = 0; i < read->size(); ++i) {
    const auto alone = store::read_catalog_change(body, i);
    ASSERT(alone.has_value() && *alone == read->at(i));
    if (*alone) change.changes.push_back(**alone);
  }
  (void)scorekeeper::events_of(change, {});
  return 0;
}
