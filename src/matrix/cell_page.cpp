#include "matrix/cell_page.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/assert.h"

namespace scorekeeper::matrix {
namespace {

// A block's room for cells grows in small steps: a full block wastes nothing, one with less than
// half at most one cell, any other three.
std::uint8_t next_room(std::size_t used) {
  if (used < 2) return static_cast<std::uint8_t>(used + 1);
  return static_cast<std::uint8_t>(used < 32 ? used + 2 : used + 4);
}

std::size_t count_bits(std::uint64_t word) { return static_cast<std::size_t>(std::popcount(word)); }

std::optional<State> state_at(std::uint64_t low, std::uint64_t high, std::uint64_t mask) {
  const unsigned number = ((low & mask) != 0 ? 1U : 0U) + ((high & mask) != 0 ? 2U : 0U);
  return number == 0 ? std::nullopt : std::optional(static_cast<State>(number));
}
static_assert(static_cast<int>(State::pass) == 1 && static_cast<int>(State::fail) == 2 &&
              static_cast<int>(State::skip) == 3);

}  // namespace

void CellPage::Free::operator()(CellPage* page) const {
  for (std::size_t place = 0; place < page->count_blocks(); ++place) {
    std::free(page->payloads()[place]);
  }
  page->~CellPage();
  std::free(page);
}

std::size_t CellPage::bytes_for(std::uint32_t room) {
  return sizeof(CellPage) + room * (2 * sizeof(std::uint64_t) + sizeof(Entry*) + 1);
}

CellPage::Owner CellPage::make(std::uint32_t room) {
  static_assert(sizeof(CellPage) == 16 && alignof(Entry*) == alignof(std::uint64_t));
  void* memory = std::malloc(bytes_for(room));
  ASSERT(memory != nullptr);
  return Owner(new (memory) CellPage(room));
}

CellPage::Owner CellPage::make() { return make(1); }

// With twice the room; the payloads now belong to both.
CellPage::Owner CellPage::grown(const CellPage& page) {
  Owner larger = make(std::min<std::uint32_t>(page.room_ * 2U, page_words));
  const std::size_t used = page.count_blocks();
  std::copy_n(page.low(), used, larger->low());
  std::copy_n(page.high(), used, larger->high());
  std::copy_n(page.payloads(), used, larger->payloads());
  std::copy_n(page.rooms(), used, larger->rooms());
  larger->blocks_ = page.blocks_;
  larger->count_ = page.count_;
  larger->unsaved = page.unsaved;
  return larger;
}

std::optional<Cell> CellPage::find(EntityNumber entity) const {
  if (!has_block(entity)) return std::nullopt;
  const auto place = place_of(word_of(entity));
  const auto mask = mask_of(entity);
  const auto state = state_at(low()[place], high()[place], mask);
  if (!state) return std::nullopt;
  const Entry& entry = payloads()[place][rank(place, mask)];
  return Cell{.state = *state,
              .row = RowId{entry.row},
              .hash = entry.hash,
              .first_reported = entry.first_reported,
              .last_reported = entry.last_reported};
}

std::optional<State> CellPage::state(EntityNumber entity) const {
  if (!has_block(entity)) return std::nullopt;
  const auto place = place_of(word_of(entity));
  return state_at(low()[place], high()[place], mask_of(entity));
}

Planes CellPage::spread(PlaneBuffer& buffer) const {
  buffer.low.fill(0);
  buffer.high.fill(0);
  std::size_t place = 0;
  for (std::uint64_t blocks = blocks_; blocks != 0; blocks &= blocks - 1, ++place) {
    const auto block = static_cast<std::size_t>(std::countr_zero(blocks));
    buffer.low[block] = low()[place];
    buffer.high[block] = high()[place];
  }
  return {buffer.low.data(), buffer.high.data()};
}

void CellPage::write_reported(std::uint32_t first, std::uint32_t* times) const {
  constexpr std::uint32_t blocks_in_part = 1024 / word_entities;
  for (std::uint32_t b = 0; b < blocks_in_part; ++b) {
    const std::uint32_t block = first / word_entities + b;
    const std::uint64_t present = bits(block, std::nullopt);
    if (present == 0) continue;
    const Entry* entry = payloads()[place_of(block)];
    for (std::uint64_t left = present; left != 0; left &= left - 1, ++entry) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(left));
      times[std::size_t{b} * word_entities + bit] = entry->last_reported;
    }
  }
}

