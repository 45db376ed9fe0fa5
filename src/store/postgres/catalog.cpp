#include "store/postgres/catalog.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "store/postgres/entity_writer.h"

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
    " level, created_at, modified_at, removed, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, scorecard = excluded.scorecard,"
    " name = excluded.name, description = excluded.description, owner = excluded.owner,"
    " scope_query = excluded.scope_query, enabled = excluded.enabled, level = excluded.level,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at,"
    " removed = excluded.removed, position = excluded.position"};
constexpr Statement put_kind{
    "put_kind",
    "INSERT INTO kind (org, name, display_name, description, created_at, modified_at, position)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (org, name) DO UPDATE SET"
    " display_name = excluded.display_name, description = excluded.description,"
    " created_at = excluded.created_at, modified_at = excluded.modified_at,"
    " position = excluded.position"};
constexpr Statement remove_kind{"remove_kind", "DELETE FROM kind WHERE org = $1 AND name = $2"};
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

constexpr Statement put_org{
    "put_org",
    "INSERT INTO org (id, name, created_at, position) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, position = excluded.position"};
constexpr Statement put_key{
    "put_key",
    "INSERT INTO key (id, org, kind, name, owner, hash, scopes, created_at, expires_at, revoked_at,"
    " position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, owner = excluded.owner,"
    " scopes = excluded.scopes, expires_at = excluded.expires_at,"
    " revoked_at = excluded.revoked_at, position = excluded.position"};

std::optional<std::int64_t> stored(const std::optional<Time>& time) {
  if (!time) return std::nullopt;
  return microseconds_of(*time);
}
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

struct RuleRow {
  bool removed = false;
  RowId position;
};
void put(Connection& connection, OrgId org, const Rule& rule, const RuleRow& stands) {
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
      .add(microseconds_of(rule.modified_at))
      .add(std::int64_t{stands.removed ? 1 : 0})
      .add_bits(stands.position.number);
  connection.add(put_rule, row);
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
                                   .add(stored(campaign.due_date))
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

// A deleted thing stays where others refer to its number.
void add(Connection& connection, OrgId org, const Changed<Scorecard>& change, RowId position) {
  Scorecard scorecard = change.after ? *change.after : *change.before;
  scorecard.removed = !change.after;
  put(connection, org, scorecard, position);
}

void add(Connection& connection, OrgId org, const Changed<CatalogRule>& change, RowId position) {
  const Rule& rule = change.after ? change.after->rule : change.before->rule;
  put(connection, org, rule, {.removed = !change.after, .position = position});
}

void add(Connection& connection, OrgId org, const Changed<Kind>& change, RowId position) {
  if (change.after) {
    put(connection, org, *change.after, position);
  } else {
    connection.add(remove_kind, Parameters().add(stored(org)).add(change.before->name));
  }
}

void add(Connection& connection, OrgId org, const Changed<CatalogCampaign>& change,
         RowId position) {
  Campaign campaign = change.after ? change.after->campaign : change.before->campaign;
  campaign.removed = !change.after;
  put(connection, org, campaign, position);
}

void add(Connection& connection, OrgId org, const Changed<CatalogEntity>& change, RowId position) {
  if (!change.after) return;  // add_removals()
  const CatalogEntity& entity = *change.after;
  if (entity.discovered_at) {
    const NewEntity found{.org = org,
                          .number = entity.number,
                          .reference = entity.reference,
                          .discovered_at = *entity.discovered_at,
                          .position = position};
    add_entities(connection, std::span(&found, 1));
  }
  if (entity.definition) add_definition(connection, org, *entity.definition, position);
}

// Neither orgs nor keys are ever deleted.
void add(Connection& connection, OrgId /*org*/, const Changed<Org>& change, RowId position) {
  const Org& org = *change.after;
  connection.add(put_org, Parameters()
                              .add(stored(org.id))
                              .add(org.name)
                              .add(microseconds_of(org.created_at))
                              .add_bits(position.number));
}

void add(Connection& connection, OrgId /*org*/, const Changed<Key>& change, RowId position) {
  const Key& key = *change.after;
  connection.add(put_key, Parameters()
                              .add(std::int64_t{key.id.number})
                              .add(stored(key.org))
                              .add(name_of(key.kind))
                              .add(key.name)
                              .add(key.owner)
                              .add_bytes(key.hash)
                              .add(write_scopes(key.scopes))
                              .add(microseconds_of(key.created_at))
                              .add(stored(key.expires_at))
                              .add(stored(key.revoked_at))
                              .add_bits(position.number));
}

// Removals come before the rest, since one change may remove and put things of the same name.
void add_removals(Connection& connection, const CatalogChange& change,
                  std::span<const ChangePlace> places) {
  std::vector<RemovedEntity> entities;
  std::vector<EntityNumber> definitions;
  for (std::size_t n = 0; n < places.size(); ++n) {
    const auto* const entity = std::get_if<Changed<CatalogEntity>>(&change.changes[n]);
    if (entity != nullptr && !entity->after) {
      entities.push_back({.number = entity->before->number, .position = places[n].position});
    } else if (entity != nullptr && entity->before && entity->before->definition &&
               !entity->after->definition) {
      definitions.push_back(entity->after->number);
    }
  }
  add_entity_removals(connection, change.org, entities);
  add_definition_removals(connection, change.org, definitions);
}

}  // namespace

void add_change(Connection& connection, const CatalogChange& change,
                std::span<const ChangePlace> places) {
  ASSERT(places.size() == change.changes.size());
  add_removals(connection, change, places);
  for (std::size_t n = 0; n < places.size(); ++n) {
    std::visit([&](const auto& typed) { add(connection, change.org, typed, places[n].position); },
               change.changes[n]);
  }
}

}  // namespace scorekeeper::store::postgres
