// What the writer of OrgMatrix publishes: decided under a reader's lock, as nobody else writes, and
// put in under the writer's.
#include <algorithm>
#include <map>

#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

// What becomes of one entity by all that a call says of it.
struct Fate {
  std::string_view reference;
  bool removed = false;    // its cells go
  bool live = true;        // afterwards
  bool redefined = false;  // the definition changes
  const EntityAttributes* attributes = nullptr;
};
using Fates = std::map<EntityNumber, Fate>;

void meet(Fate& fate, const EntityUpdate& update) {
  fate.redefined = true;
  fate.removed |= update.removed;
  fate.attributes = nullptr;
  if (update.removed) {
    fate.live = false;
  } else if (update.attributes) {
    fate.live = true;
    fate.attributes = &*update.attributes;
  }
}

void apply(Entities& entities, EntityNumber entity, const Fate& fate) {
  if (fate.removed || !fate.live) entities.remove(entity);
  if (!fate.live) return;
  if (!entities.live().has(entity)) entities.add(entity, fate.reference);
  if (!fate.redefined) return;
  if (fate.attributes == nullptr) {
    entities.undefine(entity);
  } else {
    entities.define(entity, *fate.attributes);
  }
}

}  // namespace

void OrgMatrix::publish(std::span<const EntityAddition> additions,
                        std::span<const CellChange> changes, std::span<const CellTouch> touches,
                        RowId position) {
  Names::Reserved reserved;
  std::vector<Scopes::Move> moves;
  if (!additions.empty()) {
    ReadLock lock(mutex_);
    // Larger name tables are filled while readers go on.
    reserved = tables_->names.reserve(additions.size());
    for (const EntityAddition& addition : additions) {
      if (tables_->entities.live().has(addition.number)) continue;
      const FactsOf facts(tables_->reference_of(addition), nullptr);
      tables_->scopes.decide(addition.number, &facts.facts(), moves);
    }
  }
  WriteLock lock(mutex_);
  ScoreChanges& score_changes = tables_->score_changes;
  ++score_changes.now;
  tables_->names.commit(reserved);
  for (const EntityAddition& addition : additions) {
    tables_->add(addition);
    score_changes.meet(addition.number);
  }
  Scopes::commit(moves);
  tables_->cells.put_all(changes);
  for (const CellChange& change : changes) score_changes.meet(change.entity);
  tables_->cells.touch_all(touches);
  tables_->position = std::max(tables_->position, position);
}

// One that comes back keeps its first spelling.
std::string_view OrgMatrix::Tables::reference_of(const EntityAddition& addition) const {
  const auto known = names.text(addition.number);
  return known.empty() ? addition.reference : known;
}

void OrgMatrix::Tables::add(const EntityAddition& addition) {
  if (names.text(addition.number).empty()) names.add(addition.number, addition.reference);
  if (!entities.live().has(addition.number)) entities.add(addition.number, addition.reference);
}

void OrgMatrix::publish(std::span<const Scorecard> scorecards, std::span<const Rule> rules) {
  std::vector<std::unique_ptr<Cells::Removed>> removed;  // freed after the lock
  Scopes::Decided scopes;                                // what is left of it too
  {
    ReadLock lock(mutex_);
    scopes = tables_->scopes.decide(rules, tables_->entities, tables_->names);
  }
  WriteLock lock(mutex_);
  tables_->score_changes.rules = ++tables_->score_changes.now;
  for (const Scorecard& scorecard : scorecards) tables_->rulebook.put(scorecard);
  for (const Rule& rule : rules) {
    tables_->rulebook.put(rule);
    if (rule.removed_at_position) removed.push_back(tables_->cells.remove_rule(rule.number));
  }
  tables_->scopes.commit(scopes);
}

void OrgMatrix::publish_entities(std::span<const EntityAddition> additions,
                                 std::span<const EntityUpdate> updates) {
  Fates fates;
  Names::Reserved reserved;
  std::vector<Scopes::Move> moves;
  {
    ReadLock lock(mutex_);
    const Tables& tables = *tables_;
    reserved = tables.names.reserve(additions.size());
    for (const EntityAddition& addition : additions) {
      fates[addition.number] = {.reference = tables.reference_of(addition)};
    }
    for (const EntityUpdate& update : updates) {
      const auto [place, fresh] = fates.try_emplace(update.number);
      if (fresh) {
        place->second.reference = tables.names.text(update.number);
        place->second.live = tables.entities.live().has(update.number);
      }
      meet(place->second, update);
    }
    for (const auto& [entity, fate] : fates) {
      if (!fate.redefined && tables.entities.live().has(entity)) continue;
      const FactsOf facts(fate.reference, fate.attributes);
      tables.scopes.decide(entity, fate.live ? &facts.facts() : nullptr, moves);
    }
  }
  WriteLock lock(mutex_);
  ++tables_->score_changes.now;
  tables_->names.commit(reserved);
  for (const EntityAddition& addition : additions) tables_->add(addition);
  for (const auto& [entity, fate] : fates) {
    tables_->score_changes.meet(entity);
    if (fate.removed) tables_->cells.remove_entity(entity);
    apply(tables_->entities, entity, fate);
  }
  Scopes::commit(moves);
}

void OrgMatrix::publish_kinds(std::span<const Kind> kinds, std::span<const std::string> removed) {
  WriteLock lock(mutex_);
  for (const Kind& kind : kinds) tables_->kinds.put(kind);
  for (const std::string& name : removed) tables_->kinds.remove(name);
}

void OrgMatrix::publish_campaigns(std::span<const Campaign> campaigns) {
  WriteLock lock(mutex_);
  for (const Campaign& campaign : campaigns) tables_->campaigns.put(campaign);
}

}  // namespace scorekeeper::matrix