std::size_t CellPage::memory_bytes() const {
  std::size_t bytes = bytes_for(room_) + allocation_bytes;
  for (std::size_t place = 0; place < count_blocks(); ++place) {
    if (payloads()[place] != nullptr) bytes += rooms()[place] * sizeof(Entry) + allocation_bytes;
  }
  return bytes;
}

std::size_t CellPage::count(State state) const {
  std::size_t count = 0;
  for (std::size_t place = 0; place < count_blocks(); ++place) {
    count += count_bits(bits_in_state(low()[place], high()[place], state));
  }
  return count;
}

void CellPage::write(SnapshotPut& put) const {
  std::uint64_t written = 0;
  for (std::uint32_t block = 0; block < page_words; ++block) {
    if (bits(block, std::nullopt) != 0) written |= mask_of(block);
  }
  put(written);
  const auto each = [&](const auto& act) {
    for (std::uint64_t left = written; left != 0; left &= left - 1) {
      act(place_of(static_cast<std::uint32_t>(std::countr_zero(left))));
    }
  };
  each([&](std::size_t place) { put(low()[place], high()[place]); });
  each([&](std::size_t place) {
    put.raw(payloads()[place], count_bits(low()[place] | high()[place]) * sizeof(Entry));
  });
}

// A block behind the others, with those of its entries that are kept.
void CellPage::append_block(std::uint32_t block, std::uint64_t low, std::uint64_t high,
                            std::span<const std::byte> entries, std::uint64_t kept) {
  const std::size_t place = count_blocks();
  const std::size_t count = count_bits(kept);
  auto* payload = static_cast<Entry*>(std::malloc(count * sizeof(Entry)));
  ASSERT(payload != nullptr && place < room_);
  this->low()[place] = low & kept;
  this->high()[place] = high & kept;
  payloads()[place] = payload;
  rooms()[place] = static_cast<std::uint8_t>(count);
  blocks_ |= mask_of(block);
  count_ = static_cast<std::uint16_t>(count_ + count);
  const std::byte* entry = entries.data();
  if (kept == (low | high)) {
    std::memcpy(payload, entry, entries.size());
    return;
  }
  for (std::uint64_t left = low | high; left != 0; left &= left - 1, entry += sizeof(Entry)) {
    if ((kept & left & -left) != 0) std::memcpy(payload++, entry, sizeof(Entry));
  }
}

CellPage::Owner CellPage::read(SnapshotGet& bytes, const Words& live) {
  const auto blocks = bytes.next<std::uint64_t>();
  const std::size_t count = count_bits(blocks);
  SnapshotGet planes(bytes.raw(count * 2 * sizeof(std::uint64_t)));
  bytes.expect(count != 0);
  if (bytes.failed()) return nullptr;
  Owner page = make(static_cast<std::uint32_t>(count));
  for (std::uint64_t left = blocks; left != 0; left &= left - 1) {
    const auto block = static_cast<std::uint32_t>(std::countr_zero(left));
    const auto low = planes.next<std::uint64_t>();
    const auto high = planes.next<std::uint64_t>();
    const auto entries = bytes.raw(count_bits(low | high) * sizeof(Entry));
    bytes.expect((low | high) != 0);
    if (bytes.failed()) return nullptr;
    const std::uint64_t kept = (low | high) & live[block];
    if (kept != 0) page->append_block(block, low, high, entries, kept);
  }
  return page->count() == 0 ? nullptr : std::move(page);
}

void CellPage::prefetch_block(EntityNumber entity) const {
  const auto place = place_of(word_of(entity));
  __builtin_prefetch(low() + place);
  __builtin_prefetch(high() + place);
  __builtin_prefetch(static_cast<const void*>(payloads() + place));
}

