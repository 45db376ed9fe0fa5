#include "matrix/cells.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint32_t block_entities = 64;
constexpr std::uint32_t page_blocks = 64;
constexpr std::uint32_t page_entities = block_entities * page_blocks;
constexpr std::size_t prefetch_window = 32;
// What the allocator adds to a piece of memory.
constexpr std::size_t allocation_bytes = 16;

// Counted from 0.
std::uint32_t index_of(EntityNumber entity) { return entity.number - 1; }
std::uint32_t page_of(EntityNumber entity) { return index_of(entity) / page_entities; }
std::uint32_t block_of(EntityNumber entity) {
  return index_of(entity) / block_entities % page_blocks;
}
std::uint32_t bit_of(EntityNumber entity) { return index_of(entity) % block_entities; }
std::uint64_t mask_of(std::uint32_t bit) { return std::uint64_t{1} << bit; }

void prefetch(const void* address) { __builtin_prefetch(address); }

// A block's room for cells grows in small steps: a full block wastes nothing, any other at most
// three cells.
std::uint32_t next_capacity(std::uint32_t capacity) {
  if (capacity < 2) return capacity + 1;
  return capacity < 8 ? capacity + 2 : capacity + 4;
}

struct Entry {
  std::uint64_t row;
  std::uint64_t hash;
  std::uint32_t first_reported;
  std::uint32_t last_reported;
};
static_assert(sizeof(Entry) == 24);

}  // namespace

// In one piece of memory with the entries that follow it: the n-th set bit of `present` owns the
// n-th entry.
struct Cells::Block {
  std::uint64_t present = 0;
  std::uint64_t pass = 0;
  std::uint64_t fail = 0;
  std::uint64_t capacity = 0;

  Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
  const Entry* entries() const { return reinterpret_cast<const Entry*>(this + 1); }
  std::size_t rank(std::uint32_t bit) const {
    return static_cast<std::size_t>(std::popcount(present & (mask_of(bit) - 1)));
  }
  std::uint64_t bits(std::optional<State> state) const {
    if (!state) return present;
    switch (*state) {
      case State::pass:
        return pass;
      case State::fail:
        return fail;
      case State::skip:
        return present & ~pass & ~fail;
    }
    return 0;
  }
  State state(std::uint32_t bit) const {
    if ((pass & mask_of(bit)) != 0) return State::pass;
    return (fail & mask_of(bit)) != 0 ? State::fail : State::skip;
  }
  void set_state(std::uint32_t bit, State state) {
    pass = state == State::pass ? pass | mask_of(bit) : pass & ~mask_of(bit);
    fail = state == State::fail ? fail | mask_of(bit) : fail & ~mask_of(bit);
  }
  std::optional<Cell> cell(std::uint32_t bit) const {
    if ((present & mask_of(bit)) == 0) return std::nullopt;
    const Entry& entry = entries()[rank(bit)];
    return Cell{.state = state(bit),
                .row = RowId{entry.row},
                .hash = entry.hash,
                .first_reported = entry.first_reported,
                .last_reported = entry.last_reported};
  }
  static std::size_t bytes(std::uint64_t capacity) {
    return sizeof(Block) + capacity * sizeof(Entry) + allocation_bytes;
  }
};

struct Cells::Page {
  std::array<Block*, page_blocks> blocks{};  // owned
  Counts counts;
  // Bit n: something in blocks 16 n … 16 n + 15 was touched, and waits in unsaved_.
  std::uint32_t unsaved = 0;
  std::size_t bytes = sizeof(Page) + allocation_bytes;

  Page() = default;
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page() {
    for (Block* block : blocks) std::free(block);
  }

  // The block with room for one cell more.
  Block& grow(std::uint32_t index);
};

