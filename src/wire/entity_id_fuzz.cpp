// Any bytes as an entity's id: what is accepted is the id of its number.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "wire/entity_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view id(reinterpret_cast<const char*>(data), size);
  const scorekeeper::SipKey key{0x0123456789abcdefU, 0xfedcba9876543210U};
  const auto number = scorekeeper::wire::parse_entity_id(id, {1}, key);
  if (!number) return 0;
  std::string lower(id);
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  ASSERT(scorekeeper::wire::write_entity_id({1}, *number, key) == lower);
  return 0;
}
