// A checksum that finds damage, not malice, at the speed of memory. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scorekeeper::store {

// Of four CRC-32Cs, each of every fourth word of 8 bytes, the CRC-32C, with what is left over and
// the length: one CRC waits for itself, four go on side by side.
std::uint32_t checksum_of(std::span<const std::byte> bytes);
// The same without the processor's instruction; for tests.
std::uint32_t plain_checksum_of(std::span<const std::byte> bytes);

}  // namespace scorekeeper::store
