// SipHash-1-3, a keyed 64-bit hash (Aumasson, Bernstein 2012): strangers who do not know the key
// cannot make two remarks collide. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace scorekeeper {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  bool operator==(const SipKey&) const = default;
};

std::uint64_t siphash13(SipKey key, std::string_view bytes);

}  // namespace scorekeeper
