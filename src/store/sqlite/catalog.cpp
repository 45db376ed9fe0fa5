#include "store/sqlite/catalog.h"

#include <bit>
#include <utility>

namespace scorekeeper::store::sqlite {
namespace {

Scorecard scorecard_of(const Statement& row) {
  return Scorecard{.number = {row.u32(1)},
                   .id = std::string(row.text(2)),
                   .name = std::string(row.text(3)),
                   .description = std::string(row.text(4)),
                   .created_at = time_of_microseconds(row.integer(5)),
                   .modified_at = time_of_microseconds(row.integer(6)),
                   .removed = row.integer(7) != 0};
}

std::optional<RowId> position_of(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return RowId{row.u64(column)};
}

Rule rule_of(const Statement& row) {
  return Rule{.number = {row.u32(1)},
              .id = std::string(row.text(2)),
              .scorecard = {row.u32(3)},
              .name = std::string(row.text(4)),
              .description = std::string(row.text(5)),
              .owner = std::string(row.text(6)),
              .scope_query = std::string(row.text(7)),
              .enabled = row.integer(8) != 0,
              .level = static_cast<int>(row.integer(9)),
              .created_at = time_of_microseconds(row.integer(10)),
              .modified_at = time_of_microseconds(row.integer(11)),
              .removed_at_position = position_of(row, 12)};
}

Kind kind_of(const Statement& row) {
  return Kind{.name = std::string(row.text(1)),
              .display_name = std::string(row.text(2)),
              .description = std::string(row.text(3)),
              .created_at = time_of_microseconds(row.integer(4)),
              .modified_at = time_of_microseconds(row.integer(5))};
}

Campaign campaign_of(const Statement& row) {
  Campaign campaign;
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
  if (!row.is_null(11)) campaign.due_date = time_of_microseconds(row.integer(11));
  campaign.created_at = time_of_microseconds(row.integer(12));
  campaign.modified_at = time_of_microseconds(row.integer(13));
  campaign.removed = row.integer(14) != 0;
  return campaign;
}

Result<void> load_campaigns(Connection& connection, std::vector<OrgCatalog>& all) {
  Statement rules = TRY(connection.prepare(
      "SELECT rule FROM campaign_rule WHERE org = ?1 AND campaign = ?2 ORDER BY position"));
  Statement rows = TRY(connection.prepare("SELECT * FROM campaign ORDER BY org, number"));
  while (TRY(rows.step())) {
    Campaign campaign = campaign_of(rows);
    rules.bind(1, rows.integer(0));
    rules.bind(2, campaign.number.number);
    while (TRY(rules.step())) campaign.rules.push_back({rules.u32(0)});
    catalog_of(all, OrgId{rows.u32(0)}).campaigns.push_back(std::move(campaign));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::open(Writer& writer) {
  std::unique_ptr<CatalogWriter> catalog(new CatalogWriter(writer));
  TRY(catalog->prepare());
  return catalog;
}

Result<void> CatalogWriter::prepare() {
  Connection& connection = writer_.connection();
  TRY(entities_.prepare(connection));
  TRY(audit_.prepare(connection));
  put_scorecard_ = TRY(connection.prepare(
      "INSERT INTO scorecard VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (org, number) DO "
      "UPDATE SET id = excluded.id, name = excluded.name, description = excluded.description, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed = excluded.removed"));
  put_rule_ = TRY(connection.prepare(
      "INSERT INTO rule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
      "ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, scorecard = excluded.scorecard, "
      "name = excluded.name, description = excluded.description, owner = excluded.owner, "
      "scope_query = excluded.scope_query, enabled = excluded.enabled, level = excluded.level, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed_at_position = excluded.removed_at_position"));
  put_kind_ = TRY(connection.prepare(
      "INSERT INTO kind VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (org, name) DO UPDATE SET "
      "display_name = excluded.display_name, description = excluded.description, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at"));
  remove_kind_ = TRY(connection.prepare("DELETE FROM kind WHERE org = ?1 AND name = ?2"));
  put_campaign_ = TRY(connection.prepare(
      "INSERT INTO campaign VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
      "ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, key = excluded.key, "
      "name = excluded.name, description = excluded.description, owner_id = excluded.owner_id, "
      "entity_scope = excluded.entity_scope, guidance = excluded.guidance, "
      "status = excluded.status, start_date = excluded.start_date, due_date = excluded.due_date, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed = excluded.removed"));
  remove_campaign_rules_ =
      TRY(connection.prepare("DELETE FROM campaign_rule WHERE org = ?1 AND campaign = ?2"));
  put_campaign_rule_ = TRY(connection.prepare("INSERT INTO campaign_rule VALUES (?1, ?2, ?3, ?4)"));
  return {};
}

Result<void> CatalogWriter::put(OrgId org, const Scorecard& scorecard) {
  put_scorecard_.bind(1, org.number);
  put_scorecard_.bind(2, scorecard.number.number);
  put_scorecard_.bind_text(3, scorecard.id);
  put_scorecard_.bind_text(4, scorecard.name);
  put_scorecard_.bind_text(5, scorecard.description);
  put_scorecard_.bind(6, microseconds_of(scorecard.created_at));
  put_scorecard_.bind(7, microseconds_of(scorecard.modified_at));
  put_scorecard_.bind(8, scorecard.removed ? 1 : 0);
  return put_scorecard_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Rule& rule) {
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
  if (rule.removed_at_position) {
    put_rule_.bind(13, std::bit_cast<std::int64_t>(rule.removed_at_position->number));
  } else {
    put_rule_.bind_null(13);
  }
  return put_rule_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Kind& kind) {
  put_kind_.bind(1, org.number);
  put_kind_.bind_text(2, kind.name);
  put_kind_.bind_text(3, kind.display_name);
  put_kind_.bind_text(4, kind.description);
  put_kind_.bind(5, microseconds_of(kind.created_at));
  put_kind_.bind(6, microseconds_of(kind.modified_at));
  return put_kind_.run();
}

Result<void> CatalogWriter::remove_kind(OrgId org, const std::string& name) {
  remove_kind_.bind(1, org.number);
  remove_kind_.bind_text(2, name);
  return remove_kind_.run();
}

Result<void> CatalogWriter::put(OrgId org, const Campaign& campaign) {
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
  if (campaign.due_date) {
    put_campaign_.bind(12, microseconds_of(*campaign.due_date));
  } else {
    put_campaign_.bind_null(12);
  }
  put_campaign_.bind(13, microseconds_of(campaign.created_at));
  put_campaign_.bind(14, microseconds_of(campaign.modified_at));
  put_campaign_.bind(15, campaign.removed ? 1 : 0);
  TRY(put_campaign_.run());
  remove_campaign_rules_.bind(1, org.number);
  remove_campaign_rules_.bind(2, campaign.number.number);
  TRY(remove_campaign_rules_.run());
  std::int64_t position = 0;
  for (const RuleNumber rule : campaign.rules) {
    put_campaign_rule_.bind(1, org.number);
    put_campaign_rule_.bind(2, campaign.number.number);
    put_campaign_rule_.bind(3, ++position);
    put_campaign_rule_.bind(4, rule.number);
    TRY(put_campaign_rule_.run());
  }
  return {};
}

Result<void> CatalogWriter::put_all(const CatalogRows& change) {
  for (const auto& removed : change.removed_entities) TRY(entities_.remove(change.org, removed));
  for (const auto number : change.removed_definitions) {
    TRY(entities_.remove_definition(change.org, number));
  }
  for (const auto& name : change.removed_kinds) TRY(remove_kind(change.org, name));
  for (const Scorecard& scorecard : change.scorecards) TRY(put(change.org, scorecard));
  for (const Rule& rule : change.rules) TRY(put(change.org, rule));
  TRY(entities_.put(change.entities));
  for (const auto& defined : change.definitions) TRY(entities_.put(change.org, defined));
  for (const Kind& kind : change.kinds) TRY(put(change.org, kind));
  for (const Campaign& campaign : change.campaigns) TRY(put(change.org, campaign));
  for (const AuditEvent& event : change.events) TRY(audit_.put(event));
  return {};
}

Result<void> CatalogWriter::write(const CatalogRows& change) {
  return writer_.transaction([&] { return put_all(change); });
}

Result<std::vector<OrgCatalog>> load_catalog(Connection& connection) {
  std::vector<OrgCatalog> all;
  Statement scorecards = TRY(connection.prepare("SELECT * FROM scorecard ORDER BY org, number"));
  while (TRY(scorecards.step())) {
    catalog_of(all, OrgId{scorecards.u32(0)}).scorecards.push_back(scorecard_of(scorecards));
  }
  Statement rules = TRY(connection.prepare("SELECT * FROM rule ORDER BY org, number"));
  while (TRY(rules.step())) catalog_of(all, OrgId{rules.u32(0)}).rules.push_back(rule_of(rules));
  Statement kinds = TRY(connection.prepare("SELECT * FROM kind ORDER BY org, name"));
  while (TRY(kinds.step())) catalog_of(all, OrgId{kinds.u32(0)}).kinds.push_back(kind_of(kinds));
  TRY(load_campaigns(connection, all));
  return all;
}

}  // namespace scorekeeper::store::sqlite