Cells::Block& Cells::Page::grow(std::uint32_t index) {
  static_assert(sizeof(Block) % alignof(Entry) == 0);
  Block* block = blocks[index];
  const auto used = block == nullptr ? 0U : static_cast<unsigned>(std::popcount(block->present));
  if (block != nullptr && used < block->capacity) return *block;
  const std::uint32_t capacity = next_capacity(used);
  // realloc, as a neighbour that is free makes growing cheap; the contents are plain numbers.
  void* memory = std::realloc(block, sizeof(Block) + capacity * sizeof(Entry));
  ASSERT(memory != nullptr);
  if (block == nullptr) {
    block = new (memory) Block();
    bytes += Block::bytes(capacity);
  } else {
    block = static_cast<Block*>(memory);
    bytes += Block::bytes(capacity) - Block::bytes(used);
  }
  block->capacity = capacity;
  blocks[index] = block;
  return *block;
}

std::uint64_t Cells::Counts::of(std::optional<State> state) const {
  if (!state) return present;
  switch (*state) {
    case State::pass:
      return pass;
    case State::fail:
      return fail;
    case State::skip:
      return present - pass - fail;
  }
  return 0;
}

void Cells::Counts::add(State state) {
  ++present;
  pass += state == State::pass ? 1U : 0U;
  fail += state == State::fail ? 1U : 0U;
}

void Cells::Counts::remove(State state) {
  --present;
  pass -= state == State::pass ? 1U : 0U;
  fail -= state == State::fail ? 1U : 0U;
}

Cells::RuleCells::RuleCells() = default;
Cells::RuleCells::RuleCells(RuleCells&&) noexcept = default;
Cells::RuleCells& Cells::RuleCells::operator=(RuleCells&&) noexcept = default;
Cells::RuleCells::~RuleCells() = default;
Cells::~Cells() = default;

const Cells::Page* Cells::find_page(CellKey key) const {
  if (key.rule.number >= rules_.size() || !key.entity) return nullptr;
  const auto& pages = rules_[key.rule.number].pages;
  const auto page = page_of(key.entity);
  return page < pages.size() ? pages[page].get() : nullptr;
}

const Cells::Block* Cells::find_block(CellKey key) const {
  const Page* page = find_page(key);
  return page == nullptr ? nullptr : page->blocks[block_of(key.entity)];
}

std::optional<Cell> Cells::find(CellKey key) const {
  const Block* block = find_block(key);
  return block == nullptr ? std::nullopt : block->cell(bit_of(key.entity));
}

// Starts the loads of a window of keys, one step of the way after the other, so that their cache
// misses overlap.
void Cells::prefetch_pages(std::span<const CellKey> keys) const {
  for (const CellKey& key : keys) {
    const Page* page = find_page(key);
    if (page != nullptr) {
      prefetch(static_cast<const void*>(page->blocks.data() + block_of(key.entity)));
    }
  }
  for (const CellKey& key : keys) prefetch(find_block(key));
  for (const CellKey& key : keys) {
    if (const Block* block = find_block(key)) {
      prefetch(block->entries() + block->rank(bit_of(key.entity)));
    }
  }
}

void Cells::find_all(std::span<const CellKey> keys, std::vector<std::optional<Cell>>& cells) const {
  while (!keys.empty()) {
    const auto window = keys.first(std::min(keys.size(), prefetch_window));
    prefetch_pages(window);
    for (const CellKey& key : window) cells.push_back(find(key));
    keys = keys.subspan(window.size());
  }
}

std::uint64_t Cells::count(RuleNumber rule, std::optional<State> state) const {
  return rule.number < rules_.size() ? rules_[rule.number].counts.of(state) : 0;
}

