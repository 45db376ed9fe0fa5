#include "matrix/entity_matches.h"

#include <algorithm>
#include <utility>

namespace scorekeeper::matrix {

EntityMatches::EntityMatches(const EntityQuery& query) : query_(query) {}

void EntityMatches::meet(const Entities& entities) {
  if (serial_ == entities.serial()) return;
  serial_ = entities.serial();
  matcher_.emplace(query_);
  // A piece of the most that scope_wildcards_max allows is a word.
  words_in_piece_ = std::max<std::size_t>(page_words / (4 * matcher_->weight() + 1), 1);
  matched_ = Bitmap();
  versions_.clear();
  page_ = word_ = 0;
  matched_since_ = sweep_matched_ = 0;
}

bool EntityMatches::advance(const Entities& entities, const Names& names) {
  return look(entities, names, query_look_max);
}

bool EntityMatches::finish(const Entities& entities, const Names& names, std::uint64_t steps_max) {
  meet(entities);
  const bool from_first = page_ == 0 && word_ == 0;
  return !look(entities, names, steps_max) && from_first;
}

bool EntityMatches::look(const Entities& entities, const Names& names, std::uint64_t steps_max) {
  meet(entities);
  bool more = find_stale(entities, names);
  const bool looked_up = more && matcher_->look_up(entities, steps_max);
  std::uint64_t steps = matcher_->take_steps();
  while (looked_up && more && steps < steps_max) {
    match(entities, names, words_in_piece_);
    steps += matcher_->take_steps();
    more = find_stale(entities, names);
  }
  steps_ += steps;
  if (more) return true;
  page_ = 0;
  sweep_matched_ = std::exchange(matched_since_, 0);
  return false;
}

bool EntityMatches::has_met(const Entities& entities, std::size_t page) const {
  if (serial_ != entities.serial()) return false;
  if (page == page_ && word_ > 0) return version_ == entities.version(page);
  return page < versions_.size() && versions_[page] == entities.version(page);
}

void EntityMatches::keep(const Entities& entities, std::size_t page) {
  (page == page_ && word_ > 0 ? version_ : versions_[page]) = entities.version(page);
}

bool EntityMatches::find_stale(const Entities& entities, const Names& names) {
  if (word_ > 0) return true;
  versions_.resize(pages_for(names.next()), never);
  while (page_ < versions_.size() && versions_[page_] == entities.version(page_)) ++page_;
  version_ = entities.version(page_);
  return page_ < versions_.size();
}

void EntityMatches::match(const Entities& entities, const Names& names, std::size_t words) {
  const WordRange range{.first = word_, .last = std::min<std::size_t>(word_ + words, page_words)};
  Words found{};
  const bool somebody = matcher_->match(entities, names, {.page = page_, .range = range}, found);
  if (somebody || matched_.page(page_) != nullptr) {
    Words& kept = matched_.make_page(page_);
    for (std::size_t w = range.first; w < range.last; ++w) kept[w] = somebody ? found[w] : 0;
  }
  word_ = range.last % page_words;
  if (word_ > 0) return;
  // Changed since it was begun: it is matched again in the next sweep.
  versions_[page_] = version_;
  ++matched_since_;
  ++page_;
}

}  // namespace scorekeeper::matrix
