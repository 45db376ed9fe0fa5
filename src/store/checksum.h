// A checksum that finds damaged bytes, not deliberate changes, at the speed of memory. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scorekeeper::store {

// Computes four CRC-32Cs, each over every fourth word of 8 bytes, then the CRC-32C of these, the
// remaining bytes and the length. Four are faster than one, because the processor computes them in
// parallel.
std::uint32_t checksum_of(std::span<const std::byte> bytes);
// The same without the processor's instruction; for tests.
std::uint32_t plain_checksum_of(std::span<const std::byte> bytes);

}  // namespace scorekeeper::store
