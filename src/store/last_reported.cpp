#include "store/last_reported.h"

#include <optional>

#include "base/assert.h"
#include "store/rows.h"

namespace scorekeeper::store {
namespace {

constexpr std::byte format{1};
constexpr unsigned varint_bits_max = 35;  // a zigzag of 33 bits

void put_varint(std::uint64_t value, std::vector<std::byte>& blob) {
  while (value >= 0x80) {
    blob.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  blob.push_back(static_cast<std::byte>(value));
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

std::optional<std::uint64_t> take_varint(std::span<const std::byte>& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < varint_bits_max && !bytes.empty(); shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(bytes.front());
    bytes = bytes.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

Error malformed() {
  return make_error(Code::internal, "a blob of table last_reported is malformed");
}

}  // namespace

void encode_last_reported(std::span<const std::uint32_t> times, std::vector<std::byte>& blob) {
  ASSERT(times.size() <= reported_block_size);
  blob.assign(1, format);
  while (!times.empty() && times.back() == 0) times = times.first(times.size() - 1);
  std::int64_t previous = 0;
  for (std::size_t start = 0, end = 0; start < times.size(); start = end) {
    while (end < times.size() && times[end] == times[start]) ++end;
    const bool present = times[start] != 0;
    put_varint((end - start) * 2 + (present ? 1 : 0), blob);
    if (!present) continue;
    put_varint(zigzag(std::int64_t{times[start]} - previous), blob);
    previous = times[start];
  }
}

Result<std::vector<std::uint32_t>> decode_last_reported(std::span<const std::byte> blob) {
  if (blob.empty() || blob.front() != format) return malformed();
  std::vector<std::uint32_t> times;
  times.reserve(reported_block_size);
  std::int64_t time = 0;
  auto rest = blob.subspan(1);
  while (!rest.empty()) {
    const auto run = take_varint(rest);
    if (!run || *run / 2 == 0 || *run / 2 > reported_block_size - times.size()) return malformed();
    const bool present = (*run & 1) != 0;
    if (present) {
      const auto delta = take_varint(rest);
      if (!delta) return malformed();
      time += unzigzag(*delta);
      if (time <= 0 || time > UINT32_MAX) return malformed();
    }
    times.insert(times.end(), *run / 2, present ? static_cast<std::uint32_t>(time) : 0);
  }
  times.resize(reported_block_size);
  return times;
}

}  // namespace scorekeeper::store
