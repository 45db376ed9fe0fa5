// The publications of OrgMatrix's writer: decided under a reader's lock, as nobody else writes, and
// put in under the writer's.
#include <algorithm>
#include <deque>
#include <map>

#include "matrix/prepared_scopes.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

// The state of one entity after everything that a publication says of it.
struct EntityResult {
  std::string_view reference;
  bool removed = false;    // its cells go
  bool live = true;        // afterwards
  bool redefined = false;  // the definition changes
  const EntityAttributes* attributes = nullptr;
};
using EntityResults = std::map<EntityNumber, EntityResult>;

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

void add_update(EntityResult& result, const EntityUpdate& update) {
  result.redefined = true;
  result.removed |= update.removed;
  result.attributes = nullptr;
  if (update.removed) {
    result.live = false;
  } else if (update.attributes) {
    result.live = true;
    result.attributes = &*update.attributes;
  }
}

void apply(Entities& entities, EntityNumber entity, const EntityResult& result) {
  if (result.removed || !result.live) entities.remove(entity);
  if (!result.live) return;
  if (!entities.live().has(entity)) entities.add(entity, result.reference);
  if (!result.redefined) return;
  if (result.attributes == nullptr) {
    entities.undefine(entity);
  } else {
    entities.define(entity, *result.attributes);
  }
}

bool names_entities(const Publication& publication) {
  return !publication.removals.empty() || !publication.additions.empty() ||
         !publication.updates.empty();
}

// The results of the entities that are more than new: removed or updated.
EntityResults results_of(const Publication& publication, const OrgMatrix::Tables& tables) {
  EntityResults results;
  if (publication.removals.empty() && publication.updates.empty()) return results;
  for (const EntityNumber removed : publication.removals) {
    results[removed] = {
        .reference = tables.names.text(removed), .removed = true, .live = false, .redefined = true};
  }
  for (const EntityAddition& addition : publication.additions) {
    EntityResult& result = results[addition.number];
    result.reference = tables.reference_of(addition);
    result.live = true;
  }
  for (const EntityUpdate& update : publication.updates) {
    const auto [place, fresh] = results.try_emplace(update.number);
    if (fresh) {
      place->second.reference = tables.names.text(update.number);
      place->second.live = tables.entities.live().has(update.number);
    }
    add_update(place->second, update);
  }
  return results;
}

ChangedEntities changed_by(const Publication& publication, const EntityResults& results,
                           const OrgMatrix::Tables& tables) {
  ChangedEntities changed;
  for (const EntityAddition& addition : publication.additions) {
    if (results.contains(addition.number) || tables.entities.live().has(addition.number)) continue;
    changed.add(addition.number, tables.reference_of(addition), nullptr);
  }
  for (const auto& [entity, result] : results) {
    if (!result.redefined && tables.entities.live().has(entity)) continue;
    if (result.live) {
      changed.add(entity, result.reference, result.attributes);
    } else {
      changed.remove(entity);
    }
  }
  return changed;
}

}  // namespace

// The decisions that are made under a reader's lock. Their remains are freed without a lock.
struct OrgMatrix::Decisions {
  Names::Reserved names;  // larger tables are filled while readers go on
  EntityResults results;
  Scopes::Decided scopes;  // of the rules, for the entities as they will be
  std::vector<Scopes::BitChange> bit_changes;
};

void OrgMatrix::decide(const Publication& publication, Decisions& decisions) {
  ReadLock lock(mutex_);
  const Tables& tables = *tables_;
  decisions.names = tables.names.reserve(publication.additions.size());
  decisions.scopes =
      tables.scopes.decide(publication.rules, tables.entities, tables.names, prepared_->scopes());
  prepared_->spend(decisions.scopes.steps);
  if (!names_entities(publication)) return;
  decisions.results = results_of(publication, tables);
  ChangedEntities changed = changed_by(publication, decisions.results, tables);
  const auto sorted = changed.sorted();
  decisions.bit_changes = tables.scopes.decide(sorted);
  Scopes::apply_changes(sorted, decisions.scopes);
  prepared_->apply_changes(sorted, tables.entities);
}

