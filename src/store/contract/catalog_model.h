// The catalog as plain maps: what a store must hold after the same changes. The differential test
// compares the stores with it. Included by test files only.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "domain/entity.h"
#include "store/catalog.h"

namespace scorekeeper::store {

class CatalogModel {
 public:
  struct Entity {
    std::string reference;
    Time discovered_at{};
    bool live = true;

    bool operator==(const Entity&) const = default;
  };
  struct Org {
    std::map<RuleNumber, CatalogRule> rules;  // that live
    std::map<EntityNumber, Entity> entities;
    std::map<EntityNumber, DefinedEntity> definitions;
    std::map<std::string, Kind> kinds;
    std::map<CampaignNumber, CatalogCampaign> campaigns;  // that live
    std::vector<AuditEvent> events;                       // by number
  };
  std::map<OrgId, Org> orgs;

  void put(OrgId org, EntityNumber number, std::string_view reference, Time at) {
    auto [place, is_new] = orgs[org].entities.try_emplace(number);
    if (!is_new && place->second.live) return;
    place->second = {.reference = std::string(reference), .discovered_at = at, .live = true};
  }

  void write(OrgId org, const ResourceChange& change) {
    std::visit([&](const auto& typed) { apply(org, typed); }, change);
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
    return page_of(found, filter.page.offset, filter.page.size);
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
    return {page_of(found, filter.page.offset, filter.page.size)};
  }

  std::vector<AuditEvent> list_audit(OrgId id, const AuditFilter& filter) const {
    std::map<std::uint64_t, AuditEvent> found;  // the newest first
    for (const AuditEvent& event : find(id).events) {
      if (matches(event, filter)) found.emplace(UINT64_MAX - event.number.number, event);
    }
    return page_of(found, filter.page.offset, filter.page.size);
  }

 private:
  const Org& find(OrgId id) const {
    static const Org none;
    const auto org = orgs.find(id);
    return org == orgs.end() ? none : org->second;
  }
  template <class Map>
  static std::vector<typename Map::mapped_type> page_of(const Map& found, std::uint64_t offset,
                                                        std::uint64_t size) {
    std::vector<typename Map::mapped_type> values;
    for (const auto& [key, value] : found) {
      if (offset > 0) {
        --offset;
      } else if (values.size() < size) {
        values.push_back(value);
      }
    }
    return values;
  }

  template <class Map, class Key, class Value>
  static void set(Map& map, const Key& key, const std::optional<Value>& value) {
    if (value) {
      map.insert_or_assign(key, *value);
    } else {
      map.erase(key);
    }
  }
  template <class T>
  static const T& thing(const Changed<T>& change) {
    return change.after ? *change.after : *change.before;
  }

  void apply(OrgId org, const Changed<CatalogRule>& change) {
    set(orgs[org].rules, thing(change).rule.number, change.after);
  }
  void apply(OrgId org, const Changed<Kind>& change) {
    set(orgs[org].kinds, thing(change).name, change.after);
  }
  void apply(OrgId org, const Changed<CatalogCampaign>& change) {
    set(orgs[org].campaigns, thing(change).campaign.number, change.after);
  }
  void apply(OrgId id, const Changed<CatalogEntity>& change) {
    Org& org = orgs[id];
    const EntityNumber number = thing(change).number;
    if (!change.after) {
      org.entities.at(number).live = false;
      org.definitions.erase(number);
      return;
    }
    if (change.after->discovered_at) {
      put(id, number, change.after->reference, *change.after->discovered_at);
    }
    set(org.definitions, number, change.after->definition);
  }
  void apply(OrgId, const auto&) {}

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
