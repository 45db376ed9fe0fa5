#include "store/sqlite/catalog_writer.h"

namespace scorekeeper::store::sqlite {
namespace {

// Calls `act` with each element, up to the first Error.
template <class Tuple, class Act>
Result<void> for_each(Tuple& tuple, const Act& act) {
  Result<void> done;
  const auto take = [&](auto& element) {
    done = act(element);
    return static_cast<bool>(done);
  };
  std::apply([&](auto&... element) { (void)(take(element) && ...); }, tuple);
  return done;
}

}  // namespace

Result<void> CatalogWriter::prepare(SqliteConnection& connection) {
  TRY(entities_.prepare(connection));
  TRY(places_.prepare(connection, ""));
  TRY(for_each(things_, [&](auto& writer) { return writer.prepare_to_replace(connection); }));
  TRY(campaign_rules_.prepare(connection, ""));
  remove_kind_ = TRY(connection.prepare("DELETE FROM kind WHERE org = ?1 AND name = ?2"));
  remove_campaign_rules_ =
      TRY(connection.prepare("DELETE FROM campaign_rule WHERE org = ?1 AND campaign = ?2"));
  return {};
}

Result<void> CatalogWriter::remove(OrgId org, const CatalogRows& rows) {
  for (const EntityNumber number : rows.removed_definitions) {
    TRY(entities_.remove_definition(org, number));
  }
  for (const RemovedEntity& entity : rows.removed_entities) {
    TRY(entities_.remove(org, entity));
  }
  for (const std::string_view name : rows.removed_kinds) {
    remove_kind_.bind(1, org.number);
    remove_kind_.bind_text(2, name);
    TRY(remove_kind_.run());
  }
  for (const CampaignNumber campaign : rows.campaigns) {
    remove_campaign_rules_.bind(1, org.number);
    remove_campaign_rules_.bind(2, campaign.number);
    TRY(remove_campaign_rules_.run());
  }
  return {};
}

Result<void> CatalogWriter::put(const CatalogChange& change, std::span<const LogRecord> records) {
  const CatalogRows rows(change, places_of(change, records));
  TRY(places_.put(rows.places));
  TRY(remove(change.org, rows));
  TRY(for_each(rows.things, [&]<class Row>(const std::vector<Row>& of_thing) {
    return std::get<RowWriter<Row>>(things_).put(of_thing);
  }));
  TRY(campaign_rules_.put(rows.campaign_rules));
  TRY(entities_.put(rows.entities));
  for (const auto& definition : rows.definitions) TRY(entities_.put(definition));
  return {};
}

}  // namespace scorekeeper::store::sqlite
