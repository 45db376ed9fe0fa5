#include "store/postgres/catalog.h"

#include <optional>
#include <string>
#include <utility>

#include "store/postgres/audit.h"
#include "store/postgres/entity_writer.h"
#include "store/postgres/snapshot.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement put_scorecard{
    "put_scorecard",
    "INSERT INTO scorecard (org, number, id, name, description, created_at, modified_at, position,"
    " removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org, number) DO UPDATE SET"
    " id = excluded.id, name = excluded.name, description = excluded.description,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at,"
    " position = excluded.position, removed = excluded.removed"};
constexpr Statement put_rule{
    "put_rule",
    "INSERT INTO rule (org, number, id, scorecard, name, description, owner, scope_query, enabled,"
    " level, created_at, modified_at, removed_at_position, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, scorecard = excluded.scorecard,"
    " name = excluded.name, description = excluded.description, owner = excluded.owner,"
    " scope_query = excluded.scope_query, enabled = excluded.enabled, level = excluded.level,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at,"
    " removed_at_position = excluded.removed_at_position, position = excluded.position"};
constexpr Statement put_kind{
    "put_kind",
    "INSERT INTO kind (org, name, display_name, description, created_at, modified_at, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (org, name) DO UPDATE SET"
    " display_name = excluded.display_name, description = excluded.description,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at, removed = 0,"
    " position = excluded.position"};
constexpr Statement remove_kind{
    "remove_kind",
    "UPDATE kind SET removed = 1, position = $3 WHERE org = $1 AND name = $2 AND removed = 0"};
constexpr Statement put_campaign{
    "put_campaign",
    "INSERT INTO campaign (org, number, id, key, name, description, owner_id, entity_scope,"
    " guidance, status, start_date, due_date, created_at, modified_at, removed, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    " ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, key = excluded.key,"
    " name = excluded.name, description = excluded.description, owner_id = excluded.owner_id,"
    " entity_scope = excluded.entity_scope, guidance = excluded.guidance,"
    " status = excluded.status, start_date = excluded.start_date, due_date = excluded.due_date,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at,"
    " removed = excluded.removed, position = excluded.position"};
constexpr Statement remove_campaign_rules{
    "remove_campaign_rules", "DELETE FROM campaign_rule WHERE org = $1 AND campaign = $2"};
constexpr Statement put_campaign_rules{
    "put_campaign_rules",
    "INSERT INTO campaign_rule (org, campaign, position, rule)"
    " SELECT $1::integer, $2::integer, r.position, r.rule"
    " FROM unnest($3::integer[]) WITH ORDINALITY AS r(rule, position)"};

std::int64_t stored(OrgId org) { return org.number; }

void put(Connection& connection, OrgId org, const Scorecard& scorecard, RowId position) {
  connection.add(put_scorecard, Parameters()
                                    .add(stored(org))
                                    .add(std::int64_t{scorecard.number.number})
                                    .add(scorecard.id)
                                    .add(scorecard.name)
                                    .add(scorecard.description)
                                    .add(microseconds_of(scorecard.created_at))
                                    .add(microseconds_of(scorecard.modified_at))
                                    .add_bits(position.number)
                                    .add(std::int64_t{scorecard.removed ? 1 : 0}));
}

void put(Connection& connection, OrgId org, const Rule& rule, RowId position) {
  Parameters row;
  row.add(stored(org))
      .add(std::int64_t{rule.number.number})
      .add(rule.id)
      .add(std::int64_t{rule.scorecard.number})
      .add(rule.name)
      .add(rule.description)
      .add(rule.owner)
      .add(rule.scope_query)
      .add(std::int64_t{rule.enabled ? 1 : 0})
      .add(std::int64_t{rule.level})
      .add(microseconds_of(rule.created_at))
      .add(microseconds_of(rule.modified_at));
  if (rule.removed_at_position) {
    row.add_bits(rule.removed_at_position->number);
  } else {
    row.add_null();
  }
  connection.add(put_rule, row.add_bits(position.number));
}

void put(Connection& connection, OrgId org, const Kind& kind, RowId position) {
  connection.add(put_kind, Parameters()
                               .add(stored(org))
                               .add(kind.name)
                               .add(kind.display_name)
                               .add(kind.description)
                               .add(microseconds_of(kind.created_at))
                               .add(microseconds_of(kind.modified_at))
                               .add_bits(position.number));
}

