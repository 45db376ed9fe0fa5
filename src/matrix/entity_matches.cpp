#include "matrix/entity_matches.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"

namespace scorekeeper::matrix {
namespace {

std::size_t words_in_look(const EntityQuery& query) {
  const auto terms = std::max<std::size_t>(query.steps().size(), 1);
  return std::clamp<std::size_t>(query_look_max / (terms * word_entities), 1, page_words);
}

}  // namespace

EntityMatches::EntityMatches(const EntityQuery& query, const Entities& entities, const Names& names)
    : entities_(entities),
      names_(names),
      matcher_(query, entities, names),
      words_in_look_(words_in_look(query)) {}

bool EntityMatches::advance() {
  if (!matcher_.look_up(query_look_max)) return true;
  if (find_stale()) {
    match(words_in_look_);
    return true;
  }
  page_ = 0;
  sweep_matched_ = matched_since_;
  matched_since_ = 0;
  return false;
}

void EntityMatches::finish() {
  matcher_.look_up(std::numeric_limits<std::size_t>::max());
  page_ = word_ = 0;
  while (find_stale()) match(page_words);
}

bool EntityMatches::find_stale() {
  if (word_ > 0) return true;
  versions_.resize(pages(), never);
  while (page_ < versions_.size() && versions_[page_] == entities_.version(page_)) ++page_;
  version_ = entities_.version(page_);
  return page_ < versions_.size();
}

void EntityMatches::match(std::size_t words) {
  const EntityMatcher::WordRange range{.first = word_,
                                       .last = std::min<std::size_t>(word_ + words, page_words)};
  Words found{};
  const bool somebody = matcher_.match(page_, range, found);
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

const Bitmap* finished(EntityMatches* matches) {
  if (matches == nullptr) return nullptr;
  matches->finish();
  return &matches->entities();
}

}  // namespace scorekeeper::matrix
