#include "matrix/cells.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/assert.h"
#include "matrix/kernels.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::size_t prefetch_window = 32;
// The steps of a page that a scan counts: some 0.15 µs where its planes are in no cache.
constexpr std::uint64_t page_steps = 128;

// Takes the entities up to this one out of its page.
void clear_to(EntityNumber last, Words& page) {
  const auto word = word_of(last);
  std::fill_n(page.begin(), word, std::uint64_t{0});
  page[word] &= ~(mask_of(last) | (mask_of(last) - 1));
}

constexpr Words everybody = [] {
  Words words{};
  words.fill(~std::uint64_t{0});
  return words;
}();

// The entities of a page that are in both sets; nullptr = none.
const Words* wanted_page(const ScanMask& mask, std::size_t index, Words& both) {
  const Words* wanted = mask.wanted == nullptr ? &everybody : mask.wanted->page(index);
  if (mask.named == nullptr || wanted == nullptr) return wanted;
  const Words* named = mask.named->entities().page(index);
  if (named == nullptr || mask.wanted == nullptr) return named;
  for (std::size_t w = 0; w < page_words; ++w) both[w] = (*wanted)[w] & (*named)[w];
  return &both;
}

// Writes the cells of a page that a scan wants and counts them.
std::uint64_t select(const CellPage& page, std::optional<State> state, const ScanMask& mask,
                     std::size_t index, Words& selected) {
  const Words* scope = mask.scope == nullptr ? &everybody : mask.scope->page(index);
  Words both;  // NOLINT(*-member-init): written before it is read
  const Words* wanted = wanted_page(mask, index, both);
  if (scope == nullptr || wanted == nullptr) return 0;
  PlaneBuffer buffer;
  const std::uint64_t count = kernels().select(
      page.planes(buffer), {.scope = scope->data(), .wanted = wanted->data(), .state = state},
      selected);
  if (!mask.after || index != page_of(mask.after)) return count;
  clear_to(mask.after, selected);
  return count_bits(selected);
}

}  // namespace

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

std::optional<Cell> Cells::find(CellKey key) const {
  const CellPage* page = find_page(key);
  return page == nullptr ? std::nullopt : page->find(key.entity);
}

const Cells::RuleCells* Cells::find_any(RuleNumber rule) const {
  if (rule.number >= rules_.size()) return nullptr;
  const RuleCells& cells = rules_[rule.number];
  if (!cells.hidden) return &cells;
  const auto hidden = hidden_.find(rule);  // a rule without cells is not there
  return hidden == hidden_.end() ? nullptr : &hidden->second;
}

CellPage* Cells::find_any_page(CellKey key) const {
  const RuleCells* cells = key.entity ? find_any(key.rule) : nullptr;
  return cells == nullptr ? nullptr : find_page(*cells, key.entity);
}

std::size_t Cells::count_pages(RuleNumber rule) const {
  const RuleCells* cells = find_any(rule);
  return cells == nullptr ? 0 : cells->pages.size();
}

const CellPage* Cells::find_any_page(RuleNumber rule, std::size_t page) const {
  return page < count_pages(rule) ? find_any(rule)->pages[page].get() : nullptr;
}

std::optional<Cell> Cells::find_any(CellKey key) const {
  const CellPage* page = find_any_page(key);
  return page == nullptr ? std::nullopt : page->find(key.entity);
}

std::vector<RuleCell> Cells::cells_of(EntityNumber entity) const {
  std::vector<RuleCell> found;
  if (!entity) return found;
  const auto add = [&](RuleNumber rule, const RuleCells& cells) {
    const CellPage* page = find_page(cells, entity);
    const auto cell = page == nullptr ? std::nullopt : page->find(entity);
    if (cell) found.push_back({rule, *cell});
  };
  // One after the other: there may be many more hidden rules than others.
  for (RuleNumber rule{1}; rule.number < rules_.size(); ++rule.number) {
    add(rule, rules_[rule.number]);
  }
  for (const auto& [rule, cells] : hidden_) add(rule, cells);
  std::ranges::sort(found, {}, &RuleCell::rule);
  return found;
}

std::uint64_t Cells::count() const {
  std::uint64_t count = 0;
  for (const RuleCells& cells : rules_) count += cells.counts.present;
  return count;
}

