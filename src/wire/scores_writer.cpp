#include "domain/entity.h"
#include "json/writer.h"
#include "wire/lists.h"
#include "wire/scores.h"

namespace scorekeeper::wire {
namespace {

void write_count(json::Writer& json, std::string_view name, std::uint64_t count) {
  json.key(name).number(static_cast<std::int64_t>(count));
}

void write_attributes(json::Writer& json, const ScoreRow& item, const ScoreQuery& query) {
  const auto& counts = item.counts;
  const bool of_entity = query.aggregation == Aggregation::by_entity;
  json.key("attributes").begin_object();
  json.member("aggregation", name_of(query.aggregation));
  write_count(json, "denominator", denominator_of(counts, query.no_data));
  if (of_entity) json.member("entity_reference", item.name);
  if (item.level) json.key("level").number(*item.level);
  if (item.highest_level) json.key("level_max").number(*item.highest_level);
  if (item.mean_entity_score) json.key("mean_entity_score").real(*item.mean_entity_score);
  if (!of_entity) json.optional_member("name", item.name);
  write_count(json, "numerator", numerator_of(counts));
  if (const auto score = score_of(counts, query.no_data)) json.key("score").real(*score);
  write_count(json, "total_entities", item.entities);
  write_count(json, "total_fail", counts.fail);
  write_count(json, "total_no_data", counts.no_data);
  write_count(json, "total_pass", counts.pass);
  write_count(json, "total_skip", counts.skip);
  json.end_object();
}

void write_relationships(json::Writer& json, const ScoreRow& item, Aggregation aggregation) {
  // There is none to a kind, nor of those without a team.
  if (aggregation == Aggregation::by_kind || item.id.empty()) return;
  json.key("relationships").begin_object();
  switch (aggregation) {
    case Aggregation::by_entity: {
      write_relationship(json, "entity", item.id, "entity");
      const auto reference = split_canonical(item.name);
      if (reference.kind == "service") {
        write_relationship(json, "service", reference.name, "service");
      }
      break;
    }
    case Aggregation::by_rule:
      write_relationship(json, "rule", item.id, "rule");
      write_relationship(json, "scorecard", item.scorecard_id, "scorecard");
      break;
    case Aggregation::by_scorecard:
      write_relationship(json, "scorecard", item.id, "scorecard");
      break;
    case Aggregation::by_team:
      write_relationship(json, "team", item.id, "team");
      break;
    case Aggregation::by_kind:
      break;
  }
  json.end_object();
}

}  // namespace

std::string write_score_list(const ScorePage& page, const ScoreQuery& query, const Links& links) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& row : page.rows) {
    json.begin_object().member("id", row.id).member("type", "score");
    write_attributes(json, row, query);
    write_relationships(json, row, query.aggregation);
    json.end_object();
  }
  json.end_array();
  write_page_meta(json, page.rows.size(), query.page, page.total);
  write_links(json, links);
  json.end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
