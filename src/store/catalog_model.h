// The catalog as plain maps: what a store must hold after the same calls. The differential test
// compares the stores with it; fakes of other folders keep their catalog in it. Included by test
// files only.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "domain/entity.h"
#include "store/catalog.h"

namespace scorekeeper::store {

class CatalogModel {
 public:
  struct Entity {
    std::string reference;
    Time discovered_at{};
    std::optional<RowId> removed_at_position;
    bool live = true;

    bool operator==(const Entity&) const = default;
  };
  struct Org {
    std::map<ScorecardNumber, Scorecard> scorecards;
    std::map<RuleNumber, Rule> rules;
    std::map<EntityNumber, Entity> entities;
    std::map<EntityNumber, DefinedEntity> definitions;
    std::map<std::string, Kind> kinds;
    std::map<CampaignNumber, Campaign> campaigns;
    std::vector<AuditEvent> events;  // by number
  };
  std::map<OrgId, Org> orgs;

  void put(const NewEntity& entity) {
    auto [place, is_new] = orgs[entity.org].entities.try_emplace(entity.number);
    if (!is_new && place->second.live) return;
    place->second.reference = entity.reference;
    place->second.discovered_at = entity.discovered_at;
    place->second.live = true;
  }

  void write(const CatalogRows& change) {
    Org& org = orgs[change.org];
    for (const auto& removed : change.removed_entities) {
      org.definitions.erase(removed.number);
      const auto entity = org.entities.find(removed.number);
      if (entity == org.entities.end()) continue;
      entity->second.live = false;
      entity->second.removed_at_position = removed.position;
    }
    for (const auto number : change.removed_definitions) org.definitions.erase(number);
    for (const auto& name : change.removed_kinds) org.kinds.erase(name);
    for (const auto& one : change.scorecards) org.scorecards[one.number] = one;
    for (const auto& one : change.rules) org.rules[one.number] = one;
    for (const auto& one : change.entities) put(one);
    for (const auto& one : change.definitions) org.definitions[one.number] = one;
    for (const auto& one : change.kinds) org.kinds[one.name] = one;
    for (const auto& one : change.campaigns) org.campaigns[one.number] = one;
    for (const auto& one : change.events) record(one);
  }
  void record(const AuditEvent& event) {
    auto& events = orgs[event.org].events;
    events.push_back(event);
    events.back().number = {events.size()};
  }

  std::vector<OrgCatalog> load_catalog() const {
    std::vector<OrgCatalog> all;
    for (const auto& [id, org] : orgs) {
      OrgCatalog catalog{.org = id,
                         .scorecards = values_of(org.scorecards),
                         .rules = values_of(org.rules),
                         .kinds = values_of(org.kinds),
                         .campaigns = values_of(org.campaigns)};
      const bool empty = catalog.scorecards.empty() && catalog.rules.empty() &&
                         catalog.kinds.empty() && catalog.campaigns.empty();
      if (!empty) all.push_back(std::move(catalog));
    }
    return all;
  }
  void load_entities(const FoldEntity& fold) const {
    for (const auto& [id, org] : orgs) {
      for (const auto& [number, entity] : org.entities) {
        fold({.org = id,
              .number = number,
              .reference = entity.reference,
              .removed_at_position = entity.removed_at_position,
              .live = entity.live});
      }
    }
  }
  void load_definitions(const FoldDefinition& fold) const {
    for (const auto& [id, org] : orgs) {
      for (const auto& [number, defined] : org.definitions) {
        fold(id, number, defined.definition.attributes);
      }
    }
  }

  std::vector<EntityNumber> find_entities(OrgId id, const EntityListFilter& filter) const {
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, EntityNumber> found;
    const Org& org = find(id);
    for (const auto& [number, entity] : org.entities) {
      const auto definition = org.definitions.find(number);
      const bool defined = definition != org.definitions.end();
      if (!entity.live || (!defined && !filter.include_discovered)) continue;
      const auto parts = split_canonical(entity.reference);
      if (matches(org, listed_of(org, number, entity), filter)) {
        found.emplace(std::tuple(parts.name, parts.kind, parts.name_space), number);
      }
    }
    return page_of(found, filter.offset, filter.size);
  }
  std::vector<ListedEntity> read_entities(OrgId id, const EntitySelection& selection) const {
    std::vector<ListedEntity> read;
    const Org& org = find(id);
    for (const EntityNumber number : selection.numbers) {
      const auto entity = org.entities.find(number);
      if (entity == org.entities.end() || !entity->second.live) continue;
      read.push_back(listed_of(org, number, entity->second));
      if (!selection.raw) read.back().entity.definition.raw.clear();
    }
    return read;
  }