std::size_t Cells::memory_bytes() const {
  return bytes_ + rules_.capacity() * sizeof(RuleCells) +
         hidden_.size() * (sizeof(RuleCells) + 6 * allocation_bytes);
}

// Starts the loads of a window of keys, one step of the way after the other, so that their cache
// misses overlap.
void Cells::prefetch_pages(std::span<const CellKey> keys) const {
  for (const CellKey& key : keys) __builtin_prefetch(find_page(key));
  for (const CellKey& key : keys) {
    if (const CellPage* page = find_page(key)) page->prefetch_block(key.entity);
  }
  for (const CellKey& key : keys) {
    if (const CellPage* page = find_page(key)) page->prefetch_entry(key.entity);
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

EntityNumber Cells::scan(RuleNumber rule, std::optional<State> state, const ScanMask& mask,
                         ScanWindow& window, std::vector<FoundCell>& found) const {
  if (rule.number >= rules_.size()) return {};
  const RuleCells& cells = rules_[rule.number];
  if (mask.everybody() && window.skip >= cells.counts.of(state)) {
    window.skip -= cells.counts.of(state);
    return {};
  }
  const auto next = [&](std::size_t page) {
    return mask.named == nullptr ? page : mask.named->next_page(page);
  };
  Words selected;
  // The page of the entity behind `after`.
  const std::size_t first = mask.after.number / page_entities;
  for (std::size_t p = next(first); p < cells.pages.size() && window.take > 0; p = next(p + 1)) {
    if (window.steps == 0) return {static_cast<std::uint32_t>(p * page_entities)};
    const CellPage* page = cells.pages[p].get();
    window.spend(page == nullptr ? 1 : page_steps);
    if (page == nullptr) continue;
    const std::uint64_t in_page = select(*page, state, mask, p, selected);
    if (window.skip >= in_page) {
      window.skip -= in_page;
      continue;
    }
    for (std::size_t w = 0; w < page_words && window.take > 0; ++w) {
      std::uint64_t bits = selected[w];
      const auto in_word = static_cast<std::uint64_t>(std::popcount(bits));
      if (window.skip >= in_word) {
        window.skip -= in_word;
        continue;
      }
      for (; window.skip > 0; --window.skip) bits &= bits - 1;
      for (; bits != 0 && window.take > 0; bits &= bits - 1, --window.take) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
        const EntityNumber entity = entity_at(p, w * word_entities + bit);
        found.push_back({entity, *page->find(entity)});
      }
    }
  }
  return {};
}

Cells::RuleCells& Cells::open(RuleNumber rule) {
  if (rule.number >= rules_.size()) rules_.resize(rule.number + std::size_t{1});
  RuleCells& cells = rules_[rule.number];
  return cells.hidden ? hidden_[rule] : cells;
}

CellPage::Owner& Cells::open_page(RuleNumber rule, std::size_t index) {
  auto& pages = open(rule).pages;
  if (index >= pages.size()) {
    bytes_ -= pages.capacity() * sizeof(pages[0]);
    pages.resize(index + 1);
    bytes_ += pages.capacity() * sizeof(pages[0]);
  }
  return pages[index];
}

CellPage::Owner& Cells::make_page(CellKey key) {
  ASSERT(key.rule && key.entity);
  CellPage::Owner& page = open_page(key.rule, page_of(key.entity));
  if (!page) {
    page = CellPage::make();
    bytes_ += page->memory_bytes();
  }
  return page;
}

bool Cells::adopt(RuleNumber rule, std::size_t index, CellPage::Owner page) {
  CellPage::Owner& place = open_page(rule, index);
  if (place) return false;
  place = std::move(page);
  bytes_ += place->memory_bytes();
  Counts& counts = open(rule).counts;
  counts.present += place->count();
  counts.pass += place->count(State::pass);
  counts.fail += place->count(State::fail);
  return true;
}

void Cells::put(CellKey key, const Cell& cell) {
  CellPage::Owner& page = make_page(key);
  Counts& counts = open(key.rule).counts;
  const auto put = CellPage::put(page, key.entity, cell);
  if (put.before) {
    counts.remove(*put.before);
  } else {
    bytes_ += put.more_bytes;
  }
  counts.add(cell.state);
}

void Cells::put_all(std::span<const CellChange> changes) {
  std::array<CellKey, prefetch_window> keys;
  while (!changes.empty()) {
    const auto window = changes.first(std::min(changes.size(), prefetch_window));
    for (std::size_t i = 0; i < window.size(); ++i) keys[i] = {window[i].rule, window[i].entity};
    prefetch_pages(std::span(keys).first(window.size()));
    for (const CellChange& change : window) {
      if (change.cell) {
        put({change.rule, change.entity}, *change.cell);
      } else {
        remove({change.rule, change.entity});
      }
    }
    changes = changes.subspan(window.size());
  }
}

void Cells::touch(const CellTouch& touch) {
  CellPage* page = find_any_page({touch.rule, touch.entity});
  if (page == nullptr) return;
  std::uint32_t* last_reported = page->last_reported(touch.entity);
  if (last_reported == nullptr) return;
  *last_reported = touch.last_reported;
  const auto block = index_of(touch.entity) / reported_block_size;
  const auto bit = 1U << block % (page_entities / reported_block_size);
  if ((page->unsaved & bit) != 0) return;
  page->unsaved = static_cast<std::uint8_t>(page->unsaved | bit);
  unsaved_.push_back({touch.rule, block});
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

void Cells::hide(RuleNumber rule) {
  if (rule.number >= rules_.size()) rules_.resize(rule.number + std::size_t{1});
  RuleCells& cells = rules_[rule.number];
  if (!cells.pages.empty()) hidden_.emplace(rule, std::exchange(cells, RuleCells()));
  cells.hidden = true;
}

void Cells::show(RuleNumber rule) {
  if (rule.number >= rules_.size() || !rules_[rule.number].hidden) return;
  rules_[rule.number].hidden = false;
  const auto hidden = hidden_.find(rule);
  if (hidden == hidden_.end()) return;
  rules_[rule.number] = std::move(hidden->second);
  hidden_.erase(hidden);
}

void Cells::remove(CellKey key) {
  CellPage* page = find_any_page(key);
  if (page == nullptr || !page->state(key.entity)) return;
  RuleCells& cells = open(key.rule);
  bytes_ -= page->memory_bytes();
  cells.counts.remove(*page->remove(key.entity));
  if (page->count() == 0) {
    cells.pages[page_of(key.entity)].reset();
  } else {
    bytes_ += page->memory_bytes();
  }
}

void Cells::remove_entity(EntityNumber entity) {
  for (const RuleCell& one : cells_of(entity)) remove({one.rule, entity});
}

std::vector<ReportedBlock> Cells::take_reported(std::size_t max) {
  constexpr std::uint32_t blocks_in_page = page_entities / reported_block_size;
  std::vector<ReportedBlock> taken;
  while (taken.size() < max && !unsaved_.empty()) {
    const Unsaved unsaved = unsaved_.front();
    unsaved_.pop_front();
    const EntityNumber first{unsaved.block * reported_block_size + 1};
    CellPage* page = find_any_page({unsaved.rule, first});
    const auto bit = 1U << unsaved.block % blocks_in_page;
    // Its cells are gone, or it was taken since: they came back in between.
    if (page == nullptr || (page->unsaved & bit) == 0) continue;
    page->unsaved = static_cast<std::uint8_t>(page->unsaved & ~bit);
    ReportedBlock reported{.org = {},  // OrgMatrix knows it
                           .rule = unsaved.rule,
                           .block = unsaved.block,
                           .last_reported = std::vector<std::uint32_t>(reported_block_size)};
    page->write_reported(unsaved.block % blocks_in_page * reported_block_size,
                         reported.last_reported.data());
    taken.push_back(std::move(reported));
  }
  return taken;
}

void Cells::restore_reported(const ReportedBlock& reported) {
  for (std::size_t i = 0; i < reported.last_reported.size(); ++i) {
    const auto index = std::size_t{reported.block} * reported_block_size + i;
    const EntityNumber entity{static_cast<std::uint32_t>(index + 1)};
    CellPage* page = find_any_page({reported.rule, entity});
    std::uint32_t* last = page == nullptr ? nullptr : page->last_reported(entity);
    if (last != nullptr) *last = std::max(*last, reported.last_reported[i]);
  }
}

}  // namespace scorekeeper::matrix
