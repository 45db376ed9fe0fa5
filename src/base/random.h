// Random bytes and identifiers from the kernel. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace scorekeeper {

void fill_random(std::span<std::byte> bytes);
std::uint64_t random_u64();
// `length` characters of [a-z0-9], each equally likely: about 5.17 bits a character.
std::string random_base36(std::size_t length);
// `bytes` random bytes as lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace scorekeeper