void OrgMatrix::publish(const Publication& publication) {
  Decisions decisions;
  const bool is_decided = names_entities(publication) || !publication.rules.empty();
  if (is_decided) decide(publication, decisions);
  WriteLock lock(mutex_);
  tables_->put(publication, decisions);
  prepared_->keep(tables_->entities);
}

bool OrgMatrix::prepare_scopes(std::span<const Rule> rules, std::uint64_t steps) {
  std::map<std::string, EntityQuery> queries;
  for (const Rule& rule : rules) {
    auto query = EntityQuery::parse(rule.scope_query, "scope_query");
    if (rule.removed_at_position || !query || query->matches_all()) continue;
    auto text = write(*query);
    queries.emplace(std::move(text), *std::move(query));
  }
  ReadLock lock(mutex_);
  const Tables& tables = *tables_;
  std::erase_if(queries, [&](const auto& entry) { return tables.scopes.has(entry.first); });
  prepared_->want(queries, *drafts_);
  return prepared_->advance(tables.entities, tables.names, steps);
}

std::uint64_t OrgMatrix::scope_steps() const { return prepared_->steps(); }

void OrgMatrix::Tables::put(const Publication& publication, Decisions& decisions) {
  ++score_changes.now;
  put_catalog(publication);
  put_entities(publication, decisions);
  Scopes::commit(decisions.bit_changes);
  scopes.commit(decisions.scopes);
  cells.put_all(publication.changes);
  for (const CellChange& change : publication.changes) score_changes.note_change(change.entity);
  cells.touch_all(publication.touches);
  position = std::max(position, publication.position);
}

void OrgMatrix::Tables::put_catalog(const Publication& publication) {
  if (!publication.scorecards.empty() || !publication.rules.empty()) {
    score_changes.rules = score_changes.now;
  }
  for (const Scorecard& scorecard : publication.scorecards) rulebook.put(scorecard);
  for (const Rule& rule : publication.rules) {
    rulebook.put(rule);
    if (rule.removed_at_position) {
      cells.hide(rule.number);
    } else {
      cells.show(rule.number);
    }
  }
  for (const std::string& name : publication.removed_kinds) kinds.remove(name);
  for (const Kind& kind : publication.kinds) kinds.put(kind);
  for (const Campaign& campaign : publication.campaigns) campaigns.put(campaign);
}

void OrgMatrix::Tables::put_entities(const Publication& publication, Decisions& decisions) {
  names.commit(decisions.names);
  for (const EntityAddition& addition : publication.additions) add(addition);
  for (const auto& [entity, result] : decisions.results) {
    score_changes.note_change(entity);
    if (result.removed) cells.remove_entity(entity);
    apply(entities, entity, result);
  }
  for (const EntityAddition& addition : publication.additions) prefer(addition.number);
  for (const auto& [entity, result] : decisions.results) prefer(entity);
  for (const EntityAddition& addition : publication.additions) {
    if (addition.version) entities.set_version(addition.number, addition.version);
  }
  for (const EntityUpdate& update : publication.updates) {
    if (update.version) entities.set_version(update.number, update.version);
  }
}

// One that comes back keeps its first spelling.
std::string_view OrgMatrix::Tables::reference_of(const EntityAddition& addition) const {
  const auto known = names.text(addition.number);
  return known.empty() ? addition.reference : known;
}

void OrgMatrix::Tables::add(const EntityAddition& addition) {
  if (names.text(addition.number).empty()) names.add(addition.number, addition.reference);
  if (!entities.live().has(addition.number)) entities.add(addition.number, addition.reference);
  score_changes.note_change(addition.number);
}

void OrgMatrix::Tables::prefer(EntityNumber entity) {
  if (names.has_hidden() && entities.live().has(entity)) names.prefer(entity);
}

}  // namespace scorekeeper::matrix
