#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/definition_schema.h"
#include "store/sqlite/entity_reader.h"
#include "store/sqlite/row_statement.h"
#include "store/sqlite/tools/verify_parts.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t definitions_per_page = 500;

std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::string of_org(OrgId org) { return " of org " + text_of(org.number); }

OrgId org_of(const StateRow<Org>& row) { return row.thing.id; }
OrgId org_of(const StateRow<Key>& row) { return row.thing.org; }
template <class T>
OrgId org_of(const StateRow<T>& row) {
  return row.org;
}

// The thing as a change of the catalog has it.
CatalogRule as_logged(const Rule& rule) { return {.rule = rule, .scorecard = {}}; }
CatalogCampaign as_logged(const Campaign& campaign) {
  return {.campaign = campaign, .rule_ids = {}};
}
template <class T>
T as_logged(const T& thing) {
  return thing;
}

// Compares rows with what the replays have; at the end tells what has no row.
class StateVerification {
 public:
  StateVerification(SqliteConnection& connection, const Replays& replays, Faults& faults)
      : connection_(connection), replays_(replays), faults_(faults) {}

  Result<void> run() {
    TRY(read_things<Org>());
    TRY(read_things<Key>());
    TRY(read_things<Scorecard>());
    TRY(read_things<Rule>());
    TRY(read_things<Kind>());
    TRY(read_things<Campaign>());
    tell_missing();
    TRY(read_entities());
    for (const auto& [org, replay] : replays_) {
      TRY(read_definitions(org, replay));
      TRY(read_places(org, replay));
    }
    return {};
  }

 private:
  template <class T>
  Result<void> read_things();
  Result<void> read_rules(OrgId org, Campaign& campaign);
  Result<void> read_entities();
  Result<void> read_definitions(OrgId org, const Replay& replay);
  Result<void> read_places(OrgId org, const Replay& replay);
  void tell_missing();

  const Replay* find(OrgId org) const {
    const auto found = replays_.find(org);
    return found == replays_.end() ? nullptr : &found->second;
  }

  void compare(OrgId org, const ResourceName& thing, const ReplayedThing& row) {
    const std::string name = std::string(name_of(thing.resource)) + " " + thing.id + of_org(org);
    const ThingName key(thing.resource, thing.id);
    seen_.insert({org, key});
    const Replay* const replay = find(org);
    if (replay == nullptr || !replay->things().contains(key)) {
      faults_.add(name + " is in no record of the log");
    } else if (replay->things().at(key) != row) {
      faults_.add(name + " differs from its log");
    }
  }

  SqliteConnection& connection_;
  const Replays& replays_;
  Faults& faults_;
  std::set<std::pair<OrgId, ThingName>> seen_;
};

template <class T>
Result<void> StateVerification::read_things() {
  const Table& table = table_of<StateRow<const T>>();
  Statement rows = TRY(connection_.prepare(select_sql(table)));
  while (TRY(rows.step())) {
    ReadRow<T> read;
    const auto loaded = load_row(rows, read.row);
    if (!loaded) {
      faults_.add("a row of " + std::string(table.name) +
                  " cannot be read: " + loaded.error().detail);
      continue;
    }
    const OrgId org = org_of(read.row);
    if constexpr (std::is_same_v<T, Campaign>) TRY(read_rules(org, read.thing));
    auto logged = as_logged(read.thing);
    const ResourceName name = name_of(Changed{.before = {}, .after = std::optional(logged)});
    compare(org, name,
            {.json = written(std::move(logged)),
             .removed = read.row.removed,
             .position = read.row.position});
  }
  return {};
}

Result<void> StateVerification::read_rules(OrgId org, Campaign& campaign) {
  Statement rules = TRY(connection_.prepare(
      "SELECT rule FROM campaign_rule WHERE org = ?1 AND campaign = ?2 ORDER BY position"));
  rules.bind(1, org.number);
  rules.bind(2, campaign.number.number);
  while (TRY(rules.step())) campaign.rules.push_back({rules.u32(0)});
  return {};
}

