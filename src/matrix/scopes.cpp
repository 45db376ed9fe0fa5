#include "matrix/scopes.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>

#include "domain/entity_fields.h"
#include "matrix/column_terms.h"

namespace scorekeeper::matrix {
namespace {

// No canonical text begins so.
constexpr const char* unparsable = "\n";
// Terms of scopes that look at the entities together: bounds the memory that this takes for a time.
constexpr std::size_t terms_together_max = 16'384;

// Asks several queries of all entities.
class ScopeBatch {
 public:
  void add(Scopes::Made& made) {
    members_.push_back({&made, terms_.take(made.query)});
    count_ += members_.back().program.size();
  }
  bool is_full() const { return count_ >= terms_together_max; }
  // Matches the queries on all entities, and tells how many steps that took.
  std::uint64_t match(const Entities& entities, const Names& names) {
    ColumnTerms columns(terms_);
    columns.look_up(entities, std::numeric_limits<std::uint64_t>::max());
    Words matched;
    for (std::size_t page = 0; page < pages_for(names.next()); ++page) {
      const Words* live = entities.live().page(page);
      if (live == nullptr) continue;
      columns.turn_to(entities, names, page, {});
      for (const auto& [made, program] : members_) {
        if (columns.match(program, {}, *live, matched)) {
          made->scope->entities.make_page(page) = matched;
        }
      }
    }
    return columns.take_steps();
  }

