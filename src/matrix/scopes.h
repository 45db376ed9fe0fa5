// The scopes of an org's rules: each distinct query once, with a bit for each entity that it
// matches. Rules whose queries have the same canonical text share a scope.
//
// Scopes are evaluated together for a change of entities, a page of entities at a time: the facts
// of the entities say which terms hold (matrix/term_set.h), and a scope looks only at these. A new
// scope is evaluated for all entities, page by page; a prepared one (matrix/prepared_scopes.h)
// needs no evaluation. Both are decided under the read lock, because no other thread writes; only
// the bits are stored under the write lock. At start rules should be published after the entities:
// then all scopes look at them together.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/mutex.h"
#include "domain/entity_query.h"
#include "domain/rule.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/entity_matches.h"
#include "matrix/fact_terms.h"
#include "matrix/names.h"
#include "matrix/scope_size.h"
#include "matrix/term_set.h"

namespace scorekeeper::matrix {

struct RuleScope {
  std::string text;         // canonical; empty = that of rules without a scope
  bool everybody = false;   // every live entity; `entities` is empty
  bool unparsable = false;  // the stored text cannot be parsed: no entity matches
  // Scope of rules without a query: any entity may have outcomes, but only
  // Entities::defined_unscoped count as no data.
  bool unscoped = false;
  Program program;  // of its terms; empty if it matches all or none
  Bitmap entities;
  std::vector<std::string> keys;  // keys of the tags in the query
  std::size_t rules = 0;          // number of rules that have it
};

// The result of evaluating a query before it becomes a scope.
struct ScopeDraft {
  explicit ScopeDraft(EntityQuery of) : query(std::move(of)), matches(query) {}
  ScopeDraft(const ScopeDraft&) = delete;
  ScopeDraft& operator=(const ScopeDraft&) = delete;

  EntityQuery query;
  EntityMatches matches;
  std::uint64_t place = 0;  // order of arrival on the shelf
};
using ScopeDrafts = std::map<std::string, std::unique_ptr<ScopeDraft>>;  // by canonical text

// Drafts that wait for their rule; only the latest are kept. Any thread.
class DraftShelf {
 public:
  static constexpr std::size_t drafts_max = 16;

  void put(std::unique_ptr<ScopeDraft> draft) EXCLUDES(mutex_);
  // nullptr = it is not there.
  std::unique_ptr<ScopeDraft> take(const std::string& canonical_text) EXCLUDES(mutex_);
  // Its rule was refused.
  void drop(const std::string& canonical_text) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  ScopeDrafts drafts_ GUARDED_BY(mutex_);
  std::uint64_t next_ GUARDED_BY(mutex_) = 1;
};

class Scopes {
 public:
  // --- readers
  // The scope of a live rule; nullptr = no such rule.
  const RuleScope* of(RuleNumber rule) const {
    return rule.number < by_rule_.size() ? by_rule_[rule.number] : nullptr;
  }
  std::size_t count() const { return by_text_.size(); }  // distinct ones
  bool has(const std::string& canonical_text) const { return by_text_.contains(canonical_text); }
  ScopeSize size() const { return {.terms = terms_count_, .wildcards = terms_.tried_weight()}; }
  // With that query as the scope of that rule; no rule = of a new one.
  ScopeSize size_with(RuleNumber rule, const EntityQuery& query) const;
  std::size_t memory_bytes() const;

  // --- the writer
  // The new scopes of rules: decided under the read lock, stored by commit() under the write lock.
  // `left`: scopes that no rule has any more, freed after it.
  struct Assignment {
    RuleNumber rule;
    std::string text;  // RuleScope::text
    bool removed = false;
  };
  struct Made {
    EntityQuery query;
    std::unique_ptr<RuleScope> scope;
  };
  struct Decided {
    std::vector<Assignment> assignments;
    std::map<std::string, Made> made;
    std::vector<std::unique_ptr<RuleScope>> left;
    std::uint64_t steps = 0;  // for those that were not prepared
  };
  // Moves the scopes that it can use out of `prepared`, which must be up to date.
  Decided decide(std::span<const Rule> rules, const Entities& entities, const Names& names,
                 ScopeDrafts& prepared) const;
  void commit(Decided& decided);

  // Changes of one word of a scope: `asked` are the entities that changed, `in` those of them that
  // match now.
  struct BitChange {
    Bitmap* scope = nullptr;
    std::uint32_t page = 0;
    std::uint32_t word = 0;
    std::uint64_t asked = 0;
    std::uint64_t in = 0;  // of these
  };
  // The changes of scopes for entities with these facts; ascending, each once.
  std::vector<BitChange> decide(std::span<const ChangedEntity> entities) const;
  static void commit(std::span<const BitChange> changes);
  // Evaluates queries that are not scopes yet, and stores the results at once.
  struct Asked {
    const EntityQuery* query = nullptr;
    Bitmap* entities = nullptr;
  };
  static void ask(std::span<const Asked> queries, std::span<const ChangedEntity> entities);
  // Updates scopes in `decided` for entities that change in the same publication.
  static void apply_changes(std::span<const ChangedEntity> entities, Decided& decided);

 private:
  void leave(RuleNumber rule, Decided& decided);

  TermSet terms_;
  std::map<std::string, std::unique_ptr<RuleScope>> by_text_;
  std::vector<RuleScope*> by_rule_;  // by number
  std::size_t terms_count_ = 0;
};

}  // namespace scorekeeper::matrix