void CellPage::prefetch_entry(EntityNumber entity) const {
  if (!has_block(entity)) return;
  const auto place = place_of(word_of(entity));
  __builtin_prefetch(payloads()[place] + rank(place, mask_of(entity)));
}

// Makes a block, if it is not there.
std::size_t CellPage::open_block(Owner& page, std::uint32_t block) {
  if ((page->blocks_ & mask_of(block)) != 0) return 0;
  std::size_t more_bytes = 0;
  const std::size_t used = page->count_blocks();
  if (used == page->room_) {
    Owner larger = grown(*page);
    more_bytes = bytes_for(larger->room_) - bytes_for(page->room_);
    page->blocks_ = 0;  // so that the payloads are the larger one's alone
    page = std::move(larger);
  }
  const std::size_t place = page->place_of(block);
  const auto open = [&](auto* first) {
    std::move_backward(first + place, first + used, first + used + 1);
    first[place] = {};
  };
  open(page->low());
  open(page->high());
  open(page->payloads());
  open(page->rooms());
  page->blocks_ |= mask_of(block);
  return more_bytes;
}

// Room for one cell more, at its place among the others.
std::size_t CellPage::open_entry(std::size_t place, std::uint64_t mask) {
  const std::size_t used = count_bits(low()[place] | high()[place]);
  Entry*& payload = payloads()[place];
  std::size_t more_bytes = 0;
  if (used == rooms()[place]) {
    rooms()[place] = next_room(used);
    more_bytes = (rooms()[place] - used) * sizeof(Entry) + (used == 0 ? allocation_bytes : 0);
    // realloc, as a neighbour that is free makes growing cheap; the contents are plain numbers.
    void* memory = std::realloc(payload, rooms()[place] * sizeof(Entry));
    ASSERT(memory != nullptr);
    payload = static_cast<Entry*>(memory);
  }
  Entry* entry = payload + rank(place, mask);
  std::memmove(entry + 1, entry, static_cast<std::size_t>(payload + used - entry) * sizeof(Entry));
  ++count_;
  return more_bytes;
}

CellPage::Put CellPage::put(Owner& page, EntityNumber entity, const Cell& cell) {
  Put put{.before = {}, .more_bytes = open_block(page, word_of(entity))};
  const auto place = page->place_of(word_of(entity));
  const auto mask = mask_of(entity);
  std::uint64_t& low = page->low()[place];
  std::uint64_t& high = page->high()[place];
  put.before = state_at(low, high, mask);
  if (!put.before) put.more_bytes += page->open_entry(place, mask);
  const auto number = static_cast<unsigned>(cell.state);
  low = (number & 1) != 0 ? low | mask : low & ~mask;
  high = (number & 2) != 0 ? high | mask : high & ~mask;
  page->payloads()[place][page->rank(place, mask)] = {.row = cell.row.number,
                                                      .hash = cell.hash,
                                                      .first_reported = cell.first_reported,
                                                      .last_reported = cell.last_reported};
  return put;
}

std::optional<State> CellPage::remove(EntityNumber entity) {
  const auto before = state(entity);
  if (!before) return std::nullopt;
  const auto place = place_of(word_of(entity));
  const auto mask = mask_of(entity);
  const std::size_t used = count_bits(low()[place] | high()[place]);
  Entry*& payload = payloads()[place];
  Entry* entry = payload + rank(place, mask);
  std::memmove(entry, entry + 1,
               static_cast<std::size_t>(payload + used - entry - 1) * sizeof(Entry));
  low()[place] &= ~mask;
  high()[place] &= ~mask;
  --count_;
  if (used == 1) {
    std::free(payload);
    payload = nullptr;
    rooms()[place] = 0;
  }
  return before;
}

std::uint32_t* CellPage::last_reported(EntityNumber entity) {
  if (!state(entity)) return nullptr;
  const auto place = place_of(word_of(entity));
  return &payloads()[place][rank(place, mask_of(entity))].last_reported;
}

}  // namespace scorekeeper::matrix
