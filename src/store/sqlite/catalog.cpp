#include "store/sqlite/catalog.h"

#include <bit>

namespace scorekeeper::store::sqlite {
namespace {

Scorecard scorecard_of(const Statement& row) {
  return Scorecard{.number = {row.u32(1)},
                   .id = std::string(row.text(2)),
                   .name = std::string(row.text(3)),
                   .description = std::string(row.text(4)),
                   .created_at = time_of_microseconds(row.integer(5)),
                   .modified_at = time_of_microseconds(row.integer(6))};
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

// Rows come by org; each org gets one element.
OrgRules& org_rules_of(std::vector<OrgRules>& all, OrgId org) {
  for (OrgRules& rules : all) {
    if (rules.org == org) return rules;
  }
  all.push_back(OrgRules{.org = org, .scorecards = {}, .rules = {}});
  return all.back();
}

}  // namespace

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::open(Writer& writer) {
  std::unique_ptr<CatalogWriter> catalog(new CatalogWriter(writer));
  catalog->put_scorecard_ = TRY(writer.connection().prepare(
      "INSERT INTO scorecard VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (org, number) DO "
      "UPDATE "
      "SET id = excluded.id, name = excluded.name, description = excluded.description, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at"));
  catalog->put_rule_ = TRY(writer.connection().prepare(
      "INSERT INTO rule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
      "ON CONFLICT (org, number) DO UPDATE SET id = excluded.id, scorecard = excluded.scorecard, "
      "name = excluded.name, description = excluded.description, owner = excluded.owner, "
      "scope_query = excluded.scope_query, enabled = excluded.enabled, level = excluded.level, "
      "created_at = excluded.created_at, modified_at = excluded.modified_at, "
      "removed_at_position = excluded.removed_at_position"));
  return catalog;
}

Result<void> CatalogWriter::put(OrgId org, const Scorecard& scorecard) {
  put_scorecard_.bind(1, org.number);
  put_scorecard_.bind(2, scorecard.number.number);
  put_scorecard_.bind_text(3, scorecard.id);
  put_scorecard_.bind_text(4, scorecard.name);
  put_scorecard_.bind_text(5, scorecard.description);
  put_scorecard_.bind(6, microseconds_of(scorecard.created_at));
  put_scorecard_.bind(7, microseconds_of(scorecard.modified_at));
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

Result<void> CatalogWriter::write(const CatalogChange& change) {
  return writer_.transaction([&]() -> Result<void> {
    for (const Scorecard& scorecard : change.scorecards) TRY(put(change.org, scorecard));
    for (const Rule& rule : change.rules) TRY(put(change.org, rule));
    return {};
  });
}

Result<std::vector<OrgRules>> load_rules(Connection& connection) {
  std::vector<OrgRules> all;
  Statement scorecards = TRY(connection.prepare("SELECT * FROM scorecard ORDER BY org, number"));
  while (TRY(scorecards.step())) {
    org_rules_of(all, OrgId{scorecards.u32(0)}).scorecards.push_back(scorecard_of(scorecards));
  }
  Statement rules = TRY(connection.prepare("SELECT * FROM rule ORDER BY org, number"));
  while (TRY(rules.step())) {
    org_rules_of(all, OrgId{rules.u32(0)}).rules.push_back(rule_of(rules));
  }
  return all;
}

Result<void> load_entities(Connection& connection, const FoldEntity& entity) {
  Statement rows = TRY(connection.prepare(
      "SELECT org, number, reference, removed_at_position FROM entity ORDER BY org, number"));
  while (TRY(rows.step())) {
    entity(OrgId{rows.u32(0)}, EntityNumber{rows.u32(1)}, rows.text(2), position_of(rows, 3));
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
