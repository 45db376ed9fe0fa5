// Any bytes as the file of a snapshot. Most have a wrong checksum: those of the header and of the
// table are made right, so that what is behind them is reached.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/assert.h"
#include "store/checksum.h"
#include "store/snapshot_file.h"

namespace {

constexpr std::size_t header_bytes = 128;

void put_checksum(std::span<std::byte> file, std::size_t at, std::span<const std::byte> of) {
  const auto checksum = scorekeeper::store::checksum_of(of);
  std::memcpy(file.data() + at, &checksum, sizeof(checksum));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = scorekeeper::store;
  const auto given = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(given.begin(), given.end());
  const store::SnapshotIdentity identity{.store = {}, .schema = 0, .release = {}};
  if (file.size() >= header_bytes) {
    std::uint64_t table = 0;
    std::memcpy(&table, file.data() + 32, sizeof(table));
    if (table <= file.size()) put_checksum(file, 48, std::span(file).subspan(table));
    put_checksum(file, header_bytes - 4, std::span(file).first(header_bytes - 4));
  }
  const auto sections = store::read_snapshot_sections(file, identity);
  if (!sections) return 0;
  std::size_t bytes = 0;
  for (const auto& section : *sections) {
    (void)store::check(section);
    bytes += section.bytes.size();
  }
  ASSERT(header_bytes + bytes <= file.size());
  return 0;
}
