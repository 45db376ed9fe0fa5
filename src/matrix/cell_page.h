// The cells of one rule for one page of 4096 entities.
//
// Two bit planes hold the states, `low` and `high`: the binary digits of a state's number, 0 = no
// outcome. pass = low & ~high, fail = high & ~low, skip = low & high. A word of each plane, a
// pointer to the payload and its room make a block of 64 entities; the blocks that have ever had a
// cell stand one after the other, and a word says which they are. Where all 64 are there, which is
// usual, each plane is one piece of 512 bytes that scores read as it is (matrix/scores.h).
//
// The payload of a block is a piece of memory of its own, with an entry for each cell, packed by
// popcount. A block costs 25 bytes and its payload 24 a cell + 16; a page of its own 32 + 8 for the
// pointer to it. That is 24.7 bytes a cell where all entities have an outcome; 26.0 where one in
// five has, at random; about 120 where a cell is alone in its page.
//
// Not thread-safe by itself: one writer, readers under OrgMatrix's lock.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/id.h"
#include "domain/outcome.h"
#include "matrix/bitmap.h"
#include "matrix/snapshot_bytes.h"

namespace scorekeeper::matrix {

struct Cell {
  State state = State::pass;
  RowId row;                         // of the latest change
  std::uint64_t hash = 0;            // keyed hash of its remarks
  std::uint32_t first_reported = 0;  // seconds
  std::uint32_t last_reported = 0;   // seconds

  bool operator==(const Cell&) const = default;
};

// Both planes of a page, 64 words each.
struct Planes {
  const std::uint64_t* low = nullptr;
  const std::uint64_t* high = nullptr;
};

// The buffer that Planes point to where a page has not all of its blocks.
struct PlaneBuffer {
  Words low;
  Words high;
};

// The cells of a word in that state; none = any.
constexpr std::uint64_t bits_in_state(std::uint64_t low, std::uint64_t high,
                                      std::optional<State> state) {
  if (!state) return low | high;
  switch (*state) {
    case State::pass:
      return low & ~high;
    case State::fail:
      return high & ~low;
    case State::skip:
      return low & high;
  }
  return 0;
}

class CellPage {
 public:
  struct Free {
    void operator()(CellPage* page) const;
  };
  using Owner = std::unique_ptr<CellPage, Free>;

  CellPage(const CellPage&) = delete;
  CellPage& operator=(const CellPage&) = delete;

  // --- readers
  std::size_t count() const { return count_; }
  std::size_t count(State state) const;
  std::optional<Cell> find(EntityNumber entity) const;
  std::optional<State> state(EntityNumber entity) const;
  Planes planes(PlaneBuffer& buffer) const {
    return blocks_ == ~std::uint64_t{0} ? Planes{low(), high()} : spread(buffer);
  }
  std::uint64_t bits(std::uint32_t block, std::optional<State> state) const {
    if ((blocks_ & mask_of(block)) == 0) return 0;
    const auto place = place_of(block);
    return bits_in_state(low()[place], high()[place], state);
  }
  // Writes the last report of each cell into its place of 1024: those of entities
  // first … first + 1023, counted within the page.
  void write_reported(std::uint32_t first, std::uint32_t* times) const;
  std::size_t memory_bytes() const;
  // Its cells as a snapshot has them: the blocks, their planes, their entries.
  void write(SnapshotPut& put) const;

  // Two steps of the way to an entity's cell, for prefetching; the page itself must be there.
  void prefetch_block(EntityNumber entity) const;
  void prefetch_entry(EntityNumber entity) const;

  // --- the writer
  static Owner make();
  // Reads what write() wrote, without the cells of entities that are not live; nullptr = none is
  // left, or `bytes` failed.
  static Owner read(SnapshotGet& bytes, const Words& live);
  struct Put {
    std::optional<State> before;  // what was there
    std::size_t more_bytes = 0;   // of memory
  };
  // The page may move.
  static Put put(Owner& page, EntityNumber entity, const Cell& cell);
  // Gives the state that was there. The payload's memory goes with a block's last cell.
  std::optional<State> remove(EntityNumber entity);
  // nullptr = no cell.
  std::uint32_t* last_reported(EntityNumber entity);

  // Bit n: something of entities 1024 n … 1024 n + 1023 of the page waits to be saved (Cells).
  std::uint8_t unsaved = 0;

 private:
  struct Entry {
    std::uint64_t row;
    std::uint64_t hash;
    std::uint32_t first_reported;
    std::uint32_t last_reported;
  };
  static_assert(sizeof(Entry) == 24);

  explicit CellPage(std::uint32_t room) : room_(static_cast<std::uint8_t>(room)) {}
  ~CellPage() = default;

  static std::size_t bytes_for(std::uint32_t room);
  static Owner make(std::uint32_t room);
  static Owner grown(const CellPage& page);
  void append_block(std::uint32_t block, std::uint64_t low, std::uint64_t high,
                    std::span<const std::byte> entries, std::uint64_t kept);
  // The block's place among those that are there, or where it would stand.
  std::size_t place_of(std::uint32_t block) const {
    if (blocks_ == ~std::uint64_t{0}) return block;
    return static_cast<std::size_t>(std::popcount(blocks_ & (mask_of(block) - 1)));
  }
  std::size_t count_blocks() const { return static_cast<std::size_t>(std::popcount(blocks_)); }
  // These two return the memory it took.
  static std::size_t open_block(Owner& page, std::uint32_t block);
  std::size_t open_entry(std::size_t place, std::uint64_t mask);
  Planes spread(PlaneBuffer& buffer) const;
  bool has_block(EntityNumber entity) const { return (blocks_ & mask_of(word_of(entity))) != 0; }
  // The entry of a cell that is there or is about to be.
  std::size_t rank(std::size_t place, std::uint64_t mask) const {
    return static_cast<std::size_t>(std::popcount((low()[place] | high()[place]) & (mask - 1)));
  }

  // The arrays behind the page, `room_` of each.
  std::uint64_t* low() { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* low() const { return reinterpret_cast<const std::uint64_t*>(this + 1); }
  std::uint64_t* high() { return low() + room_; }
  const std::uint64_t* high() const { return low() + room_; }
  Entry** payloads() { return reinterpret_cast<Entry**>(high() + room_); }
  Entry* const* payloads() const { return reinterpret_cast<Entry* const*>(high() + room_); }
  // The number of entries that each payload has room for.
  std::uint8_t* rooms() { return reinterpret_cast<std::uint8_t*>(payloads() + room_); }
  const std::uint8_t* rooms() const {
    return reinterpret_cast<const std::uint8_t*>(payloads() + room_);
  }

  std::uint8_t room_ = 0;  // for blocks
  std::uint16_t count_ = 0;
  std::uint64_t blocks_ = 0;  // those that are there
};

}  // namespace scorekeeper::matrix
