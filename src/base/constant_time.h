// The one comparison of secrets in the project: of hashes of keys and of codes that seal ids. The
// time that it takes does not depend on where two texts differ. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace scorekeeper {

// Texts of two lengths differ; lengths are no secret.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);
inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return equal_in_constant_time(std::as_bytes(std::span(a)), std::as_bytes(std::span(b)));
}

}  // namespace scorekeeper
