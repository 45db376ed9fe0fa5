// What the writer of OrgMatrix publishes: decided under a reader's lock, as nobody else writes, and
// put in under the writer's.
#include <algorithm>
#include <deque>
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

// Entities with the facts that they will have, for Scopes::decide.
class ChangedEntities {
 public:
  void add(EntityNumber entity, std::string_view reference, const EntityAttributes* attributes) {
    facts_.emplace_back(reference, attributes);
    changed_.push_back({.entity = entity, .facts = &facts_.back().facts()});
  }
  void remove(EntityNumber entity) { changed_.push_back({.entity = entity}); }
  std::span<const ChangedEntity> sorted() {
    std::ranges::sort(changed_, {}, &ChangedEntity::entity);
    return changed_;
  }

 private:
  std::deque<FactsOf> facts_;
  std::vector<ChangedEntity> changed_;
};

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

bool names_entities(const Publication& publication) {
  return !publication.removals.empty() || !publication.additions.empty() ||
         !publication.updates.empty();
}

// Of the entities that more is said of than that they are new.
Fates fates_of(const Publication& publication, const OrgMatrix::Tables& tables) {
  Fates fates;
  if (publication.removals.empty() && publication.updates.empty()) return fates;
  for (const EntityNumber removed : publication.removals) {
    fates[removed] = {
        .reference = tables.names.text(removed), .removed = true, .live = false, .redefined = true};
  }
  for (const EntityAddition& addition : publication.additions) {
    Fate& fate = fates[addition.number];
    fate.reference = tables.reference_of(addition);
    fate.live = true;
  }
  for (const EntityUpdate& update : publication.updates) {
    const auto [place, fresh] = fates.try_emplace(update.number);
    if (fresh) {
      place->second.reference = tables.names.text(update.number);
      place->second.live = tables.entities.live().has(update.number);
    }
    meet(place->second, update);
  }
  return fates;
}

std::vector<Scopes::Move> decide_scopes(const Publication& publication, const Fates& fates,
                                        const OrgMatrix::Tables& tables) {
  ChangedEntities changed;
  for (const EntityAddition& addition : publication.additions) {
    if (fates.contains(addition.number) || tables.entities.live().has(addition.number)) continue;
    changed.add(addition.number, tables.reference_of(addition), nullptr);
  }
  for (const auto& [entity, fate] : fates) {
    if (!fate.redefined && tables.entities.live().has(entity)) continue;
    if (fate.live) {
      changed.add(entity, fate.reference, fate.attributes);
    } else {
      changed.remove(entity);
    }
  }
  return tables.scopes.decide(changed.sorted());
}

}  // namespace

void OrgMatrix::publish(const Publication& publication) {
  Fates fates;
  Names::Reserved reserved;
  std::vector<Scopes::Move> moves;
  if (names_entities(publication)) {
    ReadLock lock(mutex_);
    // Larger name tables are filled while readers go on.
    reserved = tables_->names.reserve(publication.additions.size());
    fates = fates_of(publication, *tables_);
    moves = decide_scopes(publication, fates, *tables_);
  }
  WriteLock lock(mutex_);
  Tables& tables = *tables_;
  ++tables.score_changes.now;
  tables.names.commit(reserved);
  for (const EntityAddition& addition : publication.additions) tables.add(addition);
  for (const auto& [entity, fate] : fates) {
    tables.score_changes.meet(entity);
    if (fate.removed) tables.cells.remove_entity(entity);
    apply(tables.entities, entity, fate);
  }
  for (const EntityAddition& addition : publication.additions) tables.prefer(addition.number);
  for (const auto& [entity, fate] : fates) tables.prefer(entity);
  Scopes::commit(moves);
  tables.cells.put_all(publication.changes);
  for (const CellChange& change : publication.changes) tables.score_changes.meet(change.entity);
  tables.cells.touch_all(publication.touches);
  tables.position = std::max(tables.position, publication.position);
}

// One that comes back keeps its first spelling.
std::string_view OrgMatrix::Tables::reference_of(const EntityAddition& addition) const {
  const auto known = names.text(addition.number);
  return known.empty() ? addition.reference : known;
}

void OrgMatrix::Tables::add(const EntityAddition& addition) {
  if (names.text(addition.number).empty()) names.add(addition.number, addition.reference);
  if (!entities.live().has(addition.number)) entities.add(addition.number, addition.reference);
  score_changes.meet(addition.number);
}

void OrgMatrix::Tables::prefer(EntityNumber entity) {
  if (names.has_hidden() && entities.live().has(entity)) names.prefer(entity);
}

void OrgMatrix::publish(std::span<const Scorecard> scorecards, std::span<const Rule> rules) {
  std::vector<std::unique_ptr<Cells::Removed>> removed;  // freed after the lock
  Scopes::Decided scopes;                                // what is left of it too
  ScopeDrafts drafts = drafts_->take_all();
  {
    ReadLock lock(mutex_);
    scopes = tables_->scopes.decide(rules, tables_->entities, tables_->names, drafts);
  }
  drafts_->put_back(std::move(drafts));
  WriteLock lock(mutex_);
  tables_->score_changes.rules = ++tables_->score_changes.now;
  for (const Scorecard& scorecard : scorecards) tables_->rulebook.put(scorecard);
  for (const Rule& rule : rules) {
    tables_->rulebook.put(rule);
    if (rule.removed_at_position) removed.push_back(tables_->cells.remove_rule(rule.number));
  }
  tables_->scopes.commit(scopes);
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
