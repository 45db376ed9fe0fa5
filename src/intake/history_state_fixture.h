// The state at one position of a log. take() moves it forward by a record, undo() back
// (docs/formats/log.md#the-state-at-an-earlier-position). Included by test files only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <variant>

#include "intake/history_model.h"
#include "intake/kept_changes.h"
#include "store/catalog_body.h"

namespace scorekeeper::intake {

struct LogState {
  Cells cells;
  std::map<EntityNumber, std::string> entities;  // live entities: number to reference
  // Scorecards, rules with their scopes, definitions, kinds, campaigns, keys, as JSON.
  std::map<std::pair<AuditResource, std::string>, std::string> things;

  bool operator==(const LogState&) const = default;

  void take(const store::LogRecord& record) {
    if (record.kind == store::RecordKind::catalog) return take_catalog(record);
    store::OutcomeBody body;
    ASSERT_TRUE(store::read_outcome_body(record, body));
    for (const auto& seen : body.entities) entities[seen.number] = seen.reference;
    for (const KeptChange& change : changes_of(record)) {
      const std::pair key(change.rule, change.entity);
      if (change.state) {
        cells[key] = {*change.state, change.position};
      } else {
        cells.erase(key);
      }
    }
  }

  // Undoes a record, which must be the last one that was taken.
  void undo(const store::LogRecord& record) {
    if (record.kind == store::RecordKind::catalog) {
      undo_things(record);
      return undo_entities(record);
    }
    for (const KeptChange& change : changes_of(record) | std::views::reverse) undo(change);
    store::OutcomeBody body;
    ASSERT_TRUE(store::read_outcome_body(record, body));
    for (const auto& seen : body.entities | std::views::reverse) {
      ASSERT_EQ(entities.at(seen.number), seen.reference);
      entities.erase(seen.number);
    }
  }
  // Undoes changes of the catalog only: below the floor, changes of outcomes may be missing.
  void undo_things(const store::LogRecord& record) {
    if (record.kind != store::RecordKind::catalog) return;
    const auto changes = store::read_catalog_body(record.body);
    ASSERT_TRUE(changes) << changes.error().detail;
    for (const auto& change : *changes | std::views::reverse) {
      ASSERT_TRUE(change) << record.position.number;
      std::visit([&](const auto& typed) { undo(*change, typed); }, *change);
    }
  }

 private:
  void take_catalog(const store::LogRecord& record) {
    const auto changes = store::read_catalog_body(record.body);
    ASSERT_TRUE(changes) << changes.error().detail;
    for (const auto& change : *changes) {
      if (!change) continue;
      std::visit([&](const auto& typed) { put(*change, typed.after); }, *change);
      const auto* entity = std::get_if<Changed<CatalogEntity>>(&*change);
      if (entity == nullptr) continue;
      if (!entity->after) entities.erase(entity->before->number);
      if (entity->after && entity->after->discovered_at) {
        entities[entity->after->number] = entity->after->reference;
      }
    }
  }
  void undo(const KeptChange& change) {
    const std::pair key(change.rule, change.entity);
    const auto cell = cells.find(key);
    ASSERT_EQ(cell != cells.end(), change.state.has_value());
    if (change.state) {
      ASSERT_EQ(cell->second, std::pair(*change.state, change.position));
    }
    if (change.before) {
      cells[key] = {*change.before, change.previous};
    } else {
      cells.erase(key);
    }
  }
  template <class T>
  void undo(const ResourceChange& change, const Changed<T>& typed) {
    const auto name = name_of(change);
    const auto thing = things.find({name.resource, name.id});
    const auto after = text_of(typed.after);
    ASSERT_EQ(thing == things.end() ? std::optional<std::string>() : thing->second, after);
    put(change, typed.before);
  }
  void undo_entities(const store::LogRecord& record) {
    const auto changes = store::read_catalog_body(record.body);
    ASSERT_TRUE(changes);
    for (const auto& change : *changes | std::views::reverse) {
      const auto* entity = change ? std::get_if<Changed<CatalogEntity>>(&*change) : nullptr;
      if (entity == nullptr) continue;
      const auto& [before, after] = *entity;
      if (!after) {
        ASSERT_TRUE(entities.emplace(before->number, before->reference).second);
      } else if (after->discovered_at) {
        ASSERT_EQ(entities.at(after->number), after->reference);
        entities.erase(after->number);
      }
    }
  }
  template <class T>
  void put(const ResourceChange& change, const std::optional<T>& thing) {
    const auto name = name_of(change);
    things.erase({name.resource, name.id});
    if (auto text = text_of(thing)) things[{name.resource, name.id}] = *std::move(text);
  }
  // An entity without a definition is not in `things`.
  template <class T>
  static std::optional<std::string> text_of(std::optional<T> thing) {
    if (!thing) return std::nullopt;
    if constexpr (std::is_same_v<T, CatalogEntity>) {
      if (!thing->definition) return std::nullopt;
      thing->discovered_at.reset();
    }
    return store::write_catalog_body({Changed<T>{.before = {}, .after = std::move(thing)}});
  }
};

}  // namespace scorekeeper::intake
