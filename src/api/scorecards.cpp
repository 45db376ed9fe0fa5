#include <algorithm>

#include "api/errors.h"
#include "api/filters.h"
#include "api/handlers.h"
#include "wire/query.h"
#include "wire/rules.h"

namespace scorekeeper::api {

bool searches_texts(const Context& context, const http::Request& request) {
  constexpr std::size_t cells_of_a_rule = 1'000;  // what putting it in order takes
  if (context.org().count_rules() * cells_of_a_rule > loop_cells_max) return true;
  return std::ranges::any_of(request.query, [](const Parameter& one) {
    return one.name.starts_with("filter[") &&
           (one.name.ends_with("[name]") || one.name.ends_with("[description]"));
  });
}

http::Response list_scorecards(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_scorecard_list_query(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto scorecards = context.org().list_scorecards(
      {.id = query->id, .name = query->name, .description = query->description},
      page_of(query->page));
  return respond(200, wire::write_scorecard_list(scorecards));
}

}  // namespace scorekeeper::api
