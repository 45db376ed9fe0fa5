// GET /scores/{aggregation}: a page as JSON from memory, or the whole list as CSV.
#include "wire/scores.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/errors.h"
#include "api/exports.h"
#include "api/filters.h"
#include "api/handlers.h"
#include "wire/entity_id.h"

namespace scorekeeper::api {
namespace {

constexpr std::string_view path_prefix = "/api/v2/scorecard/scores/";

matrix::ScoreSort sort_of(const std::optional<wire::ScoreField>& field) {
  using matrix::ScoreSort;
  if (!field) return ScoreSort::none;
  switch (*field) {
    case wire::ScoreField::score:
      return ScoreSort::score;
    case wire::ScoreField::numerator:
      return ScoreSort::numerator;
    case wire::ScoreField::denominator:
      return ScoreSort::denominator;
    case wire::ScoreField::total_pass:
      return ScoreSort::total_pass;
    case wire::ScoreField::total_fail:
      return ScoreSort::total_fail;
    case wire::ScoreField::total_skip:
      return ScoreSort::total_skip;
    case wire::ScoreField::total_no_data:
      return ScoreSort::total_no_data;
  }
  return ScoreSort::none;
}

// The parameter that asks for the most work.
std::string_view work_parameter(const wire::ScoreListQuery& query) {
  return query.entity.query || !query.entity.name ? wire::entity_query_name
                                                  : wire::entity_name_name;
}

matrix::ScoreQuery query_of(const wire::ScoreListQuery& query, Silence silence) {
  return {.aggregation = query.aggregation,
          .rules = {.ids = query.rule_ids,
                    .scorecard_ids = query.scorecard_ids,
                    .name = query.rule_name,
                    .levels = query.levels,
                    .custom = query.custom,
                    .enabled = query.enabled},
          .entities = query.entity.query,
          .entity_reference = query.entity.reference,
          .entity_name = query.entity.name,
          .sort = sort_of(query.sort),
          .descending = query.descending,
          .page = page_of(query.page),
          .silence = silence};
}

}  // namespace

wire::ScoreItem score_item_of(const Context& context, matrix::ScoreRow row) {
  wire::ScoreItem item;
  item.id = row.entity ? wire::write_entity_id(context.caller.org, row.entity,
                                               context.services.request_key)
                       : std::move(row.id);
  item.name = std::move(row.name);
  item.scorecard_id = std::move(row.scorecard_id);
  item.owner = std::move(row.owner);
  item.level = row.level;
  item.highest_level = row.highest_level;
  item.counts = row.counts;
  item.entities = row.entities;
  item.mean_entity_score = row.mean_entity_score;
  return item;
}

bool asks_of_many(const Context& context, const http::Request& request) {
  const auto has_filter = [](const Parameter& one) {
    return one.name == wire::entity_query_name || one.name == wire::entity_name_name;
  };
  if (std::ranges::any_of(request.query, has_filter) || wants_csv(request)) return true;
  // A rule costs a whole page of entities however few there are; a group may be one entity, which
  // costs as much as many cells.
  constexpr std::size_t cells_of_a_group = 100;
  const auto& org = context.org();
  const auto aggregation = request.path_parameter("aggregation");
  const bool groups =
      aggregation == name_of(Aggregation::by_team) || aggregation == name_of(Aggregation::by_kind);
  const auto entities = org.count_entities();
  const auto pages = (entities + matrix::page_entities - 1) / matrix::page_entities;
  return pages * matrix::page_entities * org.count_rules() +
             (groups ? entities * cells_of_a_group : 0) >
         loop_cells_max;
}

http::Response list_scores(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  const auto query = wire::parse_score_list_query(request.path_parameter("aggregation"),
                                                  request.query, services.limits);
  if (!query) return respond_error(query.error(), request.id, services.limits);
  const auto question = query_of(*query, services.silence);
  auto budget = context.query_budget();
  if (wants_csv(request)) {
    auto file = export_scores(context, question, budget);
    if (file) return *std::move(file);
    return respond_error(blame(std::move(file).error(), work_parameter(*query)), request.id,
                         services.limits);
  }
  auto page = context.org().list_scores(question, budget);
  if (!page) {
    return respond_error(blame(std::move(page).error(), work_parameter(*query)), request.id,
                         services.limits);
  }
  std::vector<wire::ScoreItem> items;
  items.reserve(page->rows.size());
  for (auto& row : page->rows) items.push_back(score_item_of(context, std::move(row)));
  const auto path = std::string(path_prefix) + std::string(name_of(query->aggregation));
  return respond(200, wire::write_score_list({.items = items,
                                              .total = page->total,
                                              .page = query->page,
                                              .links = wire::make_links(path, request.query,
                                                                        query->page, page->total)},
                                             query->aggregation, services.silence));
}

}  // namespace scorekeeper::api
