#include "base/random.h"

#include <sys/random.h>

#include <array>

#include "base/assert.h"

namespace scorekeeper {

void fill_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      ASSERT(errno == EINTR);
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  fill_random(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::string random_base36(std::size_t length) {
  static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    std::array<std::byte, 32> bytes{};
    fill_random(bytes);
    for (const auto byte : bytes) {
      const auto value = std::to_integer<unsigned>(byte);
      if (value >= 252 || text.size() == length) continue;  // 252 = 7 × 36: no bias
      text += digits[value % 36];
    }
  }
  return text;
}

std::string random_hex(std::size_t bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string random(bytes, '\0');
  fill_random(std::as_writable_bytes(std::span(random)));
  std::string text;
  text.reserve(2 * bytes);
  for (const char c : random) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace scorekeeper
