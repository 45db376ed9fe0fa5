// The scopes of an org's rules: each distinct query once, with the entities that it means as bits.
// Rules whose queries have the same canonical text share a scope.
//
// A new entity, or one whose attributes change, is asked of each distinct scope once (20 to 50 ns
// each); a new scope is asked of all entities in pages (matrix/entity_matcher.h). Both are decided
// under a reader's lock, as nobody else writes, and only the bits are put in under the writer's. At
// start rules should be published after the entities: then each scope looks at them once.
//
// One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "domain/entity_query.h"
#include "domain/rule.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {

struct RuleScope {
  std::string text;                  // canonical
  std::optional<EntityQuery> query;  // nullopt = a stored text that cannot be parsed: nobody
  bool everybody = false;            // all live entities; `entities` is not kept
  Bitmap entities;
  std::size_t rules = 0;  // that have it
};

class Scopes {
 public:
  // --- readers
  // The scope of a live rule; nullptr = no such rule.
  const RuleScope* of(RuleNumber rule) const {
    return rule.number < by_rule_.size() ? by_rule_[rule.number] : nullptr;
  }
  std::size_t count() const { return by_text_.size(); }  // distinct ones
  std::size_t memory_bytes() const;

  // --- the writer
  // The rules' new scopes, decided under a reader's lock and put in under the writer's; what is
  // left afterwards frees scopes that no rule has any more.
  struct Assignment {
    RuleNumber rule;
    std::string text;  // canonical; of a removed rule empty
    bool removed = false;
  };
  struct Decided {
    std::vector<Assignment> assignments;
    std::map<std::string, std::unique_ptr<RuleScope>> made;
    std::vector<std::unique_ptr<RuleScope>> left;
  };
  Decided decide(std::span<const Rule> rules, const Entities& entities, const Names& names) const;
  void commit(Decided& decided);

  // Entities that come into a scope or leave it.
  struct Move {
    RuleScope* scope = nullptr;
    EntityNumber entity;
    bool in = false;
  };
  // Appends what changes when the entity is as the facts say; nullptr = it is gone.
  void decide(EntityNumber entity, const EntityFacts* facts, std::vector<Move>& moves) const;
  static void commit(std::span<const Move> moves);

 private:
  void leave(RuleNumber rule, Decided& decided);

  std::map<std::string, std::unique_ptr<RuleScope>> by_text_;
  std::vector<RuleScope*> by_rule_;  // by number
};

}  // namespace scorekeeper::matrix
