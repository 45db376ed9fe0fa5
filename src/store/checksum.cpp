#include "store/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace scorekeeper::store {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t polynomial = 0x82f63b78U;  // of CRC-32C, its bits reversed

// tables[n][b]: the CRC of byte b with n bytes 0 behind it.
constexpr auto tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> made{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? polynomial : 0U);
    made[0][byte] = crc;
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = made[n - 1][byte];
      made[n][byte] = crc >> 8U ^ made[0][crc & 0xffU];
    }
  }
  return made;
}();

std::uint32_t add_word(std::uint32_t crc, std::uint64_t word) {
  word ^= crc;
  std::uint32_t sum = 0;
  for (std::size_t n = 0; n < 8; ++n) sum ^= tables[7 - n][word >> (8 * n) & 0xffU];
  return sum;
}

constexpr std::size_t lanes = 4;
constexpr std::size_t word_bytes = 8;
constexpr std::size_t block_bytes = lanes * word_bytes;
using Lanes = std::array<std::uint32_t, lanes>;

// Whole blocks into the lanes.
void add_blocks(std::span<const std::byte> blocks, Lanes& crc) {
  for (; !blocks.empty(); blocks = blocks.subspan(block_bytes)) {
    std::array<std::uint64_t, lanes> words;
    std::memcpy(words.data(), blocks.data(), block_bytes);
    for (std::size_t lane = 0; lane < lanes; ++lane) crc[lane] = add_word(crc[lane], words[lane]);
  }
}

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] void add_blocks_newer(std::span<const std::byte> blocks, Lanes& crc) {
  std::uint64_t a = crc[0];
  std::uint64_t b = crc[1];
  std::uint64_t c = crc[2];
  std::uint64_t d = crc[3];
  const std::byte* const end = blocks.data() + blocks.size();
  for (const std::byte* at = blocks.data(); at != end; at += block_bytes) {
    std::uint64_t words[lanes];
    std::memcpy(words, at, block_bytes);
    a = _mm_crc32_u64(a, words[0]);
    b = _mm_crc32_u64(b, words[1]);
    c = _mm_crc32_u64(c, words[2]);
    d = _mm_crc32_u64(d, words[3]);
  }
  crc = {static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(d)};
}
#endif

std::uint32_t checksum_with(std::span<const std::byte> bytes, decltype(&add_blocks) add) {
  const auto blocks = bytes.first(bytes.size() - bytes.size() % block_bytes);
  Lanes crc{~0U, ~0U, ~0U, ~0U};
  add(blocks, crc);
  std::uint32_t sum = ~0U;
  for (const auto lane : crc) sum = add_word(sum, lane);
  for (auto rest = bytes.subspan(blocks.size()); !rest.empty();) {
    const auto taken = rest.first(std::min(rest.size(), word_bytes));
    std::uint64_t word = 0;
    std::memcpy(&word, taken.data(), taken.size());
    sum = add_word(sum, word);
    rest = rest.subspan(taken.size());
  }
  return ~add_word(sum, bytes.size());
}

}  // namespace

std::uint32_t plain_checksum_of(std::span<const std::byte> bytes) {
  return checksum_with(bytes, &add_blocks);
}

std::uint32_t checksum_of(std::span<const std::byte> bytes) {
#if defined(__x86_64__)
  static const bool is_newer = __builtin_cpu_supports("sse4.2") != 0;
  if (is_newer) return checksum_with(bytes, &add_blocks_newer);
#endif
  return checksum_with(bytes, &add_blocks);
}

}  // namespace scorekeeper::store
