// Any bytes as the body of POST /catalog/kind: a kind that is accepted has a name that is one.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "domain/entity.h"
#include "json/syntax.h"
#include "wire/entities.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string body(reinterpret_cast<const char*>(data), size);
  const auto kind = scorekeeper::wire::parse_kind(body, scorekeeper::Limits());
  if (!kind) {
    ASSERT(!kind.error().detail.empty());
    return 0;
  }
  const auto probe = kind->name + ":x";
  const auto reference = scorekeeper::parse_entity_reference(probe);
  ASSERT(reference && reference->kind == kind->name);
  const scorekeeper::Kind kinds[] = {*kind};
  ASSERT(!scorekeeper::json::find_syntax_error(scorekeeper::wire::write_kinds(kinds)));
  return 0;
}
