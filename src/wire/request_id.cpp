// The id is a number of 108 bits in base 36, padded with zeros to 21 digits: the 64 bits of the MAC
// above 44 bits of the row number, which are masked with a second hash of the MAC, so that
// consecutive requests show neither their number nor their distance.
#include "wire/request_id.h"

#include <array>
#include <cstring>
#include <span>

#include "base/assert.h"
#include "base/constant_time.h"

namespace scorekeeper::wire {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t id_length = 21;
constexpr unsigned number_bits = 44;  // 17 million million requests
constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;
constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";

std::uint64_t hash(SipKey key, char purpose, std::uint64_t number) {
  std::array<char, 9> bytes{purpose};
  for (std::size_t i = 0; i < 8; ++i) bytes[i + 1] = static_cast<char>(number >> (8 * i));
  return siphash13(key, std::string_view(bytes.data(), bytes.size()));
}

std::uint64_t mac_of(SipKey key, std::uint64_t number) { return hash(key, 'n', number); }
std::uint64_t mask_of(SipKey key, std::uint64_t mac) { return hash(key, 'm', mac) & number_mask; }

}  // namespace

std::string write_request_id(RequestNumber number, SipKey key) {
  ASSERT(number.number <= number_mask);
  const auto mac = mac_of(key, number.number);
  Wide value = (Wide{mac} << number_bits) | (number.number ^ mask_of(key, mac));
  std::string id(id_length, '0');
  for (std::size_t at = id_length; at-- > 0; value /= 36) {
    id[at] = digits[static_cast<std::size_t>(value % 36)];
  }
  return id;
}

std::optional<RequestNumber> parse_request_id(std::string_view id, SipKey key) {
  if (id.size() != id_length) return std::nullopt;
  Wide value = 0;
  for (const char c : id) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 36 + digit;
  }
  if (value >> (64 + number_bits) != 0) return std::nullopt;
  const auto mac = static_cast<std::uint64_t>(value >> number_bits);
  const auto number = (static_cast<std::uint64_t>(value) & number_mask) ^ mask_of(key, mac);
  const std::uint64_t wanted = mac_of(key, number);
  if (!equal_in_constant_time(std::as_bytes(std::span(&wanted, 1)),
                              std::as_bytes(std::span(&mac, 1)))) {
    return std::nullopt;
  }
  return RequestNumber{number};
}

}  // namespace scorekeeper::wire
