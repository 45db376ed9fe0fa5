// The blob of table last_reported: when the outcomes of one rule were last reported, for a block of
// 1024 entities. Most of a rule's outcomes are reported together, so that neighbours share their
// second.
//
//   blob = format run*
//   format: one byte, 1.
//   run:    varint(length * 2 + present) and, when present, varint(zigzag(time - previous time)).
//
// A run is `length` >= 1 neighbours (entity numbers block * 1024 + 1, + 2, …) with one time, in
// seconds since 1970; present = 0: never reported. The previous time is that of the present run
// before; of the first one, 0, so that the first delta is the base. Runs after the last reported
// entity are left out. A varint is little endian base 128 with the high bit set in all bytes but
// the last; zigzag maps 0, -1, 1, -2 … to 0, 1, 2, 3 …. A block reported in one second takes 9
// bytes; 1024 different seconds within some minutes take 3 kB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace scorekeeper::store {

// Replaces `blob`. At most reported_block_size times.
void encode_last_reported(std::span<const std::uint32_t> times, std::vector<std::byte>& blob);
// Always reported_block_size times. An Error: these bytes are no such blob.
Result<std::vector<std::uint32_t>> decode_last_reported(std::span<const std::byte> blob);

}  // namespace scorekeeper::store
