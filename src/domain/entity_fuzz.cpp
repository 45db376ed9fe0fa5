// Any bytes as an entity reference: what is accepted has a canonical text that is its own canonical
// text.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "domain/entity.h"
#include "domain/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = scorekeeper::parse_entity_reference(text);
  if (!reference) return 0;
  std::string canonical;
  scorekeeper::append_canonical(*reference, canonical);
  const auto again = scorekeeper::parse_entity_reference(canonical);
  ASSERT(again);
  std::string twice;
  scorekeeper::append_canonical(*again, twice);
  ASSERT(twice == canonical);
  const auto parts = scorekeeper::split_canonical(canonical);
  ASSERT(parts.name == reference->name);
  ASSERT(scorekeeper::equals_ignoring_case(parts.name_space, reference->name_space));
  return 0;
}
