#include "store/sqlite/tools/replay.h"

#include <bit>
#include <type_traits>
#include <variant>

namespace scorekeeper::store::sqlite {
namespace {

std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::string_view name_of_state(const std::optional<State>& state) {
  return state ? name_of(*state) : "none";
}

template <class T>
std::string written_thing(T thing) {
  return write_catalog_body({Changed<T>{.before = {}, .after = std::move(thing)}});
}

// The scorecard's name may change without its rules.
CatalogRule normalized(CatalogRule rule) {
  rule.scorecard = Scorecard();
  rule.scorecard.number = rule.rule.scorecard;
  return rule;
}
CatalogCampaign normalized(CatalogCampaign campaign) {
  campaign.rule_ids.clear();
  return campaign;
}
template <class T>
T normalized(T thing) {
  return thing;
}

}  // namespace

std::string written(Scorecard scorecard) { return written_thing(std::move(scorecard)); }
std::string written(CatalogRule rule) { return written_thing(normalized(std::move(rule))); }
std::string written(Kind kind) { return written_thing(std::move(kind)); }
std::string written(CatalogCampaign campaign) {
  return written_thing(normalized(std::move(campaign)));
}
std::string written(Org org) { return written_thing(std::move(org)); }
std::string written(Key key) { return written_thing(std::move(key)); }
std::string written(const DefinedEntity& defined) {
  return written_thing(CatalogEntity{.number = defined.number,
                                     .reference = defined.definition.reference,
                                     .discovered_at = {},
                                     .definition = defined});
}

std::string place_text(RowId position, RowId record, std::string_view resource,
                       std::string_view id) {
  return text_of(position.number) + " in " + text_of(record.number) + ", " + std::string(resource) +
         " " + std::string(id);
}

std::size_t ReplayedCells::place_of(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  const int shift = 64 - std::countr_zero(slots_.size());
  std::size_t at = (key * 0x9e3779b97f4a7c15U) >> shift;  // Fibonacci hashing
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

ReplayedCells::Cell ReplayedCells::find(RuleNumber rule, EntityNumber entity) const {
  return slots_[place_of(std::uint64_t{rule.number} << 32 | entity.number)].cell;
}

void ReplayedCells::put(RuleNumber rule, EntityNumber entity, const Cell& cell) {
  if (used_ * 4 >= slots_.size() * 3) grow();
  const std::uint64_t key = std::uint64_t{rule.number} << 32 | entity.number;
  Slot& slot = slots_[place_of(key)];
  if (slot.key == 0) ++used_;
  slot = {.key = key, .cell = cell};
}

void ReplayedCells::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.key != 0) slots_[place_of(slot.key)] = slot;
  }
}

void Replay::fault(RowId position, const std::string& what) {
  faults_.add("log of org " + text_of(head_.org.number) + " at " + text_of(position.number) + ": " +
              what);
}

// Up to the floor, records and changes may be gone.
void Replay::check_place(const LogRecord& record) {
  const bool follows = record.position.number == head_.last.number + 1;
  if (!follows && record.position.number > head_.floor.number + 1) {
    fault(record.position, "the record before it ends at " + text_of(head_.last.number));
  }
  if (follows && group_is_open_ && record.at != head_.last_at) {
    fault(record.position, "its time is not that of its group");
  }
  // The end of a group may be gone.
  const bool is_late = follows ? record.at > head_.last_at : record.at >= head_.last_at;
  if (!(follows && group_is_open_) && !is_late) {
    fault(record.position, "its time is not after that of the record before it");
  }
  const bool whole = record.position > head_.floor;
  if (follows && whole && record.chain != chain_after(head_.chain, record)) {
    fault(record.position, "its chain does not follow from the record before it");
  }
}

void Replay::take(const LogRecord& record) {
  check_place(record);
  ++records_;
  head_.last = record.last();
  head_.last_at = record.at;
  head_.chain = record.chain;
  group_is_open_ = !record.group_end;
  switch (record.kind) {
    case RecordKind::outcomes:
      return take_outcomes(record);
    case RecordKind::catalog:
      return take_changes(record);
  }
  fault(record.position, "its kind is " + text_of(static_cast<std::uint8_t>(record.kind)));
}

void Replay::finish(const Head& head) {
  const std::string org = text_of(head_.org.number);
  if (group_is_open_) faults_.add("log of org " + org + ": its last group has no end");
  if (head.last != head_.last) {
    faults_.add("log of org " + org + ": its head is at " + text_of(head.last.number) +
                ", its last change at " + text_of(head_.last.number));
  } else if (head.last_at != head_.last_at || head.chain != head_.chain) {
    faults_.add("log of org " + org + ": its head has another time or chain than its last record");
  }
}

void Replay::take_outcomes(const LogRecord& record) {
  const auto read = read_outcome_body(record, body_);
  if (!read) return fault(record.position, read.error().detail);
  if (body_.changes.size() != record.count) {
    fault(record.position, "it has " + text_of(body_.changes.size()) + " changes in place of " +
                               text_of(record.count));
  }
  for (const SeenEntity& entity : body_.entities) see(record.position, entity, record.at);
  for (std::size_t n = 0; n < body_.changes.size(); ++n) {
    const auto& change = body_.changes[n];
    if (change) take_outcome({record.position.number + n}, *change);
  }
}

