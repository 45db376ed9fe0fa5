// Names: canonical entity references interned to numbers and back, with the entities of one bare
// name chained (the filter `service_name`). References of one entity are found by any spelling
// (domain/entity.h); text() is the one that was added. Flat open addressing and texts in an arena,
// no string of its own for any name: an entity costs its text, 16 bytes, and 12 to 24 bytes in each
// of two tables.
//
// One writer, readers under OrgMatrix's lock. Growing a table would be heavy under a writer's lock,
// so it is cut in two: reserve() builds the larger table beside the old one under a reader's lock,
// commit() swaps it in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/id.h"

namespace scorekeeper::matrix {

// A hash with a key of this process: strangers cannot choose names that collide. Any thread.
std::uint64_t name_hash(std::string_view text);
// Hash of a canonical reference; equal for references that is_same_entity() treats as one.
std::uint64_t reference_hash(std::string_view canonical);

// Open addressing from a hash to a number (never 0); the texts stand elsewhere, so that the caller
// compares. The hash's lower half is kept beside the number: tables grow without looking at texts.
class FlatIndex {
 public:
  FlatIndex() : FlatIndex(16) {}
  explicit FlatIndex(std::size_t slots) : slots_(slots) {}  // a power of two

  // The number with that hash which `is_it(number)` accepts, or 0.
  template <class IsIt>
  std::uint32_t find(std::uint64_t hash, const IsIt& is_it) const {
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t i = tag;; ++i) {
      const Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.number == 0) return 0;
      if (slot.tag == tag && is_it(slot.number)) return slot.number;
    }
  }
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(&slots_[static_cast<std::uint32_t>(hash) & (slots_.size() - 1)]);
  }
  // The first number with that hash's lower half, not compared, or 0: for prefetching.
  std::uint32_t guess(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }
  // Grows when it must. The number must not be in it.
  void insert(std::uint64_t hash, std::uint32_t number);
  // Takes a number out, which must be in it with that hash.
  void erase(std::uint64_t hash, std::uint32_t number);
  // Puts `to` in the place of `from`, which must be in it with that hash.
  void replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to);
  // The number of slots that `more` numbers on top need.
  std::size_t slots_for(std::size_t more) const;
  std::size_t slots() const { return slots_.size(); }
  FlatIndex grown(std::size_t slots) const;
  void clear();
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // 0 = empty
  };
  static void place(std::vector<Slot>& slots, Slot slot);

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

class Names {
 public:
  // --- readers
  // `hash` is reference_hash(reference).
  EntityNumber find(std::string_view reference, std::uint64_t hash) const;
  EntityNumber find(std::string_view reference) const {
    return find(reference, reference_hash(reference));
  }
  // For each hash and reference the number, or none. Prefetches. `numbers` is as long as the
  // others.
  void find_all(std::span<const std::string_view> references, std::span<const std::uint64_t> hashes,
                std::span<EntityNumber> numbers) const;
  std::string_view text(EntityNumber entity) const;  // empty = no such entity
  // The entity has that bare name, a service in `default` in any spelling. It must have been added.
  bool is_named(EntityNumber entity, std::string_view name) const;
  // The chain of all entities of that bare name in any case, any kind and namespace, the latest
  // first; none = its end. A chain keeps its entities; new ones come before them.
  EntityNumber first_named(std::string_view name) const;
  EntityNumber next_named(EntityNumber entity) const {
    return EntityNumber{record(entity.number).same_name};
  }
  // Entities of that name in any case, any kind and namespace; the latest first, of so many at
  // most.
  std::vector<EntityNumber> named_in_any_case(std::string_view name, std::size_t count_max) const;
  std::size_t count() const { return count_; }
  EntityNumber next() const { return EntityNumber{static_cast<std::uint32_t>(limit_)}; }
  std::size_t memory_bytes() const;

  // --- the writer
  struct Reserved {
    std::vector<FlatIndex> tables;  // by_text and by_name, or nothing
  };
  Reserved reserve(std::size_t more) const;
  void commit(Reserved& reserved);  // leaves the old tables in `reserved`
  // Numbers may come in any order and leave gaps; the number must be new. A store of an older
  // release may have spellings of one service under several numbers: find() returns the lowest of
  // them until prefer() names another.
  void add(EntityNumber entity, std::string_view reference);
  // Has find() return this number, which was added, for all spellings of its reference.
  void prefer(EntityNumber entity);
  // Whether some number is not found by its reference.
  bool has_hidden() const { return hidden_ != 0; }

 private:
  struct Record {
    const char* text = nullptr;
    std::uint32_t length = 0;
    std::uint32_t same_name = 0;  // the next of the same bare name, whatever its case; 0 = none
  };
  static constexpr std::size_t records_in_chunk = 4096;
  static constexpr std::size_t text_chunk_bytes = 64 << 10;

  const Record& record(std::uint32_t number) const {
    return (*records_[number / records_in_chunk])[number % records_in_chunk];
  }
  Record& record(std::uint32_t number) {
    return (*records_[number / records_in_chunk])[number % records_in_chunk];
  }
  std::string_view text_of(std::uint32_t number) const {
    return {record(number).text, record(number).length};
  }
  const char* keep(std::string_view text);

  FlatIndex by_text_;  // one number for all spellings of a reference
  FlatIndex by_name_;  // to the head of a chain: the latest entity of the name in any case
  std::vector<std::unique_ptr<std::array<Record, records_in_chunk>>> records_;
  std::vector<std::unique_ptr<char[]>> texts_;
  char* free_text_ = nullptr;
  std::size_t free_bytes_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t hidden_ = 0;
  std::size_t limit_ = 1;  // above every number
};

}  // namespace scorekeeper::matrix