void Cells::scan(RuleNumber rule, std::optional<State> state, ScanWindow& window,
                 std::vector<FoundCell>& found) const {
  if (rule.number >= rules_.size()) return;
  const RuleCells& cells = rules_[rule.number];
  if (window.skip >= cells.counts.of(state)) {
    window.skip -= cells.counts.of(state);
    return;
  }
  for (std::size_t p = 0; p < cells.pages.size() && window.take > 0; ++p) {
    const Page* page = cells.pages[p].get();
    if (page == nullptr) continue;
    if (window.skip >= page->counts.of(state)) {
      window.skip -= page->counts.of(state);
      continue;
    }
    for (std::uint32_t b = 0; b < page_blocks && window.take > 0; ++b) {
      const Block* block = page->blocks[b];
      if (block == nullptr) continue;
      std::uint64_t bits = block->bits(state);
      const auto in_block = static_cast<std::uint64_t>(std::popcount(bits));
      if (window.skip >= in_block) {
        window.skip -= in_block;
        continue;
      }
      for (; window.skip > 0; --window.skip) bits &= bits - 1;
      for (; bits != 0 && window.take > 0; bits &= bits - 1, --window.take) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
        const auto index = p * page_entities + std::size_t{b} * block_entities + bit;
        found.push_back({EntityNumber{static_cast<std::uint32_t>(index + 1)}, *block->cell(bit)});
      }
    }
  }
}

void Cells::scan(RuleNumber rule, std::optional<State> state,
                 std::span<const EntityNumber> entities, ScanWindow& window,
                 std::vector<FoundCell>& found) const {
  if (count(rule, state) == 0) return;
  for (const EntityNumber entity : entities) {
    if (window.take == 0) return;
    const auto cell = find({rule, entity});
    if (!cell || (state && cell->state != *state)) continue;
    if (window.skip > 0) {
      --window.skip;
      continue;
    }
    found.push_back({entity, *cell});
    --window.take;
  }
}

Cells::Page& Cells::make_page(CellKey key) {
  ASSERT(key.rule && key.entity);
  if (key.rule.number >= rules_.size()) rules_.resize(key.rule.number + std::size_t{1});
  auto& pages = rules_[key.rule.number].pages;
  const auto index = page_of(key.entity);
  if (index >= pages.size()) {
    bytes_ -= pages.capacity() * sizeof(pages[0]);
    pages.resize(index + std::size_t{1});
    bytes_ += pages.capacity() * sizeof(pages[0]);
  }
  if (!pages[index]) {
    pages[index] = std::make_unique<Page>();
    bytes_ += pages[index]->bytes;
  }
  return *pages[index];
}

void Cells::put(CellKey key, const Cell& cell) {
  Page& page = make_page(key);
  Counts& counts = rules_[key.rule.number].counts;
  const auto bit = bit_of(key.entity);
  Block* block = page.blocks[block_of(key.entity)];
  const bool known = block != nullptr && (block->present & mask_of(bit)) != 0;
  if (known) {
    page.counts.remove(block->state(bit));
    counts.remove(block->state(bit));
  } else {
    bytes_ -= page.bytes;
    block = &page.grow(block_of(key.entity));
    bytes_ += page.bytes;
    const auto used = static_cast<std::size_t>(std::popcount(block->present));
    Entry* entry = block->entries() + block->rank(bit);
    std::memmove(entry + 1, entry,
                 static_cast<std::size_t>(block->entries() + used - entry) * sizeof(Entry));
    block->present |= mask_of(bit);
    ++count_;
  }
  block->set_state(bit, cell.state);
  block->entries()[block->rank(bit)] = Entry{.row = cell.row.number,
                                             .hash = cell.hash,
                                             .first_reported = cell.first_reported,
                                             .last_reported = cell.last_reported};
  page.counts.add(cell.state);
  counts.add(cell.state);
}

void Cells::put_all(std::span<const CellChange> changes) {
  std::array<CellKey, prefetch_window> keys;
  while (!changes.empty()) {
    const auto window = changes.first(std::min(changes.size(), prefetch_window));
    for (std::size_t i = 0; i < window.size(); ++i) keys[i] = {window[i].rule, window[i].entity};
    prefetch_pages(std::span(keys).first(window.size()));
    for (const CellChange& change : window) put({change.rule, change.entity}, change.cell);
    changes = changes.subspan(window.size());
  }
}

