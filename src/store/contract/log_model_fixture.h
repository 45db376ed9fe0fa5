// A model of a log at any of its moments, and of the rest of it when it was pruned, made of plain
// maps. Included by test files only.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "store/catalog_body.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {

// The state after reading the log up to some moment.
struct ReplayedState {
  // Position, state and remarks of each outcome.
  std::map<std::pair<RuleNumber, EntityNumber>, std::tuple<RowId, State, std::string>> cells;
  std::map<std::pair<AuditResource, std::string>, std::string> things;  // as JSON
  std::map<EntityNumber, std::string> entities;                         // that live

  bool operator==(const ReplayedState&) const = default;
};

inline void take_outcomes(const LogRecord& record, ReplayedState& state) {
  OutcomeBody body;
  ASSERT_TRUE(read_outcome_body(record, body));
  for (const SeenEntity& seen : body.entities) state.entities[seen.number] = seen.reference;
  for (std::size_t n = 0; n < body.changes.size(); ++n) {
    const auto& change = body.changes[n];
    if (!change) continue;
    const std::pair key(change->rule, change->entity);
    if (change->state) {
      state.cells[key] = {
          {record.position.number + n}, *change->state, std::string(change->remarks)};
    } else {
      state.cells.erase(key);
    }
  }
}

inline void take_changes(const LogRecord& record, ReplayedState& state) {
  const auto changes = read_catalog_body(record.body);
  ASSERT_TRUE(changes);
  for (const auto& change : *changes) {
    if (!change) continue;
    const ResourceName name = name_of(*change);
    if (const auto* entity = std::get_if<Changed<CatalogEntity>>(&*change)) {
      const CatalogEntity& one = entity->after ? *entity->after : *entity->before;
      if (!entity->after) state.entities.erase(one.number);
      if (one.discovered_at) state.entities[one.number] = one.reference;
    }
    std::visit(
        [&](auto typed) {
          const std::pair key(name.resource, name.id);
          state.things.erase(key);
          if (!typed.after) return;
          typed.before.reset();
          if constexpr (std::is_same_v<decltype(typed), Changed<CatalogEntity>>) {
            typed.after->discovered_at.reset();
          }
          state.things[key] = write_catalog_body({typed});
        },
        *change);
  }
}

inline ReplayedState replay(const std::vector<LogRecord>& records, Time until = Time::max()) {
  ReplayedState state;
  for (const LogRecord& record : records) {
    if (record.at > until) break;
    record.kind == RecordKind::outcomes ? take_outcomes(record, state)
                                        : take_changes(record, state);
  }
  return state;
}

// The positions of the changes that are there, and of the records that have none.
inline std::set<std::uint64_t> places_in(const std::vector<LogRecord>& records) {
  std::set<std::uint64_t> places;
  for (const LogRecord& record : records) {
    OutcomeBody outcomes;
    CatalogBodyChanges changes;
    if (record.kind == RecordKind::outcomes) {
      EXPECT_TRUE(read_outcome_body(record, outcomes));
    } else {
      changes = *read_catalog_body(record.body);
    }
    for (std::size_t n = 0; n < record.count; ++n) {
      const bool there = record.kind == RecordKind::outcomes ? outcomes.changes.at(n).has_value()
                                                             : changes.at(n).has_value();
      if (there) places.insert(record.position.number + n);
    }
  }
  return places;
}

// The position that a log is pruned to: the end of the last group at or before that time, but for
// the last group of all.
inline RowId floor_of(const std::vector<LogRecord>& full, Time before) {
  RowId floor;
  for (const LogRecord& record : full) {
    if (record.at <= before && record.at < full.back().at) floor = record.last();
  }
  return floor;
}

struct Superseding {
  bool goes_itself = false;  // with what it replaced
  bool may_go = true;        // once it is superseded
};

// The changes that must be left of all of a log.
inline std::set<std::uint64_t> places_left(const std::vector<LogRecord>& full, RowId floor,
                                           RowId audit_floor) {
  std::map<std::string, std::pair<std::uint64_t, bool>> newest;  // position, and may it go
  std::set<std::uint64_t> left;
  const auto take = [&](const std::string& key, std::uint64_t position, Superseding how,
                        RowId up_to) {
    left.insert(position);
    if (position > up_to.number) return;
    const auto before = newest.find(key);
    if (before != newest.end() && before->second.second) left.erase(before->second.first);
    if (how.goes_itself) left.erase(position);
    newest[key] = {position, how.may_go};
  };
  for (const LogRecord& record : full) {
    if (record.kind == RecordKind::outcomes) {
      OutcomeBody body;
      EXPECT_TRUE(read_outcome_body(record, body));
      for (std::size_t n = 0; n < record.count; ++n) {
        const ChangedOutcome& change = *body.changes[n];
        take(std::to_string(change.rule.number) + "," + std::to_string(change.entity.number),
             record.position.number + n, {.goes_itself = !change.state}, floor);
      }
      continue;
    }
    const auto changes = read_catalog_body(record.body);
    for (std::size_t n = 0; n < record.count; ++n) {
      const ResourceName name = name_of(*changes->at(n));
      const bool updates = std::visit(
          [](const auto& typed) {
            if constexpr (std::is_same_v<decltype(typed), const Changed<CatalogEntity>&>) {
              if (typed.after && typed.after->discovered_at) return false;
            }
            return typed.before && typed.after;
          },
          *changes->at(n));
      take(std::string(name_of(name.resource)) + " " + name.id, record.position.number + n,
           {.may_go = updates}, audit_floor);
    }
  }
  return left;
}

// Groups are whole: of the records of one time the last one has the end, and no other.
inline void check_groups(const std::vector<LogRecord>& records) {
  for (std::size_t n = 0; n < records.size(); ++n) {
    const bool last = n + 1 == records.size() || records[n + 1].at != records[n].at;
    ASSERT_EQ(records[n].group_end, last) << records[n].position.number;
  }
}

// Checks that the survivors of a log are as they were, but for changes that are gone and for ends
// of groups, and that chains follow from each other where they can be compared.
inline void check_survivors(const std::vector<LogRecord>& left, const std::vector<LogRecord>& full,
                            RowId floor) {
  auto was = full.begin();
  RowId last;
  Chain chain{};
  for (LogRecord record : left) {
    while (was != full.end() && was->position != record.position) ++was;
    ASSERT_NE(was, full.end()) << record.position.number;
    const bool next = record.position.number == last.number + 1;
    last = record.last();
    if (record.position > floor) {
      ASSERT_EQ(record, *was);
      ASSERT_TRUE(next || record.position.number == floor.number + 1);
      if (next) {
        ASSERT_EQ(record.chain, chain_after(chain, record)) << record.position.number;
      }
    }
    chain = record.chain;
    record.group_end = was->group_end;
    record.body = was->body;
    ASSERT_EQ(record, *was);
  }
}

}  // namespace scorekeeper::store
