#include "matrix/names.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/random.h"
#include "base/siphash.h"
#include "domain/entity.h"
#include "domain/text.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::size_t prefetch_window = 16;

std::string_view bare_name(std::string_view canonical) { return split_canonical(canonical).name; }

// Equal for texts that differ only in the case of ASCII letters.
std::uint64_t folded_hash(std::string_view text) {
  if (std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return name_hash(text);
  }
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), to_lower);
  return name_hash(folded);
}

}  // namespace

std::uint64_t name_hash(std::string_view text) {
  static const SipKey key{random_u64(), random_u64()};
  return siphash13(key, text);
}

std::uint64_t reference_hash(std::string_view canonical) {
  return has_folded_name(canonical) ? folded_hash(canonical) : name_hash(canonical);
}

void FlatIndex::place(std::vector<Slot>& slots, Slot slot) {
  std::size_t i = slot.tag & (slots.size() - 1);
  while (slots[i].number != 0) i = (i + 1) & (slots.size() - 1);
  slots[i] = slot;
}

std::size_t FlatIndex::slots_for(std::size_t more) const {
  std::size_t slots = slots_.size();
  while ((used_ + more) * 3 > slots * 2) slots *= 2;
  return slots;
}

FlatIndex FlatIndex::grown(std::size_t slots) const {
  FlatIndex index(slots);
  for (const Slot& slot : slots_) {
    if (slot.number != 0) place(index.slots_, slot);
  }
  index.used_ = used_;
  return index;
}

void FlatIndex::insert(std::uint64_t hash, std::uint32_t number) {
  ASSERT(number != 0);
  const auto slots = slots_for(1);
  if (slots != slots_.size()) *this = grown(slots);
  place(slots_, {static_cast<std::uint32_t>(hash), number});
  ++used_;
}

// Slots behind the erased one that are not in the place that their hash wants move up, so that no
// gap is before them.
void FlatIndex::erase(std::uint64_t hash, std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = static_cast<std::uint32_t>(hash) & mask;
  while (slots_[gap].number != number) {
    ASSERT(slots_[gap].number != 0);
    gap = (gap + 1) & mask;
  }
  for (std::size_t i = (gap + 1) & mask; slots_[i].number != 0; i = (i + 1) & mask) {
    const std::size_t wanted = slots_[i].tag & mask;
    if (((i - wanted) & mask) < ((i - gap) & mask)) continue;
    slots_[gap] = slots_[i];
    gap = i;
  }
  slots_[gap] = {};
  --used_;
}

void FlatIndex::replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to) {
  std::size_t i = static_cast<std::uint32_t>(hash) & (slots_.size() - 1);
  while (slots_[i].number != from) {
    ASSERT(slots_[i].number != 0);
    i = (i + 1) & (slots_.size() - 1);
  }
  slots_[i].number = to;
}

void FlatIndex::clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  used_ = 0;
}

EntityNumber Names::find(std::string_view reference, std::uint64_t hash) const {
  return EntityNumber{by_text_.find(
      hash, [&](std::uint32_t number) { return is_same_entity(text_of(number), reference); })};
}

void Names::find_all(std::span<const std::string_view> references,
                     std::span<const std::uint64_t> hashes, std::span<EntityNumber> numbers) const {
  for (std::size_t start = 0; start < references.size(); start += prefetch_window) {
    const auto end = std::min(references.size(), start + prefetch_window);
    for (std::size_t i = start; i < end; ++i) by_text_.prefetch(hashes[i]);
    for (std::size_t i = start; i < end; ++i) {
      numbers[i] = EntityNumber{by_text_.guess(hashes[i])};
      if (numbers[i]) __builtin_prefetch(&record(numbers[i].number));
    }
    for (std::size_t i = start; i < end; ++i) {
      if (numbers[i]) __builtin_prefetch(record(numbers[i].number).text);
    }
    for (std::size_t i = start; i < end; ++i) {
      if (numbers[i]) numbers[i] = find(references[i], hashes[i]);
    }
  }
}

