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
#include "api/handlers.h"
#include "wire/entity_id.h"

namespace scorekeeper::api {
namespace {

constexpr std::string_view path_prefix = "/api/v2/scorecard/scores/";

// The parameter that asks for the most work.
std::string_view work_parameter(const ScoreQuery& query) {
  return query.entity.query || !query.entity.name ? wire::entity_query_name
                                                  : wire::entity_name_name;
}

}  // namespace

void identify(const Context& context, ScoreRow& row) {
  if (!row.entity) return;
  row.id = wire::write_entity_id(context.caller.org, row.entity, context.services.request_key);
}

bool asks_of_many(const Context& context, const http::Request& request) {
  const auto has_filter = [](const Parameter& one) {
    return one.name == wire::entity_query_name || one.name == wire::entity_name_name;
  };
  if (std::ranges::any_of(request.query, has_filter) || wants_csv(request)) return true;
  // A rule costs a whole page of entities however few there are; a group may be one entity, which
  // costs as much as many cells, and a sort looks at each.
  constexpr std::size_t cells_of_a_group = 100;
  constexpr std::size_t cells_of_a_row = 20;
  const auto& org = context.org();
  const auto aggregation = request.path_parameter("aggregation");
  const bool groups =
      aggregation == name_of(Aggregation::by_team) || aggregation == name_of(Aggregation::by_kind);
  const bool sorts =
      aggregation == name_of(Aggregation::by_entity) &&
      std::ranges::any_of(request.query, [](const Parameter& one) { return one.name == "sort"; });
  const auto entities = org.count_entities();
  const auto pages = (entities + matrix::page_entities - 1) / matrix::page_entities;
  return pages * matrix::page_entities * org.count_rules() +
             (groups ? entities * cells_of_a_group : 0) + (sorts ? entities * cells_of_a_row : 0) >
         loop_cells_max;
}

http::Response list_scores(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  auto query = wire::parse_score_query(request.path_parameter("aggregation"), request.query,
                                       services.limits);
  if (!query) return respond_error(query.error(), request.id, services.limits);
  query->no_data = services.no_data;
  auto budget = context.query_budget();
  const auto refuse = [&](Error error) {
    return respond_error(blame(std::move(error), work_parameter(*query)), request.id,
                         services.limits);
  };
  if (wants_csv(request)) {
    auto file = export_scores(context, *query, budget);
    return file ? *std::move(file) : refuse(std::move(file).error());
  }
  auto page = context.org().list_scores(*query, budget);
  if (!page) return refuse(std::move(page).error());
  for (auto& row : page->rows) identify(context, row);
  const auto path = std::string(path_prefix) + std::string(name_of(query->aggregation));
  const auto links = wire::make_links(path, request.query, query->page, page->total);
  return respond(200, wire::write_score_list(*page, *query, links));
}

}  // namespace scorekeeper::api
