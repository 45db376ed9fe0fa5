// Any bytes as an async-request id: what is accepted is the id of its number.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "wire/request_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view id(reinterpret_cast<const char*>(data), size);
  const scorekeeper::SipKey key{0x0123456789abcdefU, 0xfedcba9876543210U};
  const auto number = scorekeeper::wire::parse_request_id(id, key);
  if (number) ASSERT(scorekeeper::wire::write_request_id(*number, key) == id);
  return 0;
}
