#include "matrix/term_set.h"

#include "base/assert.h"

namespace scorekeeper::matrix {

std::size_t trial_weight(const EntityTerm& term) {
  constexpr std::size_t whole_text = 10;
  if (!is_tried(term)) return 0;
  if (!term.pattern) return whole_text;
  const std::string_view value = term.value;
  const std::size_t pieces = value.size() / 64;
  const auto first = value.find('*');
  const auto last = value.rfind('*');
  if (first == last) return 1 + pieces;
  const bool asks_between = value.substr(first, last - first).contains('?');
  return asks_between ? whole_text * (2 + pieces) : whole_text;
}

std::uint64_t TermSet::hash_of(EntityField field, std::string_view value, bool pattern) {
  const auto salt = index(field) * 2 + (pattern ? 1 : 0) + 1;
  return name_hash(value) ^ (salt * 0x9e37'79b9'7f4a'7c15U);
}

TermId TermSet::find(EntityField field, std::string_view value, bool pattern) const {
  const auto place = by_term_.find(hash_of(field, value, pattern), [&](std::uint32_t candidate) {
    const EntityTerm& term = terms_[candidate - 1].term;
    return term.field == field && term.pattern == pattern && term.value == value;
  });
  return place == 0 ? no_term : place - 1;
}

TermId TermSet::take(const EntityTerm& term) {
  TermId id = find(term);
  if (id == no_term) {
    if (free_.empty()) {
      terms_.emplace_back();
      id = limit() - 1;
    } else {
      id = free_.back();
      free_.pop_back();
    }
    const bool tried = matrix::is_tried(term);
    terms_[id] = {.term = term, .tried = tried};
    by_term_.insert(hash_of(term.field, term.value, term.pattern), id + 1);
    text_bytes_ += term.value.size();
    if (tried) {
      ++tried_;
      tried_weight_ += trial_weight(term);
    } else {
      ++exact_[index(term.field)];
    }
  }
  ++terms_[id].uses;
  return id;
}

Program TermSet::take(const EntityQuery& query) {
  Program program;
  program.reserve(query.steps().size());
  for (const auto& step : query.steps()) {
    program.push_back({take(step.term), step.if_true, step.if_false});
  }
  return program;
}

void TermSet::release(const Program& program) {
  for (const auto& step : program) {
    Entry& entry = terms_[step.term];
    ASSERT(entry.uses > 0);
    if (--entry.uses > 0) continue;
    const EntityTerm& term = entry.term;
    by_term_.erase(hash_of(term.field, term.value, term.pattern), step.term + 1);
    text_bytes_ -= term.value.size();
    if (entry.tried) {
      --tried_;
      tried_weight_ -= trial_weight(term);
    } else {
      --exact_[index(term.field)];
    }
    entry = {};
    free_.push_back(step.term);
  }
}

std::size_t TermSet::memory_bytes() const {
  return terms_.capacity() * sizeof(Entry) + free_.capacity() * sizeof(TermId) +
         by_term_.memory_bytes() + text_bytes_;
}

}  // namespace scorekeeper::matrix