  RelationPage list_relations(OrgId id, const RelationListFilter& filter) const {
    std::map<std::string, ListedRelation> found;
    for (const auto& [number, defined] : find(id).definitions) {
      for (const Relation& relation : defined.definition.relations) {
        if (filter.type && relation.type != *filter.type) continue;
        if (filter.from && relation.from != *filter.from) continue;
        if (filter.to && relation.to != *filter.to) continue;
        found.emplace(relation.from + ":" + relation.type + ":" + relation.to,
                      ListedRelation{.relation = relation,
                                     .defined_by = defined.definition.reference,
                                     .created_at = defined.created_at,
                                     .modified_at = defined.modified_at});
      }
    }
    return {page_of(found, filter.offset, filter.size)};
  }

  std::vector<AuditEvent> list_audit(OrgId id, const AuditFilter& filter) const {
    std::map<std::uint64_t, AuditEvent> found;  // the newest first
    const auto& events = find(id).events;
    for (const AuditEvent& event : events) {
      if (matches(event, filter)) found.emplace(events.size() - event.number.number, event);
    }
    return page_of(found, filter.offset, filter.size);
  }

 private:
  const Org& find(OrgId id) const {
    static const Org none;
    const auto org = orgs.find(id);
    return org == orgs.end() ? none : org->second;
  }
  template <class Map>
  static std::vector<typename Map::mapped_type> values_of(const Map& map) {
    std::vector<typename Map::mapped_type> values;
    values.reserve(map.size());
    for (const auto& [key, value] : map) values.push_back(value);
    return values;
  }
  template <class Map>
  static std::vector<typename Map::mapped_type> page_of(const Map& found, std::uint64_t offset,
                                                        std::uint64_t size) {
    auto values = values_of(found);
    values.erase(values.begin(),
                 values.begin() +
                     static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, values.size())));
    if (values.size() > size) values.resize(size);
    return values;
  }

  static bool matches(const AuditEvent& event, const AuditFilter& filter) {
    const auto holds = [](const auto& wanted, const auto& is) { return !wanted || *wanted == is; };
    return holds(filter.actor, event.actor.id) && holds(filter.action, event.action) &&
           holds(filter.resource, event.resource) && holds(filter.resource_id, event.resource_id) &&
           holds(filter.request_id, event.request_id) &&
           (!filter.since || event.at >= *filter.since) &&
           (!filter.until || event.at < *filter.until) &&
           (!filter.below || event.number < filter.below);
  }
  static bool matches(const Org& org, const ListedEntity& listed, const EntityListFilter& filter) {
    const EntityDefinition& definition = listed.entity.definition;
    const auto parts = split_canonical(definition.reference);
    return (!filter.numbers ||
            std::ranges::find(*filter.numbers, listed.entity.number) != filter.numbers->end()) &&
           (!filter.kind || *filter.kind == parts.kind) &&
           (!filter.name_space || *filter.name_space == parts.name_space) &&
           (!filter.owner || (listed.defined && *filter.owner == definition.attributes.owner)) &&
           (!filter.relation_type ||
            has_relation(org, fold_reference(definition.reference), *filter.relation_type));
  }
  static ListedEntity listed_of(const Org& org, EntityNumber number, const Entity& entity) {
    const auto definition = org.definitions.find(number);
    if (definition != org.definitions.end()) {
      return {.entity = definition->second, .defined = true};
    }
    ListedEntity listed{.entity = {.number = number,
                                   .definition = {},
                                   .created_at = entity.discovered_at,
                                   .modified_at = entity.discovered_at},
                        .defined = false};
    listed.entity.definition.reference = entity.reference;
    return listed;
  }
  static bool has_relation(const Org& org, const std::string& from, const std::string& type) {
    return std::ranges::any_of(org.definitions, [&](const auto& entry) {
      return std::ranges::any_of(entry.second.definition.relations, [&](const Relation& relation) {
        return relation.from == from && relation.type == type;
      });
    });
  }
};

}  // namespace scorekeeper::store
