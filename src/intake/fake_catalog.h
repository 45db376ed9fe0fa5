// The catalog of one org as plain maps, for the store in memory. Included by test files only.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "domain/catalog_change.h"
#include "domain/entity.h"
#include "store/catalog.h"

namespace scorekeeper::intake {

struct FakeCatalog {
  struct Entity {
    std::string reference;
    Time discovered_at{};
    bool live = true;
  };
  std::map<ScorecardNumber, Scorecard> scorecards;  // only live ones, as in all maps but `entities`
  std::map<RuleNumber, CatalogRule> rules;
  std::map<std::string, Kind> kinds;
  std::map<CampaignNumber, CatalogCampaign> campaigns;
  std::map<EntityNumber, DefinedEntity> definitions;
  std::map<EntityNumber, Entity> entities;  // deleted ones too

  void put(EntityNumber number, std::string_view reference, Time at) {
    auto [place, is_new] = entities.try_emplace(number);
    if (!is_new && place->second.live) return;
    if (is_new) place->second.reference = reference;
    place->second.discovered_at = at;
    place->second.live = true;
  }
  void apply(const ResourceChange& change) {
    std::visit([&](const auto& one) { put(one); }, change);
  }

  std::vector<EntityNumber> find_entities(const EntityListFilter& filter) const {
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, EntityNumber> found;
    for (const auto& [number, entity] : entities) {
      if (!entity.live || (!definitions.contains(number) && !filter.include_discovered)) continue;
      const auto parts = split_canonical(entity.reference);
      found.emplace(std::tuple(parts.name, parts.kind, parts.name_space), number);
    }
    std::vector<EntityNumber> numbers;
    for (const auto& [key, number] : found) {
      if (numbers.size() < filter.page.size) numbers.push_back(number);
    }
    return numbers;
  }
  std::vector<store::ListedEntity> read_entities(const store::EntitySelection& selection) const {
    std::vector<store::ListedEntity> read;
    for (const EntityNumber number : selection.numbers) {
      const auto entity = entities.find(number);
      if (entity == entities.end() || !entity->second.live) continue;
      const auto definition = definitions.find(number);
      if (definition != definitions.end()) {
        read.push_back({.entity = definition->second, .defined = true});
        if (!selection.raw) read.back().entity.definition.raw.clear();
        continue;
      }
      store::ListedEntity& listed = read.emplace_back();
      listed.defined = false;
      listed.entity.number = number;
      listed.entity.definition.reference = entity->second.reference;
      listed.entity.created_at = listed.entity.modified_at = entity->second.discovered_at;
    }
    return read;
  }

 private:
  template <class Map, class Key, class Value>
  static void put(Map& map, const Key& key, const std::optional<Value>& value) {
    if (value) {
      map.insert_or_assign(key, *value);
    } else {
      map.erase(key);
    }
  }
  template <class T>
  static const T& either(const Changed<T>& change) {
    return change.after ? *change.after : *change.before;
  }
  void put(const Changed<Scorecard>& change) {
    put(scorecards, either(change).number, change.after);
  }
  void put(const Changed<CatalogRule>& change) {
    put(rules, either(change).rule.number, change.after);
  }
  void put(const Changed<Kind>& change) { put(kinds, either(change).name, change.after); }
  void put(const Changed<CatalogCampaign>& change) {
    put(campaigns, either(change).campaign.number, change.after);
  }
  static void put(const Changed<Org>&) {}
  static void put(const Changed<Key>&) {}
  void put(const Changed<CatalogEntity>& change) {
    const EntityNumber number = either(change).number;
    if (!change.after) {
      definitions.erase(number);
      entities.at(number).live = false;
      return;
    }
    put(number, change.after->reference, change.after->discovered_at.value_or(Time{}));
    put(definitions, number, change.after->definition);
  }
};

}  // namespace scorekeeper::intake
