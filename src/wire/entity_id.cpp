// 122 bits are free in a UUID of version 4: 32 hold the number, masked with a hash of the MAC, so
// that neighbours do not look alike; the other 90 are the MAC. It is the version that every
// validator knows; version 8 would be the honest one, but is younger than most of them.
#include "wire/entity_id.h"

#include <array>
#include <cstdint>

#include "base/constant_time.h"

namespace scorekeeper::wire {
namespace {

constexpr std::size_t uuid_length = 36;

std::uint64_t hash(SipKey key, char purpose, std::uint64_t high, std::uint64_t low) {
  std::array<char, 17> bytes{purpose};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i + 1] = static_cast<char>(high >> (8 * i));
    bytes[i + 9] = static_cast<char>(low >> (8 * i));
  }
  return siphash13(key, std::string_view(bytes.data(), bytes.size()));
}

// The last digits of a value.
void write_hexadecimal(std::string& text, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = at + digits; i > at; value >>= 4) {
    text[--i] = "0123456789abcdef"[value & 0xf];
  }
}

std::uint32_t mask_of(SipKey key, std::uint64_t head, std::uint32_t tail) {
  return static_cast<std::uint32_t>(hash(key, 'k', head, tail));
}

}  // namespace

// hhhhhhhh-hhhh-4hhh-vttt-nnnnnnnntttt: the head of the MAC (64 bits), the variant, 26 bits of a
// second hash, and the masked number in between.
std::string write_entity_id(OrgId org, EntityNumber number, SipKey key) {
  const auto head = hash(key, 'e', org.number, number.number);
  const auto tail = static_cast<std::uint32_t>(hash(key, 't', org.number, number.number)) >> 6;
  const auto masked = number.number ^ mask_of(key, head, tail);
  std::string uuid(uuid_length, '-');
  write_hexadecimal(uuid, 0, 8, head >> 32);
  write_hexadecimal(uuid, 9, 4, head >> 16);
  write_hexadecimal(uuid, 14, 4, 0x4000 | (head >> 4 & 0xfff));
  write_hexadecimal(uuid, 19, 4, 0x8000 | (head & 0xf) << 10 | tail >> 16);
  write_hexadecimal(uuid, 24, 8, masked);
  write_hexadecimal(uuid, 32, 4, tail);
  return uuid;
}

std::optional<EntityNumber> parse_entity_id(std::string_view uuid, OrgId org, SipKey key) {
  if (uuid.size() != uuid_length) return std::nullopt;
  std::string lower;
  std::array<std::uint64_t, 5> groups{};
  std::size_t group = 0;
  for (const char c : uuid) {
    const char letter = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    lower += letter;
    const auto digit = std::string_view("0123456789abcdef").find(letter);
    if (digit != std::string_view::npos) {
      groups[group] = groups[group] << 4 | digit;
    } else if (letter != '-' || ++group == groups.size()) {
      return std::nullopt;
    }
  }
  const auto head =
      groups[0] << 32 | groups[1] << 16 | (groups[2] & 0xfff) << 4 | (groups[3] >> 10 & 0xf);
  const auto tail = static_cast<std::uint32_t>((groups[3] & 0x3ff) << 16 | (groups[4] & 0xffff));
  const EntityNumber number{static_cast<std::uint32_t>(groups[4] >> 16) ^ mask_of(key, head, tail)};
  if (!number || !equal_in_constant_time(write_entity_id(org, number, key), lower)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace scorekeeper::wire