void put(Connection& connection, OrgId org, const Campaign& campaign, RowId position) {
  const std::int64_t number{campaign.number.number};
  std::optional<std::int64_t> due_date;
  if (campaign.due_date) due_date = microseconds_of(*campaign.due_date);
  connection.add(put_campaign, Parameters()
                                   .add(stored(org))
                                   .add(number)
                                   .add(campaign.id)
                                   .add(campaign.key)
                                   .add(campaign.name)
                                   .add(campaign.description)
                                   .add(campaign.owner_id)
                                   .add(campaign.entity_scope)
                                   .add(campaign.guidance)
                                   .add(std::int64_t{std::to_underlying(campaign.status)})
                                   .add(microseconds_of(campaign.start_date))
                                   .add(due_date)
                                   .add(microseconds_of(campaign.created_at))
                                   .add(microseconds_of(campaign.modified_at))
                                   .add(std::int64_t{campaign.removed ? 1 : 0})
                                   .add_bits(position.number));
  connection.add(remove_campaign_rules, Parameters().add(stored(org)).add(number));
  std::vector<std::int32_t> rules;
  rules.reserve(campaign.rules.size());
  for (const RuleNumber rule : campaign.rules) {
    rules.push_back(static_cast<std::int32_t>(rule.number));
  }
  connection.add(put_campaign_rules, Parameters().add(stored(org)).add(number).add_array(rules));
}

// Each org that has a catalog has a head. Ascending.
Result<std::vector<OrgId>> read_orgs(Connection& connection) {
  const Rows rows = TRY(connection.query("SELECT org FROM ledger_head ORDER BY org"));
  std::vector<OrgId> orgs;
  orgs.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) orgs.push_back({rows.u32(row, 0)});
  return orgs;
}

// Calls `read` for each org, in one snapshot.
template <class Read>
Result<void> for_each_org(Connection& connection, const Read& read) {
  return read_at_once(connection, [&]() -> Result<void> {
    for (const OrgId org : TRY(read_orgs(connection))) TRY(read(org));
    return {};
  });
}

}  // namespace

void add_change(Connection& connection, const CatalogRows& change, RowId position,
                std::uint64_t last_event) {
  const OrgId org = change.org;
  add_removals(connection, org, change.removed_entities, position);
  add_removals(connection, org, change.removed_definitions, position);
  for (const std::string& name : change.removed_kinds) {
    connection.add(remove_kind, Parameters().add(stored(org)).add(name).add_bits(position.number));
  }
  for (const Scorecard& scorecard : change.scorecards) put(connection, org, scorecard, position);
  for (const Rule& rule : change.rules) put(connection, org, rule, position);
  add_entities(connection, org, change.entities, position);
  for (const DefinedEntity& defined : change.definitions) {
    add_definition(connection, org, defined, position);
  }
  for (const Kind& kind : change.kinds) put(connection, org, kind, position);
  for (const Campaign& campaign : change.campaigns) put(connection, org, campaign, position);
  for (const AuditEvent& event : change.events) add_event(connection, event, {++last_event});
}

Result<std::vector<OrgCatalog>> load_catalog(Connection& connection) {
  std::vector<OrgCatalog> all;
  const auto read = [&](OrgId org) -> Result<void> {
    OrgCatalog catalog = TRY(read_catalog_tail(connection, org, -1));
    catalog.removed_kinds.clear();
    const bool empty = catalog.scorecards.empty() && catalog.rules.empty() &&
                       catalog.kinds.empty() && catalog.campaigns.empty();
    if (!empty) all.push_back(std::move(catalog));
    return {};
  };
  TRY(for_each_org(connection, read));
  return all;
}

Result<void> load_entities(Connection& connection, const FoldEntity& entity) {
  return for_each_org(connection,
                      [&](OrgId org) { return read_entity_tail(connection, org, -1, entity); });
}

Result<void> load_definitions(Connection& connection, const FoldDefinition& definition) {
  return for_each_org(
      connection, [&](OrgId org) { return read_definition_tail(connection, org, -1, definition); });
}

}  // namespace scorekeeper::store::postgres