std::string_view Names::text(EntityNumber entity) const {
  return entity && entity.number < limit_ && records_[entity.number / records_in_chunk]
             ? text_of(entity.number)
             : std::string_view();
}

EntityNumber Names::first_named(std::string_view name) const {
  return EntityNumber{by_name_.find(folded_hash(name), [&](std::uint32_t head) {
    return equals_ignoring_case(bare_name(text_of(head)), name);
  })};
}

bool Names::is_named(EntityNumber entity, std::string_view name) const {
  const auto reference = text_of(entity.number);
  const auto bare = bare_name(reference);
  return has_folded_name(reference) ? equals_ignoring_case(bare, name) : bare == name;
}

std::vector<EntityNumber> Names::named_in_any_case(std::string_view name,
                                                   std::size_t count_max) const {
  std::vector<EntityNumber> found;
  for (auto entity = first_named(name); entity && found.size() < count_max;
       entity = next_named(entity)) {
    found.push_back(entity);
  }
  return found;
}

std::size_t Names::memory_bytes() const {
  return by_text_.memory_bytes() + by_name_.memory_bytes() +
         records_.size() * sizeof(Record) * records_in_chunk + text_bytes_;
}

Names::Reserved Names::reserve(std::size_t more) const {
  Reserved reserved;
  const auto slots = by_text_.slots_for(more);
  const auto name_slots = by_name_.slots_for(more);
  if (slots != by_text_.slots() || name_slots != by_name_.slots()) {
    reserved.tables.push_back(by_text_.grown(slots));
    reserved.tables.push_back(by_name_.grown(name_slots));
  }
  return reserved;
}

void Names::commit(Reserved& reserved) {
  if (reserved.tables.empty()) return;
  std::swap(by_text_, reserved.tables[0]);
  std::swap(by_name_, reserved.tables[1]);
}

const char* Names::keep(std::string_view text) {
  if (text.size() > free_bytes_) {
    const auto bytes = std::max(text_chunk_bytes, text.size());
    texts_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
    free_text_ = texts_.back().get();
    free_bytes_ = bytes;
    text_bytes_ += bytes;
  }
  char* kept = free_text_;
  std::memcpy(kept, text.data(), text.size());
  free_text_ += text.size();
  free_bytes_ -= text.size();
  return kept;
}

void Names::add(EntityNumber entity, std::string_view reference) {
  const std::uint32_t number = entity.number;
  ASSERT(number != 0 && !reference.empty() && text(entity).empty());
  const std::size_t chunk = number / records_in_chunk;
  if (chunk >= records_.size()) records_.resize(chunk + 1);
  if (!records_[chunk]) records_[chunk] = std::make_unique<std::array<Record, records_in_chunk>>();
  Record& added = record(number);
  added.text = keep(reference);
  added.length = static_cast<std::uint32_t>(reference.size());
  const auto name = bare_name(reference);
  const auto hash = folded_hash(name);
  const std::uint32_t head = first_named(name).number;
  // Another spelling of the reference has the same name but for its case.
  const auto other = head == 0 ? EntityNumber() : find(reference);
  if (other) {
    ++hidden_;
    if (entity < other) by_text_.replace(reference_hash(reference), other.number, number);
  } else {
    by_text_.insert(reference_hash(reference), number);
  }
  added.same_name = head;
  if (head == 0) {
    by_name_.insert(hash, number);
  } else {
    by_name_.replace(hash, head, number);
  }
  ++count_;
  limit_ = std::max(limit_, std::size_t{number} + 1);
}

void Names::prefer(EntityNumber entity) {
  const auto reference = text(entity);
  const auto hash = reference_hash(reference);
  const auto found = find(reference, hash);
  if (found != entity) by_text_.replace(hash, found.number, entity.number);
}

}  // namespace scorekeeper::matrix
