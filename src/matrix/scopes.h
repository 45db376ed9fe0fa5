// The scopes of an org's rules: each distinct query once, with the entities that it means as bits.
// Rules whose queries have the same canonical text share a scope.
//
// Scopes are evaluated together for a change of entities, a page of entities at a time: the facts
// of the entities say which terms hold (matrix/term_set.h), and a scope looks only at these. A new
// scope is evaluated for all entities, page by page, too; where that was done before in many looks
// (matrix/prepared_scopes.h), of none. Both are decided under a reader's lock, as nobody else
// writes, and only the bits are put in under the writer's. At start rules should be published after
// the entities: then all scopes look at them together.
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
  bool everybody = false;   // all live entities; `entities` is not kept
  bool unparsable = false;  // a stored text that cannot be parsed: nobody
  // Of rules without a scope: everybody may have outcomes, but only Entities::defined_unscoped are
  // without data where they have none.
  bool unscoped = false;
  Program program;  // of its terms; empty where it is for everybody or nobody
  Bitmap entities;
  std::vector<std::string> keys;  // of tags that it asks for
  std::size_t rules = 0;          // that have it
};

// A scope that is not there yet, evaluated for the entities as they were.
struct ScopeDraft {
  explicit ScopeDraft(EntityQuery of) : query(std::move(of)), matches(query) {}
  ScopeDraft(const ScopeDraft&) = delete;
  ScopeDraft& operator=(const ScopeDraft&) = delete;

  EntityQuery query;
  EntityMatches matches;
  std::uint64_t place = 0;  // on the shelf: later ones have a higher one
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
  // The rules' new scopes, decided under a reader's lock and put in under the writer's; what is
  // left afterwards frees scopes that no rule has any more.
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
  // Takes what it can use of the scopes that are prepared, up to date.
  Decided decide(std::span<const Rule> rules, const Entities& entities, const Names& names,
                 ScopeDrafts& prepared) const;
  void commit(Decided& decided);

  // Entities of a word that come into a scope or leave it.
  struct Move {
    Bitmap* scope = nullptr;
    std::uint32_t page = 0;
    std::uint32_t word = 0;
    std::uint64_t asked = 0;
    std::uint64_t in = 0;  // of these
  };
  // The changes of scopes once the entities, ascending and each once, are as their facts say.
  std::vector<Move> decide(std::span<const ChangedEntity> entities) const;
  static void commit(std::span<const Move> moves);
  // The same of queries that are no scopes yet, at once.
  struct Asked {
    const EntityQuery* query = nullptr;
    Bitmap* entities = nullptr;
  };
  static void ask(std::span<const Asked> queries, std::span<const ChangedEntity> entities);
  // Has scopes that were just made look at entities that change with the rules.
  static void meet(std::span<const ChangedEntity> entities, Decided& decided);

 private:
  void leave(RuleNumber rule, Decided& decided);

  TermSet terms_;
  std::map<std::string, std::unique_ptr<RuleScope>> by_text_;
  std::vector<RuleScope*> by_rule_;  // by number
  std::size_t terms_count_ = 0;
};

}  // namespace scorekeeper::matrix
