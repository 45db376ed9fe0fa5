#include "matrix/score_count.h"

#include <algorithm>
#include <bit>

namespace scorekeeper::matrix {

ScoreCount::ScoreCount(const ScoreQuery& query, ScoreBuffer& buffer)
    : buffer_(buffer),
      by_entities_(query.aggregation != Aggregation::by_rule &&
                   query.aggregation != Aggregation::by_scorecard) {
  buffer.begin(query.rules);
}

template <class Counts>
bool ScoreCount::walk(ScoreLook& look, CountedPages<Counts>& counted, std::uint64_t steps_max) {
  const ScoreChanges& changes = look.tables().score_changes;
  std::uint64_t steps = look.take_steps();  // of selecting the rules
  bool counted_some = false;
  const auto pages = look.pages();
  if (next_ == 0) begun_ = look.tables().position;
  if (!pages.empty()) met_.resize(std::max(met_.size(), pages.back() + 1));
  for (auto page = std::ranges::lower_bound(pages, next_); page != pages.end(); ++page) {
    const Words& wanted = look.wanted(*page);
    const bool current = counted.is_current(*page, changes.of_page(*page), wanted);
    if (!current && counted_some && steps >= steps_max) {
      next_ = *page;
      steps_ += steps;
      return false;
    }
    met_[*page] = pass_;
    if (current) continue;
    look.count(*page, counted.open(*page, changes.now, wanted));
    steps += look.take_steps();
    counted_some = true;
  }
  next_ = 0;
  ++pass_;
  since_ = begun_;
  steps_ += steps;
  return true;
}

bool ScoreCount::advance(ScoreLook& look, std::uint64_t steps_max) {
  return by_entities_ ? walk(look, buffer_.entity_pages, steps_max)
                      : walk(look, buffer_.rule_pages, steps_max);
}

bool ScoreCount::finish(ScoreLook& look, std::uint64_t steps_max) {
  const bool from_first = next_ == 0;
  return advance(look, steps_max) && from_first;
}

bool ScoreCount::has_counted(const ScoreLook& look) const {
  const std::uint64_t rules = look.tables().score_changes.rules;
  return std::ranges::all_of(look.pages(), [&](std::size_t page) {
    if (page >= met_.size() || met_[page] + 1 < pass_) return false;
    const auto holds = [&](const auto& pages) {
      return pages.is_counted(page, rules) && pages.is_about(page, look.wanted(page));
    };
    return by_entities_ ? holds(buffer_.entity_pages) : holds(buffer_.rule_pages);
  });
}

void ScoreCount::leave_out_removed(const ScoreLook& look) {
  if (!by_entities_) return;
  constexpr Words nobody{};
  for (const std::size_t page : look.pages()) {
    const Words* found = look.tables().entities.live().page(page);
    const Words& live = found == nullptr ? nobody : *found;
    const Words& counted = buffer_.entity_pages[page].somebody;
    bool removed = false;
    for (std::size_t w = 0; w < page_words; ++w) removed |= (counted[w] & ~live[w]) != 0;
    if (!removed) continue;
    EntityPage& counts = buffer_.entity_pages.spoil(page);
    counts.sum = {};
    for (std::size_t w = 0; w < page_words; ++w) {
      counts.somebody[w] &= live[w];
      for (std::uint64_t bits = counts.somebody[w]; bits != 0; bits &= bits - 1) {
        counts.sum +=
            counts.counts(w * word_entities + static_cast<std::size_t>(std::countr_zero(bits)));
      }
    }
  }
}

}  // namespace scorekeeper::matrix
