// SHA-256, by OpenSSL: of the records of a log, and of texts that are too long to stand in it. Any
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace scorekeeper::store {

// Hashes the pieces as if they were one text.
std::array<std::byte, 32> sha256_of(std::initializer_list<std::string_view> pieces);

}  // namespace scorekeeper::store
