#include <set>
#include <string>
#include <vector>

#include "store/sqlite/entity_reader.h"
#include "store/sqlite/keys.h"
#include "store/sqlite/tools/verify_parts.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::size_t definitions_per_page = 500;

std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::string of_org(OrgId org) { return " of org " + text_of(org.number); }

// Compares rows with what the replays have; at the end tells what has no row.
class StateVerification {
 public:
  StateVerification(Connection& connection, const Replays& replays, Faults& faults)
      : connection_(connection), replays_(replays), faults_(faults) {}

  Result<void> run() {
    TRY(read_orgs_and_keys());
    TRY(read_scorecards());
    TRY(read_rules());
    TRY(read_kinds());
    TRY(read_campaigns());
    tell_missing();
    TRY(read_entities());
    for (const auto& [org, replay] : replays_) {
      TRY(read_definitions(org, replay));
      TRY(read_places(org, replay));
    }
    return {};
  }

 private:
  Result<void> read_orgs_and_keys();
  Result<void> read_scorecards();
  Result<void> read_rules();
  Result<void> read_kinds();
  Result<void> read_campaigns();
  Result<void> read_entities();
  Result<void> read_definitions(OrgId org, const Replay& replay);
  Result<void> read_places(OrgId org, const Replay& replay);
  void tell_missing();

  const Replay* find(OrgId org) const {
    const auto found = replays_.find(org);
    return found == replays_.end() ? nullptr : &found->second;
  }

  void compare(OrgId org, AuditResource resource, const std::string& id, ReplayedThing row) {
    const std::string name = std::string(name_of(resource)) + " " + id + of_org(org);
    const ThingName key(resource, id);
    seen_.insert({org, key});
    const Replay* const replay = find(org);
    if (replay == nullptr || !replay->things().contains(key)) {
      faults_.add(name + " is in no record of the log");
    } else if (replay->things().at(key) != row) {
      faults_.add(name + " differs from its log");
    }
  }

  Connection& connection_;
  const Replays& replays_;
  Faults& faults_;
  std::set<std::pair<OrgId, ThingName>> seen_;
};

// The rows with their positions: load_keys() has no positions.
Result<void> StateVerification::read_orgs_and_keys() {
  const auto keys = load_keys(connection_);
  if (!keys) {
    faults_.add("the keys cannot be read: " + keys.error().detail);
    return {};
  }
  std::map<std::string, RowId> positions;
  Statement rows = TRY(connection_.prepare(
      "SELECT 'org' || id, position FROM org UNION ALL SELECT 'key' || id, position FROM key"));
  while (TRY(rows.step())) positions[std::string(rows.text(0))] = {rows.u64(1)};
  for (const Org& org : keys->orgs) {
    const std::string id = text_of(org.id.number);
    compare(org.id, AuditResource::org, id,
            {.json = written(org), .removed = false, .position = positions["org" + id]});
  }
  for (const Key& key : keys->keys) {
    const std::string id = text_of(key.id.number);
    compare(key.org, is_token(key.kind) ? AuditResource::token : AuditResource::key, id,
            {.json = written(key), .removed = false, .position = positions["key" + id]});
  }
  return {};
}

Result<void> StateVerification::read_scorecards() {
  Statement row = TRY(connection_.prepare(
      "SELECT org, number, id, name, description, created_at, modified_at, removed, position"
      " FROM scorecard"));
  while (TRY(row.step())) {
    const Scorecard scorecard{.number = {row.u32(1)},
                              .id = std::string(row.text(2)),
                              .name = std::string(row.text(3)),
                              .description = std::string(row.text(4)),
                              .created_at = time_of_microseconds(row.integer(5)),
                              .modified_at = time_of_microseconds(row.integer(6))};
    compare({row.u32(0)}, AuditResource::scorecard, scorecard.id,
            {.json = written(scorecard), .removed = row.integer(7) != 0, .position = {row.u64(8)}});
  }
  return {};
}

Result<void> StateVerification::read_rules() {
  Statement row = TRY(connection_.prepare(
      "SELECT org, number, id, scorecard, name, description, owner, scope_query, enabled, level,"
      " created_at, modified_at, removed, position FROM rule"));
  while (TRY(row.step())) {
    CatalogRule one;
    one.rule.number = {row.u32(1)};
    one.rule.id = row.text(2);
    one.rule.scorecard = {row.u32(3)};
    one.rule.name = row.text(4);
    one.rule.description = row.text(5);
    one.rule.owner = row.text(6);
    one.rule.scope_query = row.text(7);
    one.rule.enabled = row.integer(8) != 0;
    one.rule.level = static_cast<int>(row.integer(9));
    one.rule.created_at = time_of_microseconds(row.integer(10));
    one.rule.modified_at = time_of_microseconds(row.integer(11));
    compare({row.u32(0)}, AuditResource::rule, one.rule.id,
            {.json = written(one), .removed = row.integer(12) != 0, .position = {row.u64(13)}});
  }
  return {};
}

Result<void> StateVerification::read_kinds() {
  Statement row = TRY(connection_.prepare(
      "SELECT org, name, display_name, description, created_at, modified_at, position FROM kind"));
  while (TRY(row.step())) {
    const Kind kind{.name = std::string(row.text(1)),
                    .display_name = std::string(row.text(2)),
                    .description = std::string(row.text(3)),
                    .created_at = time_of_microseconds(row.integer(4)),
                    .modified_at = time_of_microseconds(row.integer(5))};
    compare({row.u32(0)}, AuditResource::kind, kind.name,
            {.json = written(kind), .removed = false, .position = {row.u64(6)}});
  }
  return {};
}

Result<void> StateVerification::read_campaigns() {
  Statement rules = TRY(connection_.prepare(
      "SELECT rule FROM campaign_rule WHERE org = ?1 AND campaign = ?2 ORDER BY position"));
  Statement row = TRY(connection_.prepare(
      "SELECT org, number, id, key, name, description, owner_id, entity_scope, guidance, status,"
      " start_date, due_date, created_at, modified_at, removed, position FROM campaign"));
  while (TRY(row.step())) {
    CatalogCampaign one;
    Campaign& campaign = one.campaign;
    campaign.number = {row.u32(1)};
    campaign.id = row.text(2);
    campaign.key = row.text(3);
    campaign.name = row.text(4);
    campaign.description = row.text(5);
    campaign.owner_id = row.text(6);
    campaign.entity_scope = row.text(7);
    campaign.guidance = row.text(8);
    campaign.status = static_cast<CampaignStatus>(row.integer(9));
    campaign.start_date = time_of_microseconds(row.integer(10));
    campaign.due_date = row.time(11);
    campaign.created_at = time_of_microseconds(row.integer(12));
    campaign.modified_at = time_of_microseconds(row.integer(13));
    rules.bind(1, row.integer(0));
    rules.bind(2, campaign.number.number);
    while (TRY(rules.step())) campaign.rules.push_back({rules.u32(0)});
    compare({row.u32(0)}, AuditResource::campaign, campaign.id,
            {.json = written(one), .removed = row.integer(14) != 0, .position = {row.u64(15)}});
  }
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

Result<void> verify_state(Connection& connection, const Replays& replays, Faults& faults) {
  return StateVerification(connection, replays, faults).run();
}

}  // namespace scorekeeper::store::sqlite
