// The cells of one org: rules × entities, the current outcome of each
// (docs/formats/matrix.md#cells).
//
// Rule-major. A rule's entities are cut into pages of 4096 that exist only when something is in
// them; what a page is and what a cell takes stands in matrix/cell_page.h. Rules count their cells
// by state and bit planes count a page, so that skipping a million costs some hundred steps.
//
// The cells of a deleted rule are hidden: they stand apart, so that no question comes to them, and
// go on to take changes.
//
// Not thread-safe by itself: one writer, readers under OrgMatrix's lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/id.h"
#include "domain/outcome.h"
#include "matrix/bitmap.h"
#include "matrix/cell_page.h"
#include "matrix/named_entities.h"

namespace scorekeeper::matrix {

// The place of a cell.
struct CellKey {
  RuleNumber rule;
  EntityNumber entity;

  bool operator==(const CellKey&) const = default;
};

// A cell with a new value; none = it is taken out, as if nothing had ever been reported.
struct CellChange {
  RuleNumber rule;
  EntityNumber entity;
  std::optional<Cell> cell;
};

// A cell that was reported again, unchanged.
struct CellTouch {
  RuleNumber rule;
  EntityNumber entity;
  std::uint32_t last_reported = 0;
};

struct FoundCell {
  EntityNumber entity;
  Cell cell;

  bool operator==(const FoundCell&) const = default;
};

struct RuleCell {
  RuleNumber rule;
  Cell cell;

  bool operator==(const RuleCell&) const = default;
};

// The cells that a scan leaves out and takes, and the work that it may do; all are counted down, so
// that it runs on over several rules.
struct ScanWindow {
  std::uint64_t skip = 0;
  std::uint64_t take = 0;
  std::uint64_t steps = ~std::uint64_t{0};

  void spend(std::uint64_t more) { steps -= std::min(steps, more); }
};

// The entities that a scan looks at: those in all of the sets (nullptr = everybody) with a number
// above `after`.
struct ScanMask {
  const Bitmap* scope = nullptr;
  const Bitmap* wanted = nullptr;
  const NamedEntities* named = nullptr;
  EntityNumber after{};

  bool everybody() const {
    return scope == nullptr && wanted == nullptr && named == nullptr && !after;
  }
  bool has(EntityNumber entity) const {
    return (scope == nullptr || scope->has(entity)) && (wanted == nullptr || wanted->has(entity)) &&
           (named == nullptr || named->entities().has(entity)) && entity > after;
  }
};

class Cells {
 public:
  Cells() = default;
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  // --- readers
  std::optional<Cell> find(CellKey key) const;
  // Appends one answer for each key. Many at once are prefetched.
  void find_all(std::span<const CellKey> keys, std::vector<std::optional<Cell>>& cells) const;
  std::uint64_t count() const;
  std::uint64_t count(RuleNumber rule, std::optional<State> state) const;
  // Appends the cells of a rule in that state (none = any), ascending by entity, until window.take
  // or window.steps is 0, which they must not be at first. When it stops for want of steps, it
  // gives the entity behind which it goes on; else none.
  EntityNumber scan(RuleNumber rule, std::optional<State> state, const ScanMask& mask,
                    ScanWindow& window, std::vector<FoundCell>& found) const;
  // A page of 4096 entities of a rule; nullptr = it has no cell.
  const CellPage* find_page(RuleNumber rule, std::size_t page) const {
    if (rule.number >= rules_.size()) return nullptr;
    const auto& pages = rules_[rule.number].pages;
    return page < pages.size() ? pages[page].get() : nullptr;
  }
  std::size_t memory_bytes() const;  // hidden ones too

  // --- the writer; all of it concerns hidden cells too
  std::optional<Cell> find_any(CellKey key) const;
  std::size_t count_pages(RuleNumber rule) const;
  const CellPage* find_any_page(RuleNumber rule, std::size_t page) const;
  // Puts a page where none is; false = there is one.
  bool adopt(RuleNumber rule, std::size_t index, CellPage::Owner page);
  // The cells of an entity, ascending by rule.
  std::vector<RuleCell> cells_of(EntityNumber entity) const;
  void put(CellKey key, const Cell& cell);
  void remove(CellKey key);
  void put_all(std::span<const CellChange> changes);
  void touch_all(std::span<const CellTouch> touches);
  // Hides the cells of a rule, those that come as well, or shows them again.
  void hide(RuleNumber rule);
  void show(RuleNumber rule);
  // Takes the cells of an entity out, of all rules.
  void remove_entity(EntityNumber entity);
  // At most `max` blocks of 1024 entities that were touched since they were last taken, oldest
  // first.
  std::vector<ReportedBlock> take_reported(std::size_t max);
  std::size_t count_unsaved() const { return unsaved_.size(); }  // blocks of 1024
  // Raises last reports of the cells that exist; marks nothing.
  void restore_reported(const ReportedBlock& reported);

 private:
  // Cells by state.
  struct Counts {
    std::uint64_t present = 0;
    std::uint64_t pass = 0;
    std::uint64_t fail = 0;

    std::uint64_t of(std::optional<State> state) const;
    void add(State state);
    void remove(State state);
  };
  struct RuleCells {
    std::vector<CellPage::Owner> pages;
    Counts counts;
    bool hidden = false;  // they are in hidden_, and nothing is here
  };
  struct Unsaved {
    RuleNumber rule;
    std::uint32_t block = 0;
  };

  static CellPage* find_page(const RuleCells& cells, EntityNumber entity) {
    const auto page = page_of(entity);
    return page < cells.pages.size() ? cells.pages[page].get() : nullptr;
  }
  CellPage* find_page(CellKey key) const {
    if (key.rule.number >= rules_.size() || !key.entity) return nullptr;
    return find_page(rules_[key.rule.number], key.entity);
  }
  const RuleCells* find_any(RuleNumber rule) const;
  CellPage* find_any_page(CellKey key) const;
  RuleCells& open(RuleNumber rule);
  CellPage::Owner& open_page(RuleNumber rule, std::size_t index);
  CellPage::Owner& make_page(CellKey key);
  void prefetch_pages(std::span<const CellKey> keys) const;
  void touch(const CellTouch& touch);

  std::vector<RuleCells> rules_;  // by number
  std::map<RuleNumber, RuleCells> hidden_;
  std::deque<Unsaved> unsaved_;
  std::size_t bytes_ = 0;
};

}  // namespace scorekeeper::matrix