// A kind that was deleted has no row; all else keeps it.
void StateVerification::tell_missing() {
  for (const auto& [org, replay] : replays_) {
    for (const auto& [name, thing] : replay.things()) {
      const bool gone = thing.removed && name.first == AuditResource::kind;
      if (gone == !seen_.contains({org, name})) continue;
      if (gone) continue;  // compare() has told
      faults_.add(std::string(name_of(name.first)) + " " + name.second + of_org(org) +
                  " is in the log and in no table");
    }
  }
}

Result<void> StateVerification::read_entities() {
  std::map<OrgId, std::size_t> counts;
  Statement row = TRY(connection_.prepare(
      "SELECT org, number, reference, discovered_at, live, position FROM entity"));
  while (TRY(row.step())) {
    const OrgId org{row.u32(0)};
    const EntityNumber number{row.u32(1)};
    const std::string name = "entity " + text_of(number.number) + of_org(org);
    const Replay* const replay = find(org);
    const auto* const known = replay == nullptr ? nullptr : &replay->entities();
    if (known == nullptr || !known->contains(number)) {
      faults_.add(name + " is in no record of the log");
      continue;
    }
    ++counts[org];
    const ReplayedEntity& entity = known->at(number);
    const bool same = entity.reference == row.text(2) &&
                      microseconds_of(entity.discovered_at) == row.integer(3) &&
                      entity.live == (row.integer(4) != 0) && entity.position.number == row.u64(5);
    if (!same) faults_.add(name + " differs from its log");
  }
  for (const auto& [org, replay] : replays_) {
    if (replay.entities().size() == counts[org]) continue;
    faults_.add(text_of(replay.entities().size() - counts[org]) + " entities" + of_org(org) +
                " are in the log and in no table");
  }
  return {};
}

// Compares the entities that have a definition in the table or in the replay.
Result<void> StateVerification::read_definitions(OrgId org, const Replay& replay) {
  std::map<EntityNumber, RowId> positions;
  Statement rows =
      TRY(connection_.prepare("SELECT number, position FROM entity_definition WHERE org = ?1"));
  rows.bind(1, org.number);
  while (TRY(rows.step())) positions[{rows.u32(0)}] = {rows.u64(1)};
  const auto fault = [&](EntityNumber number, const char* what) {
    faults_.add("the definition of entity " + text_of(number.number) + of_org(org) + what);
  };
  for (const auto& [number, entity] : replay.entities()) {
    if (entity.definition && !positions.contains(number)) {
      fault(number, " is in the log and in no table");
    }
  }
  std::vector<EntityNumber> page;
  for (auto place = positions.begin(); place != positions.end();) {
    page.clear();
    for (; place != positions.end() && page.size() < definitions_per_page; ++place) {
      page.push_back(place->first);
    }
    const auto read = TRY(sqlite::read_entities(connection_, org, {.numbers = page, .raw = true}));
    for (const ListedEntity& listed : read) {
      const EntityNumber number = listed.entity.number;
      const auto known = replay.entities().find(number);
      const bool defined = known != replay.entities().end() && known->second.definition;
      if (!defined) {
        fault(number, " is in no record of the log");
      } else if (known->second.definition->position != positions[number] ||
                 known->second.definition->json != written(listed.entity)) {
        fault(number, " differs from its log");
      }
      if (!has_readable_schema(listed.entity.definition)) {
        fault(number, " has a schema that cannot be read: send it again");
      }
    }
  }
  return {};
}

Result<void> StateVerification::read_places(OrgId org, const Replay& replay) {
  std::size_t found = 0;
  Statement rows = TRY(connection_.prepare(
      "SELECT position, record, resource, id FROM log_catalog WHERE org = ?1 ORDER BY position"));
  rows.bind(1, org.number);
  while (TRY(rows.step())) {
    const std::string place = place_text({rows.u64(0)}, {rows.u64(1)}, rows.text(2), rows.text(3));
    if (replay.places().contains(place)) {
      ++found;
    } else {
      faults_.add("log_catalog" + of_org(org) + " has a change that is not there: " + place);
    }
  }
  if (found < replay.places().size()) {
    faults_.add("log_catalog" + of_org(org) + " lacks " + text_of(replay.places().size() - found) +
                " changes of the log");
  }
  return {};
}

}  // namespace

Result<void> verify_state(SqliteConnection& connection, const Replays& replays, Faults& faults) {
  return StateVerification(connection, replays, faults).run();
}

}  // namespace scorekeeper::store::sqlite