void Cells::touch(const CellTouch& touch) {
  const CellKey key{touch.rule, touch.entity};
  const Page* page = find_page(key);
  if (page == nullptr) return;
  Block* block = page->blocks[block_of(key.entity)];
  const auto bit = bit_of(key.entity);
  if (block == nullptr || (block->present & mask_of(bit)) == 0) return;
  block->entries()[block->rank(bit)].last_reported = touch.last_reported;
  const auto unsaved_block = index_of(key.entity) / reported_block_entities;
  const auto unsaved_bit = 1U << unsaved_block % (page_entities / reported_block_entities);
  Page& written = *rules_[key.rule.number].pages[page_of(key.entity)];
  if ((written.unsaved & unsaved_bit) != 0) return;
  written.unsaved |= unsaved_bit;
  unsaved_.push_back({key.rule, unsaved_block});
}

void Cells::touch_all(std::span<const CellTouch> touches) {
  std::array<CellKey, prefetch_window> keys;
  while (!touches.empty()) {
    const auto window = touches.first(std::min(touches.size(), prefetch_window));
    for (std::size_t i = 0; i < window.size(); ++i) keys[i] = {window[i].rule, window[i].entity};
    prefetch_pages(std::span(keys).first(window.size()));
    for (const CellTouch& one : window) touch(one);
    touches = touches.subspan(window.size());
  }
}

std::unique_ptr<Cells::Removed> Cells::remove_rule(RuleNumber rule) {
  if (rule.number >= rules_.size()) return nullptr;
  RuleCells& cells = rules_[rule.number];
  for (const auto& page : cells.pages) {
    if (page) bytes_ -= page->bytes;
  }
  bytes_ -= cells.pages.capacity() * sizeof(cells.pages[0]);
  count_ -= cells.counts.present;
  return std::make_unique<Removed>(std::exchange(cells, RuleCells()));
}

std::vector<Reported> Cells::take_reported(std::size_t max) {
  constexpr std::uint32_t blocks_in_page = page_entities / reported_block_entities;
  std::vector<Reported> taken;
  while (taken.size() < max && !unsaved_.empty()) {
    const Unsaved unsaved = unsaved_.front();
    unsaved_.pop_front();
    const EntityNumber first{unsaved.block * reported_block_entities + 1};
    if (find_page({unsaved.rule, first}) == nullptr) continue;  // the rule was deleted
    Page& page = *rules_[unsaved.rule.number].pages[page_of(first)];
    page.unsaved &= ~(1U << unsaved.block % blocks_in_page);
    Reported reported{unsaved.rule, unsaved.block,
                      std::vector<std::uint32_t>(reported_block_entities)};
    for (std::uint32_t b = 0; b < reported_block_entities / block_entities; ++b) {
      const Block* block = page.blocks[block_of(first) + b];
      if (block == nullptr) continue;
      const Entry* entry = block->entries();
      for (std::uint64_t bits = block->present; bits != 0; bits &= bits - 1, ++entry) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
        reported.last_reported[std::size_t{b} * block_entities + bit] = entry->last_reported;
      }
    }
    taken.push_back(std::move(reported));
  }
  return taken;
}

void Cells::restore_reported(const Reported& reported) {
  for (std::size_t i = 0; i < reported.last_reported.size(); ++i) {
    const auto index = std::size_t{reported.block} * reported_block_entities + i;
    const EntityNumber entity{static_cast<std::uint32_t>(index + 1)};
    const Page* page = find_page({reported.rule, entity});
    Block* block = page == nullptr ? nullptr : page->blocks[block_of(entity)];
    const auto bit = bit_of(entity);
    if (block == nullptr || (block->present & mask_of(bit)) == 0) continue;
    Entry& entry = block->entries()[block->rank(bit)];
    entry.last_reported = std::max(entry.last_reported, reported.last_reported[i]);
  }
}

}  // namespace scorekeeper::matrix