 private:
  struct Member {
    Scopes::Made* made;
    Program program;
  };
  TermSet terms_;
  std::vector<Member> members_;
  std::size_t count_ = 0;
};

std::uint64_t match_all(std::span<Scopes::Made* const> scopes, const Entities& entities,
                        const Names& names) {
  std::uint64_t steps = 0;
  while (!scopes.empty()) {
    ScopeBatch batch;
    std::size_t taken = 0;
    for (; taken < scopes.size() && !batch.is_full(); ++taken) batch.add(*scopes[taken]);
    steps += batch.match(entities, names);
    scopes = scopes.subspan(taken);
  }
  return steps;
}

bool is_asked(const RuleScope& scope) { return !scope.everybody && !scope.unparsable; }

// The set of the entities that a query means, and its program over the terms at hand.
struct Bound {
  Bitmap* scope = nullptr;
  const Program* program = nullptr;
};

// Adds the changes by entities of one page.
void add_bit_changes(std::span<const ChangedEntity> entities, std::span<const Bound> scopes,
                     FactTerms& facts, std::vector<Scopes::BitChange>& changes) {
  const auto page = page_of(entities.front().entity);
  const WordRange range{.first = word_of(entities.front().entity),
                        .last = word_of(entities.back().entity) + std::size_t{1}};
  Words asked{};
  Words live{};
  for (const auto& [entity, of] : entities) {
    asked[word_of(entity)] |= mask_of(entity);
    if (of != nullptr) live[word_of(entity)] |= mask_of(entity);
  }
  facts.turn_to(entities);
  Words matched;
  for (const auto& [scope, program] : scopes) {
    facts.match(*program, range, live, matched);
    const Words* before = scope->page(page);
    for (std::size_t w = range.first; w < range.last; ++w) {
      const std::uint64_t had = before == nullptr ? 0 : (*before)[w] & asked[w];
      if (had == matched[w]) continue;
      changes.push_back({.scope = scope,
                         .page = page,
                         .word = static_cast<std::uint32_t>(w),
                         .asked = asked[w],
                         .in = matched[w]});
    }
  }
}

std::vector<Scopes::BitChange> bit_changes_of(const TermSet& terms, std::span<const Bound> scopes,
                                              std::span<const ChangedEntity> entities) {
  std::vector<Scopes::BitChange> changes;
  if (entities.empty() || scopes.empty()) return changes;
  FactTerms facts(terms);
  while (!entities.empty()) {
    const auto page = page_of(entities.front().entity);
    const auto end = std::ranges::find_if(
        entities, [page](const ChangedEntity& changed) { return page_of(changed.entity) != page; });
    const auto count = static_cast<std::size_t>(end - entities.begin());
    add_bit_changes(entities.first(count), scopes, facts, changes);
    entities = entities.subspan(count);
  }
  return changes;
}

}  // namespace

void DraftShelf::put(std::unique_ptr<ScopeDraft> draft) {
  auto text = write(draft->query);
  Lock lock(mutex_);
  draft->place = next_++;
  drafts_.insert_or_assign(std::move(text), std::move(draft));
  if (drafts_.size() <= drafts_max) return;
  drafts_.erase(
      std::ranges::min_element(drafts_, {}, [](const auto& entry) { return entry.second->place; }));
}

void DraftShelf::drop(const std::string& canonical_text) {
  Lock lock(mutex_);
  drafts_.erase(canonical_text);
}

std::unique_ptr<ScopeDraft> DraftShelf::take(const std::string& canonical_text) {
  Lock lock(mutex_);
  auto taken = drafts_.extract(canonical_text);
  return taken ? std::move(taken.mapped()) : nullptr;
}

ScopeSize Scopes::size_with(RuleNumber rule, const EntityQuery& query) const {
  ScopeSize size = this->size();
  const RuleScope* before = of(rule);
  const std::string text = write(query);
  if (before != nullptr && before->text == text) return size;
  std::set<TermId> freed;
  if (before != nullptr && before->rules == 1) {
    size.terms -= before->program.size();
    for (const auto& step : before->program) {
      if (terms_.is_tried(step.term) && terms_.uses(step.term) == 1) freed.insert(step.term);
    }
  }
  if (!by_text_.contains(text)) {
    size.terms += query.steps().size();
    std::set<std::pair<EntityField, std::string_view>> fresh;
    for (const auto& step : query.steps()) {
      if (!is_tried(step.term)) continue;
      const TermId known = terms_.find(step.term);
      if (known == no_term) {
        const auto [place, added] = fresh.emplace(step.term.field, step.term.value);
        if (added) size.wildcards += trial_weight(step.term);
      } else {
        freed.erase(known);
      }
    }
  }
  for (const TermId id : freed) size.wildcards -= trial_weight(terms_.term(id));
  return size;
}

std::size_t Scopes::memory_bytes() const {
  std::size_t bytes = by_rule_.capacity() * sizeof(by_rule_[0]) + terms_.memory_bytes();
  for (const auto& [text, scope] : by_text_) {
    bytes += sizeof(RuleScope) + 2 * text.size() + 6 * allocation_bytes +
             scope->entities.memory_bytes() + scope->program.capacity() * sizeof(BoundStep);
  }
  return bytes;
}

Scopes::Decided Scopes::decide(std::span<const Rule> rules, const Entities& entities,
                               const Names& names, ScopeDrafts& prepared) const {
  Decided decided;
  std::vector<Made*> asked;
  for (const Rule& rule : rules) {
    if (rule.removed_at_position) {
      decided.assignments.push_back({.rule = rule.number, .text = {}, .removed = true});
      continue;
    }
    auto query = EntityQuery::parse(rule.scope_query, "scope_query");
    const bool unscoped = is_unscoped(rule.scope_query);
    auto text = unscoped ? std::string() : query ? write(*query) : std::string(unparsable);
    decided.assignments.push_back({.rule = rule.number, .text = text});
    if (by_text_.contains(text) || decided.made.contains(text)) continue;
    Made& made = decided.made[text];
    made.scope = std::make_unique<RuleScope>();
    made.scope->text = text;
    made.scope->unscoped = unscoped;
    made.scope->unparsable = !query;
    if (!query) continue;
    made.query = *std::move(query);
    made.scope->everybody = made.query.matches_all();
    made.scope->keys = tag_keys_of(made.query);
    if (made.scope->everybody) continue;
    auto ready = prepared.extract(text);
    if (ready && ready.mapped()->matches.finish(entities, names)) {
      made.scope->entities = ready.mapped()->matches.take_entities();
    } else {
      asked.push_back(&made);
    }
  }
  decided.steps = match_all(asked, entities, names);
  return decided;
}

void Scopes::leave(RuleNumber rule, Decided& decided) {
  RuleScope* scope = std::exchange(by_rule_[rule.number], nullptr);
  if (scope == nullptr || --scope->rules != 0) return;
  terms_.release(scope->program);
  terms_count_ -= scope->program.size();
  const auto place = by_text_.find(scope->text);
  decided.left.push_back(std::move(place->second));
  by_text_.erase(place);
}

void Scopes::commit(Decided& decided) {
  for (auto& [text, made] : decided.made) {
    made.scope->program = terms_.take(made.query);
    terms_count_ += made.scope->program.size();
    by_text_.emplace(text, std::move(made.scope));
  }
  // Into the new ones first, so that none is left for good that is still wanted.
  std::vector<RuleScope*> entered;
  for (const Assignment& assignment : decided.assignments) {
    const std::size_t number = assignment.rule.number;
    if (number >= by_rule_.size()) by_rule_.resize(number + 1);
    entered.push_back(assignment.removed ? nullptr : by_text_.find(assignment.text)->second.get());
    if (entered.back() != nullptr) ++entered.back()->rules;
  }
  for (std::size_t i = 0; i < entered.size(); ++i) {
    leave(decided.assignments[i].rule, decided);
    by_rule_[decided.assignments[i].rule.number] = entered[i];
  }
}

std::vector<Scopes::BitChange> Scopes::decide(std::span<const ChangedEntity> entities) const {
  std::vector<Bound> asked;
  for (const auto& [text, scope] : by_text_) {
    if (is_asked(*scope)) asked.push_back({&scope->entities, &scope->program});
  }
  return bit_changes_of(terms_, asked, entities);
}

void Scopes::ask(std::span<const Asked> queries, std::span<const ChangedEntity> entities) {
  if (queries.empty()) return;
  TermSet terms;
  std::deque<Program> programs;
  std::vector<Bound> bound;
  for (const Asked& one : queries) {
    programs.push_back(terms.take(*one.query));
    bound.push_back({one.entities, &programs.back()});
  }
  commit(bit_changes_of(terms, bound, entities));
}

void Scopes::apply_changes(std::span<const ChangedEntity> entities, Decided& decided) {
  std::vector<Asked> asked;
  for (const auto& [text, made] : decided.made) {
    if (is_asked(*made.scope)) asked.push_back({&made.query, &made.scope->entities});
  }
  ask(asked, entities);
}

void Scopes::commit(std::span<const BitChange> changes) {
  for (const BitChange& change : changes) {
    std::uint64_t& word = change.scope->make_page(change.page)[change.word];
    word = (word & ~change.asked) | change.in;
  }
}

}  // namespace scorekeeper::matrix
