#include "store/sqlite/catalog_writer.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"

namespace scorekeeper::store::sqlite {
namespace {

void bind_time(Statement& statement, int index, const std::optional<Time>& time) {
  if (time) {
    statement.bind(index, microseconds_of(*time));
  } else {
    statement.bind_null(index);
  }
}

}  // namespace

Result<void> CatalogWriter::prepare(Connection& connection) {
  TRY(entities_.prepare(connection));
  put_place_ = TRY(connection.prepare(
      "INSERT INTO log_catalog (org, position, record, resource, id) VALUES (?1, ?2, ?3, ?4, ?5)"));
  put_scorecard_ = TRY(connection.prepare(
      "INSERT INTO scorecard VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (org, number)"
      " DO UPDATE SET id = excluded.id, name = excluded.name, description = excluded.description,"
      " created_at = excluded.created_at, modified_at = excluded.modified_at,"
      " removed = excluded.removed, position = excluded.position"));
  put_rule_ = TRY(connection.prepare(
      "INSERT INTO rule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "
      "ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, scorecard = excluded.scorecard, "
      "name = excluded.name, description = excluded.description, owner = excluded.owner, "
      "scope_query = excluded.scope_query, enabled = excluded.enabled, level = excluded.level, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed = excluded.removed, position = excluded.position"));
  put_kind_ = TRY(connection.prepare(
      "INSERT INTO kind VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (org, name) DO UPDATE SET "
      "display_name = excluded.display_name, description = excluded.description, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "position = excluded.position"));
  remove_kind_ = TRY(connection.prepare("DELETE FROM kind WHERE org = ?1 AND name = ?2"));
  put_campaign_ = TRY(connection.prepare(
      "INSERT INTO campaign VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
      "ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, key = excluded.key, "
      "name = excluded.name, description = excluded.description, owner_id = excluded.owner_id, "
      "entity_scope = excluded.entity_scope, guidance = excluded.guidance, "
      "status = excluded.status, start_date = excluded.start_date, due_date = excluded.due_date, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed = excluded.removed, position = excluded.position"));
  remove_campaign_rules_ =
      TRY(connection.prepare("DELETE FROM campaign_rule WHERE org = ?1 AND campaign = ?2"));
  put_campaign_rule_ = TRY(connection.prepare("INSERT INTO campaign_rule VALUES (?1, ?2, ?3, ?4)"));
  put_org_ = TRY(connection.prepare("INSERT INTO org VALUES (?1, ?2, ?3, ?4)"));
  put_key_ =
      TRY(connection.prepare("INSERT INTO key VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                             " ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at,"
                             " position = excluded.position"));
  return {};
}

Result<void> CatalogWriter::put(OrgId org, const Scorecard& scorecard, RowId position) {
  put_scorecard_.bind(1, org.number);
  put_scorecard_.bind(2, scorecard.number.number);
  put_scorecard_.bind_text(3, scorecard.id);
  put_scorecard_.bind_text(4, scorecard.name);
  put_scorecard_.bind_text(5, scorecard.description);
  put_scorecard_.bind(6, microseconds_of(scorecard.created_at));
  put_scorecard_.bind(7, microseconds_of(scorecard.modified_at));
  put_scorecard_.bind(8, scorecard.removed ? 1 : 0);
  put_scorecard_.bind_bits(9, position.number);
  return put_scorecard_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Kind& kind, RowId position) {
  put_kind_.bind(1, org.number);
  put_kind_.bind_text(2, kind.name);
  put_kind_.bind_text(3, kind.display_name);
  put_kind_.bind_text(4, kind.description);
  put_kind_.bind(5, microseconds_of(kind.created_at));
  put_kind_.bind(6, microseconds_of(kind.modified_at));
  put_kind_.bind_bits(7, position.number);
  return put_kind_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Campaign& campaign, RowId position) {
  put_campaign_.bind(1, org.number);
  put_campaign_.bind(2, campaign.number.number);
  put_campaign_.bind_text(3, campaign.id);
  put_campaign_.bind_text(4, campaign.key);
  put_campaign_.bind_text(5, campaign.name);
  put_campaign_.bind_text(6, campaign.description);
  put_campaign_.bind_text(7, campaign.owner_id);
  put_campaign_.bind_text(8, campaign.entity_scope);
  put_campaign_.bind_text(9, campaign.guidance);
  put_campaign_.bind(10, std::to_underlying(campaign.status));
  put_campaign_.bind(11, microseconds_of(campaign.start_date));
  bind_time(put_campaign_, 12, campaign.due_date);
  put_campaign_.bind(13, microseconds_of(campaign.created_at));
  put_campaign_.bind(14, microseconds_of(campaign.modified_at));
  put_campaign_.bind(15, campaign.removed ? 1 : 0);
  put_campaign_.bind_bits(16, position.number);
  TRY(put_campaign_.run());
  remove_campaign_rules_.bind(1, org.number);
  remove_campaign_rules_.bind(2, campaign.number.number);
  TRY(remove_campaign_rules_.run());
  std::int64_t place = 0;
  for (const RuleNumber rule : campaign.rules) {
    put_campaign_rule_.bind(1, org.number);
    put_campaign_rule_.bind(2, campaign.number.number);
    put_campaign_rule_.bind(3, ++place);
    put_campaign_rule_.bind(4, rule.number);
    TRY(put_campaign_rule_.run());
  }
  return {};
}

// A deleted thing stays where others refer to its number.
Result<void> CatalogWriter::put(OrgId org, const Changed<Scorecard>& change, RowId position) {
  Scorecard scorecard = change.after ? *change.after : *change.before;
  scorecard.removed = !change.after;
  return put(org, scorecard, position);
}

Result<void> CatalogWriter::put(OrgId org, const Changed<CatalogRule>& change, RowId position) {
  const Rule& rule = change.after ? change.after->rule : change.before->rule;
  put_rule_.bind(1, org.number);
  put_rule_.bind(2, rule.number.number);
  put_rule_.bind_text(3, rule.id);
  put_rule_.bind(4, rule.scorecard.number);
  put_rule_.bind_text(5, rule.name);
  put_rule_.bind_text(6, rule.description);
  put_rule_.bind_text(7, rule.owner);
  put_rule_.bind_text(8, rule.scope_query);
  put_rule_.bind(9, rule.enabled ? 1 : 0);
  put_rule_.bind(10, rule.level);
  put_rule_.bind(11, microseconds_of(rule.created_at));
  put_rule_.bind(12, microseconds_of(rule.modified_at));
  put_rule_.bind(13, change.after ? 0 : 1);
  put_rule_.bind_bits(14, position.number);
  return put_rule_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Changed<CatalogEntity>& change, RowId position) {
  if (!change.after) return {};  // remove()
  const CatalogEntity& entity = *change.after;
  if (entity.discovered_at) {
    const NewEntity found{.org = org,
                          .number = entity.number,
                          .reference = entity.reference,
                          .discovered_at = *entity.discovered_at,
                          .position = position};
    TRY(entities_.put(std::span(&found, 1)));
  }
  if (!entity.definition) return {};
  return entities_.put(org, *entity.definition, position);
}

Result<void> CatalogWriter::put(OrgId org, const Changed<Kind>& change, RowId position) {
  if (change.after) return put(org, *change.after, position);
  remove_kind_.bind(1, org.number);
  remove_kind_.bind_text(2, change.before->name);
  return remove_kind_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Changed<CatalogCampaign>& change, RowId position) {
  Campaign campaign = change.after ? change.after->campaign : change.before->campaign;
  campaign.removed = !change.after;
  return put(org, campaign, position);
}

// There is no command that renames or deletes one.
Result<void> CatalogWriter::put(OrgId org, const Changed<Org>& change, RowId position) {
  ASSERT(!change.before && change.after);
  put_org_.bind(1, org.number);
  put_org_.bind_text(2, change.after->name);
  put_org_.bind(3, microseconds_of(change.after->created_at));
  put_org_.bind_bits(4, position.number);
  return put_org_.run();
}

// A key that is there is revoked; nothing else of it changes.
Result<void> CatalogWriter::put(OrgId org, const Changed<Key>& change, RowId position) {
  ASSERT(change.after.has_value());
  const Key& key = *change.after;
  const std::string scopes = write_scopes(key.scopes);
  put_key_.bind(1, key.id.number);
  put_key_.bind(2, org.number);
  put_key_.bind_text(3, name_of(key.kind));
  put_key_.bind_text(4, key.name);
  put_key_.bind_text(5, key.owner);
  put_key_.bind_blob(6, key.hash);
  put_key_.bind_text(7, scopes);
  put_key_.bind(8, microseconds_of(key.created_at));
  bind_time(put_key_, 9, key.expires_at);
  bind_time(put_key_, 10, key.revoked_at);
  put_key_.bind_bits(11, position.number);
  return put_key_.run();
}

Result<void> CatalogWriter::remove(OrgId org, const Changed<CatalogEntity>& change,
                                   RowId position) {
  if (!change.after) return entities_.remove(org, change.before->number, position);
  if (!change.after->definition) return entities_.remove_definition(org, change.after->number);
  return {};
}

Result<void> CatalogWriter::put(OrgId org, const ResourceName& name, const ChangePlace& place) {
  put_place_.bind(1, org.number);
  put_place_.bind_bits(2, place.position.number);
  put_place_.bind_bits(3, place.record.number);
  put_place_.bind_text(4, name_of(name.resource));
  put_place_.bind_text(5, name.id);
  return put_place_.run();
}

// Removals come first: what one change removes and puts is there after it, and its names may be the
// same.
Result<void> CatalogWriter::put(const CatalogChange& change, std::span<const LogRecord> records) {
  const std::vector<ChangePlace> places = places_of(change, records);
  for (std::size_t n = 0; n < places.size(); ++n) {
    TRY(put(change.org, name_of(change.changes[n]), places[n]));
    const auto* const entity = std::get_if<Changed<CatalogEntity>>(&change.changes[n]);
    if (entity != nullptr) TRY(remove(change.org, *entity, places[n].position));
  }
  for (std::size_t n = 0; n < places.size(); ++n) {
    TRY(std::visit([&](const auto& one) { return put(change.org, one, places[n].position); },
                   change.changes[n]));
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
