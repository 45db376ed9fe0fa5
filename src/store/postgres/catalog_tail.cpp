// The readers of catalog.h. The rows behind a position are few as a rule: an index by position
// finds them. When they are many, or all, they are read in the order of their numbers, a page at a
// time.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "store/items.h"
#include "store/postgres/catalog.h"

namespace scorekeeper::store::postgres {
namespace {

// $1 is the org, $2 the position.
constexpr Statement tail_scorecards{
    "tail_scorecards",
    "SELECT number, id, name, description, created_at, modified_at, removed FROM scorecard"
    " WHERE org = $1 AND position > $2 ORDER BY number"};
constexpr Statement tail_rules{
    "tail_rules",
    "SELECT number, id, scorecard, name, description, owner, scope_query, enabled, level,"
    " created_at, modified_at, removed_at_position FROM rule"
    " WHERE org = $1 AND position > $2 ORDER BY number"};
constexpr Statement tail_kinds{
    "tail_kinds",
    "SELECT name, display_name, description, created_at, modified_at, removed FROM kind"
    " WHERE org = $1 AND position > $2 ORDER BY name"};
constexpr Statement tail_campaigns{
    "tail_campaigns",
    "SELECT number, id, key, name, description, owner_id, entity_scope, guidance, status,"
    " start_date, due_date, created_at, modified_at, removed FROM campaign"
    " WHERE org = $1 AND position > $2 ORDER BY number"};
constexpr Statement tail_campaign_rules{
    "tail_campaign_rules",
    "SELECT c.number, r.rule FROM campaign AS c JOIN campaign_rule AS r"
    " ON r.org = c.org AND r.campaign = c.number"
    " WHERE c.org = $1 AND c.position > $2 ORDER BY c.number, r.position"};

// The order by position and the limit have the planner take the index, whatever it believes of the
// number of rows. One row more than a page tells that there are more. A page is a range of numbers,
// so that the worst plan reads no more than a page; of the sum there is no index.
constexpr std::int64_t rows_per_page = 10'000;
constexpr Statement tail_entities{
    "tail_entities",
    "SELECT number, kind || ':' || namespace || '/' || name, removed_at_position, live,"
    " NOT EXISTS (SELECT 1 FROM entity_definition AS d WHERE d.org = $1 AND d.number = e.number)"
    " FROM (SELECT * FROM entity WHERE org = $1 AND position > $2 ORDER BY position LIMIT 10001)"
    " AS e ORDER BY number"};
constexpr Statement page_entities{
    "page_entities",
    "SELECT number, kind || ':' || namespace || '/' || name, removed_at_position, live,"
    " NOT EXISTS (SELECT 1 FROM entity_definition AS d WHERE d.org = $1 AND d.number = e.number)"
    " FROM entity AS e"
    " WHERE org = $1 AND position + 0 > $2 AND number > $3 AND number <= $4 ORDER BY number"};
constexpr Statement max_entity{"max_entity",
                               "SELECT coalesce(max(number), 0) FROM entity WHERE org = $1"};
// The systems that the entity of the definition `d` is a component of, by its own relations.
#define SYSTEMS_OF_D                                                                    \
  "coalesce((SELECT string_agg(r.to_entity, chr(31) ORDER BY r.row) FROM relation AS r" \
  " WHERE r.org = d.org AND r.defined_by = d.number AND r.type = 'RelationTypePartsOf'" \
  " AND r.to_entity LIKE 'system:%'"                                                    \
  " AND r.to_entity <> d.kind || ':' || d.namespace || '/' || d.name), '')"
constexpr Statement tail_definitions{
    "tail_definitions",
    "SELECT number, owner, tier, lifecycle, type, languages, tags, " SYSTEMS_OF_D
    " FROM (SELECT * FROM entity_definition WHERE org = $1 AND position > $2 ORDER BY position"
    " LIMIT 10001) AS d ORDER BY number"};
constexpr Statement page_definitions{
    "page_definitions",
    "SELECT number, owner, tier, lifecycle, type, languages, tags, " SYSTEMS_OF_D
    " FROM entity_definition AS d WHERE org = $1 AND position + 0 > $2 AND number > $3 AND number "
    "<= $4 ORDER BY number"};
#undef SYSTEMS_OF_D
constexpr Statement max_definition{
    "max_definition", "SELECT coalesce(max(number), 0) FROM entity_definition WHERE org = $1"};

struct TailStatements {
  const Statement& tail;
  const Statement& page;
  const Statement& max;
};

// Calls `take(rows, row)` for each row behind `since`, ascending by number.
template <class Take>
Result<void> read_tail(Connection& connection, OrgId org, std::int64_t since,
                       const TailStatements& statements, const Take& take) {
  const auto take_all = [&](const Rows& rows) {
    for (int row = 0; row < rows.size(); ++row) take(rows, row);
  };
  const Parameters where = Parameters().add(std::int64_t{org.number}).add(since);
  if (since >= 0) {
    const Rows rows = TRY(connection.run(statements.tail, where));
    if (rows.size() <= rows_per_page) {
      take_all(rows);
      return {};
    }
  }
  const Rows max = TRY(connection.run(statements.max, Parameters().add(std::int64_t{org.number})));
  for (std::int64_t from = 0; from < max.integer(0, 0); from += rows_per_page) {
    take_all(TRY(
        connection.run(statements.page, Parameters(where).add(from).add(from + rows_per_page))));
  }
  return {};
}

Time time_in(const Rows& rows, int row, int column) {
  return time_of_microseconds(rows.integer(row, column));
}
std::string text_in(const Rows& rows, int row, int column) {
  return std::string(rows.text(row, column));
}
std::optional<RowId> position_in(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return RowId{rows.u64(row, column)};
}

Scorecard scorecard_of(const Rows& rows, int row) {
  return {.number = {rows.u32(row, 0)},
          .id = text_in(rows, row, 1),
          .name = text_in(rows, row, 2),
          .description = text_in(rows, row, 3),
          .created_at = time_in(rows, row, 4),
          .modified_at = time_in(rows, row, 5),
          .removed = rows.integer(row, 6) != 0};
}

Rule rule_of(const Rows& rows, int row) {
  return {.number = {rows.u32(row, 0)},
          .id = text_in(rows, row, 1),
          .scorecard = {rows.u32(row, 2)},
          .name = text_in(rows, row, 3),
          .description = text_in(rows, row, 4),
          .owner = text_in(rows, row, 5),
          .scope_query = text_in(rows, row, 6),
          .enabled = rows.integer(row, 7) != 0,
          .level = static_cast<int>(rows.integer(row, 8)),
          .created_at = time_in(rows, row, 9),
          .modified_at = time_in(rows, row, 10),
          .removed_at_position = position_in(rows, row, 11)};
}

Kind kind_of(const Rows& rows, int row) {
  return {.name = text_in(rows, row, 0),
          .display_name = text_in(rows, row, 1),
          .description = text_in(rows, row, 2),
          .created_at = time_in(rows, row, 3),
          .modified_at = time_in(rows, row, 4)};
}

Campaign campaign_of(const Rows& rows, int row) {
  Campaign campaign{.number = {rows.u32(row, 0)},
                    .id = text_in(rows, row, 1),
                    .key = text_in(rows, row, 2),
                    .name = text_in(rows, row, 3),
                    .description = text_in(rows, row, 4),
                    .owner_id = text_in(rows, row, 5),
                    .entity_scope = text_in(rows, row, 6),
                    .guidance = text_in(rows, row, 7),
                    .rules = {},
                    .status = static_cast<CampaignStatus>(rows.integer(row, 8)),
                    .start_date = time_in(rows, row, 9),
                    .due_date = std::nullopt,
                    .created_at = time_in(rows, row, 11),
                    .modified_at = time_in(rows, row, 12),
                    .removed = rows.integer(row, 13) != 0};
  if (!rows.is_null(row, 10)) campaign.due_date = time_in(rows, row, 10);
  return campaign;
}

// Both are in the order of the campaigns' numbers.
std::vector<Campaign> campaigns_of(const Rows& rows, const Rows& rules) {
  std::vector<Campaign> campaigns;
  int rule = 0;
  for (int row = 0; row < rows.size(); ++row) {
    campaigns.push_back(campaign_of(rows, row));
    for (; rule < rules.size() && rules.u32(rule, 0) == rows.u32(row, 0); ++rule) {
      campaigns.back().rules.push_back({rules.u32(rule, 1)});
    }
  }
  return campaigns;
}

}  // namespace

Result<OrgCatalog> read_catalog_tail(Connection& connection, OrgId org, std::int64_t since) {
  const Parameters where = Parameters().add(std::int64_t{org.number}).add(since);
  connection.begin_batch();
  for (const Statement* statement :
       {&tail_scorecards, &tail_rules, &tail_kinds, &tail_campaigns, &tail_campaign_rules}) {
    connection.add(*statement, where);
  }
  const std::vector<Rows> found = TRY(connection.finish_batch());
  OrgCatalog catalog{.org = org, .scorecards = {}, .rules = {}, .kinds = {}, .campaigns = {}};
  for (int row = 0; row < found[0].size(); ++row) {
    catalog.scorecards.push_back(scorecard_of(found[0], row));
  }
  for (int row = 0; row < found[1].size(); ++row) catalog.rules.push_back(rule_of(found[1], row));
  for (int row = 0; row < found[2].size(); ++row) {
    if (found[2].integer(row, 5) == 0) {
      catalog.kinds.push_back(kind_of(found[2], row));
    } else {
      catalog.removed_kinds.push_back(text_in(found[2], row, 0));
    }
  }
  catalog.campaigns = campaigns_of(found[3], found[4]);
  return catalog;
}

Result<void> read_entity_tail(Connection& connection, OrgId org, std::int64_t since,
                              const FoldEntity& entity) {
  const TailStatements statements{.tail = tail_entities, .page = page_entities, .max = max_entity};
  return read_tail(connection, org, since, statements, [&](const Rows& rows, int row) {
    entity({.org = org,
            .number = {rows.u32(row, 0)},
            .reference = rows.text(row, 1),
            .removed_at_position = position_in(rows, row, 2),
            .live = rows.integer(row, 3) != 0,
            .undefined = rows.text(row, 4) == "t"});
  });
}

Result<void> read_definition_tail(Connection& connection, OrgId org, std::int64_t since,
                                  const FoldDefinition& definition) {
  const TailStatements statements{
      .tail = tail_definitions, .page = page_definitions, .max = max_definition};
  return read_tail(connection, org, since, statements, [&](const Rows& rows, int row) {
    definition(org, {rows.u32(row, 0)},
               EntityAttributes{.owner = text_in(rows, row, 1),
                                .tier = text_in(rows, row, 2),
                                .lifecycle = text_in(rows, row, 3),
                                .type = text_in(rows, row, 4),
                                .languages = split_items(rows.text(row, 5)),
                                .tags = split_items(rows.text(row, 6)),
                                .systems = split_systems(rows.text(row, 7))});
  });
}

}  // namespace scorekeeper::store::postgres
