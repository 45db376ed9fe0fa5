// A question about scores leaves a buffer behind for the next one: memory, as the first touch of it
// costs more than the whole answer, and in it the counts of each page, which a question about the
// same rules uses again where nothing changed since. For each 4096 entities some 70 KB where
// entities were counted one by one, and 8 bytes a rule where rules were; and 8 bytes for each
// entity that is sorted. For as many questions as were ever asked at once, at most
// score_buffers_max.
//
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/mutex.h"
#include "domain/score_list.h"
#include "matrix/bitmap.h"
#include "matrix/entity_tally.h"

namespace scorekeeper::matrix {

// The applicable cells of a page, by rule, in the order of the selection; and how many entities
// have one, by scorecard, in the order of ScoreLook::scorecards().
struct RulePage {
  struct Counts {
    std::uint16_t pass = 0;
    std::uint16_t fail = 0;
    std::uint16_t skip = 0;
    std::uint16_t no_data = 0;
  };
  static_assert(page_entities <= UINT16_MAX);

  std::vector<Counts> rules;
  std::vector<std::uint16_t> entities;
};

// The counts of some pages, each as it was when it was counted.
template <class Counts>
class CountedPages {
 public:
  // The page was counted after that change, for these entities.
  bool is_current(std::size_t page, std::uint64_t changed, const Words& wanted) const {
    return is_counted(page, changed) && is_about(page, wanted);
  }
  bool is_counted(std::size_t page, std::uint64_t changed) const {
    return page < pages_.size() && pages_[page] && pages_[page]->counted_at >= changed;
  }
  // The page that is counted now, in publishes.
  Counts& open(std::size_t page, std::uint64_t now, const Words& wanted) {
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (!pages_[page]) pages_[page] = std::make_unique<Page>();
    pages_[page]->counted_at = now;
    pages_[page]->wanted = wanted;
    return pages_[page]->counts;
  }
  const Counts& operator[](std::size_t page) const { return pages_[page]->counts; }
  // It was counted for these entities, whatever has changed since.
  bool is_about(std::size_t page, const Words& wanted) const {
    return pages_[page]->wanted == wanted;
  }
  // For a change that makes the counts those of no moment: they are counted again next time.
  Counts& spoil(std::size_t page) {
    pages_[page]->counted_at = 0;
    return pages_[page]->counts;
  }
  // The memory stays.
  void forget() {
    for (auto& page : pages_) {
      if (page) page->counted_at = 0;
    }
  }
  bool empty() const { return pages_.empty(); }
  std::size_t memory_bytes() const {
    std::size_t bytes = pages_.capacity() * sizeof(pages_[0]);
    for (const auto& page : pages_) {
      if (page) bytes += sizeof(Page) + allocation_bytes + heap_bytes(page->counts);
    }
    return bytes;
  }

 private:
  struct Page {
    Counts counts;
    Words wanted{};
    std::uint64_t counted_at = 0;  // 0 = not
  };
  static std::size_t heap_bytes(const EntityPage&) { return 0; }
  static std::size_t heap_bytes(const RulePage& page) {
    return page.rules.capacity() * sizeof(page.rules[0]) +
           page.entities.capacity() * sizeof(page.entities[0]) + 2 * allocation_bytes;
  }

  std::vector<std::unique_ptr<Page>> pages_;
};

struct ScoreBuffer {
  RuleSelection rules;  // that the pages are about
  CountedPages<EntityPage> entity_pages;
  CountedPages<RulePage> rule_pages;
  std::vector<double> keys;

  // Forgets the counts of other rules.
  void begin(const RuleSelection& wanted);
  std::size_t memory_bytes() const;
};

class ScoreBuffers {
 public:
  std::unique_ptr<ScoreBuffer> take() EXCLUDES(mutex_);
  void give_back(std::unique_ptr<ScoreBuffer> buffer) EXCLUDES(mutex_);
  std::size_t memory_bytes() const EXCLUDES(mutex_);  // of those that wait for a question

 private:
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<ScoreBuffer>> free_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::matrix