void Replay::take_outcome(RowId position, const ChangedOutcome& change) {
  const auto rule = rules_.find(change.rule);
  const auto entity = entities_.find(change.entity);
  if (rule == rules_.end()) {
    fault(position, "there is no rule " + text_of(change.rule.number));
  } else if (rule->second && change.state) {
    fault(position, "rule " + text_of(change.rule.number) + " was deleted before it");
  }
  if (entity == entities_.end()) {
    fault(position, "there is no entity " + text_of(change.entity.number));
  } else if (!entity->second.live && change.state) {
    fault(position, "entity " + text_of(change.entity.number) + " was deleted before it");
  }
  const auto before = cells_.find(change.rule, change.entity);
  // Retention may have taken the change before it away.
  const bool forgotten = !before.position && change.previous <= head_.floor && change.previous;
  if (change.previous != before.position && !forgotten) {
    fault(position, "previous is " + text_of(change.previous.number) +
                        ", the change before it of this outcome " +
                        text_of(before.position.number));
  } else if (change.before != before.state && !forgotten) {
    fault(position, "the state before it is " + std::string(name_of_state(change.before)) +
                        ", the outcome was " + std::string(name_of_state(before.state)));
  }
  cells_.put(change.rule, change.entity,
             change.state ? ReplayedCells::Cell{.position = position, .state = change.state}
                          : ReplayedCells::Cell());
}

void Replay::see(RowId position, const SeenEntity& entity, Time at) {
  const auto known = entities_.find(entity.number);
  const bool there = known != entities_.end();
  if (there && (known->second.live || known->second.reference != entity.reference)) {
    fault(position, "entity " + text_of(entity.number.number) + " was there before");
  } else if (there != entity.revived && position > head_.floor) {
    fault(position, "entity " + text_of(entity.number.number) +
                        (there ? " was there before" : " was not there before"));
  }
  discover(position, entity.number, entity.reference, at);
}

void Replay::discover(RowId position, EntityNumber number, std::string_view reference, Time at) {
  ReplayedEntity& entity = entities_[number];
  if (entity.position && entity.live) return;
  entity = {.reference = std::string(reference),
            .discovered_at = at,
            .live = true,
            .position = position,
            .definition = std::move(entity.definition)};
}

void Replay::take_changes(const LogRecord& record) {
  const auto changes = read_catalog_body(record.body);
  if (!changes) return fault(record.position, changes.error().detail);
  if (changes->size() != record.count) {
    fault(record.position,
          "it has " + text_of(changes->size()) + " changes in place of " + text_of(record.count));
  }
  for (std::size_t n = 0; n < changes->size(); ++n) {
    if (!changes->at(n)) continue;
    const RowId position{record.position.number + n};
    const ResourceName name = name_of(*changes->at(n));
    places_.insert(place_text(position, record.position, name_of(name.resource), name.id));
    take_change(position, *changes->at(n));
  }
}

void Replay::take_change(RowId position, const ResourceChange& change) {
  ResourceName name = name_of(change);
  const ThingName key(name.resource, std::move(name.id));
  std::visit([&](const auto& typed) { take(position, typed, key); }, change);
}

template <class T>
void Replay::take(RowId position, const Changed<T>& change, const ThingName& name) {
  const T& thing = change.after ? *change.after : *change.before;
  const auto known = things_.find(name);
  const bool there = known != things_.end() && !known->second.removed;
  if (there != change.before.has_value() && position > head_.floor) {
    fault(position, std::string(name_of(name.first)) + " " + name.second +
                        (there ? " was there before" : " was not there before"));
  } else if (there && change.before && known->second.json != written(*change.before) &&
             position > head_.floor) {
    fault(position, std::string(name_of(name.first)) + " " + name.second + " was another before");
  }
  things_[name] = {.json = written(thing), .removed = !change.after, .position = position};
  if constexpr (std::is_same_v<T, CatalogRule>) rules_[thing.rule.number] = !change.after;
}

void Replay::take(RowId position, const Changed<CatalogEntity>& change, const ThingName&) {
  const CatalogEntity& thing = change.after ? *change.after : *change.before;
  if (change.after && change.after->discovered_at) {
    discover(position, thing.number, thing.reference, *change.after->discovered_at);
  }
  const auto known = entities_.find(thing.number);
  if (known == entities_.end() || !known->second.live) {
    return fault(position, "there is no entity " + text_of(thing.number.number));
  }
  ReplayedEntity& entity = known->second;
  const auto definition_of = [](const std::optional<CatalogEntity>& side) {
    return side && side->definition ? written(*side->definition) : std::string();
  };
  const std::string before = entity.definition ? entity.definition->json : std::string();
  if (before != definition_of(change.before) && position > head_.floor) {
    fault(position,
          "the definition of entity " + text_of(thing.number.number) + " was another before");
  }
  entity.definition.reset();
  if (!change.after) {
    entity.live = false;
    entity.position = position;
  } else if (change.after->definition) {
    entity.definition = {
        .json = written(*change.after->definition), .removed = false, .position = position};
  }
}

}  // namespace scorekeeper::store::sqlite
