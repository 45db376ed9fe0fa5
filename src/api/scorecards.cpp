#include "wire/scorecards.h"

#include <algorithm>
#include <string>
#include <utility>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/versions.h"
#include "intake/scorecard_changes.h"
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
  const auto query = wire::parse_query<wire::ScorecardListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  auto budget = context.query_budget();
  const auto scorecards = context.org().list_scorecards(query->filter, query->page, budget);
  if (!scorecards) {
    const auto* const parameter = query->filter.description ? "filter[scorecard][description]"
                                  : query->filter.name      ? "filter[scorecard][name]"
                                                            : "page[offset]";
    return respond_error(blame(scorecards.error(), parameter), request.id, limits);
  }
  return respond(200, wire::write_scorecard_list(*scorecards));
}

http::Response get_scorecard(const Context& context, const http::Request& request) {
  const std::string id(request.path_parameter("scorecard_id"));
  const auto scorecard = context.org().find_scorecard(id);
  if (!scorecard) {
    return respond_error(scorecard_not_found(id), request.id, context.services.limits);
  }
  auto response = respond(200, wire::write_scorecard(*scorecard));
  tell_version(response, scorecard->version);
  return response;
}

void update_scorecard(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  std::vector<std::string> warnings;
  auto fields = wire::parse_scorecard(request.body, warnings);
  if (!fields) return waiting->fail(fields.error());
  submit_change(
      context, request, waiting,
      intake::bound(intake::decide_update_scorecard,
                    std::string(request.path_parameter("scorecard_id")), *std::move(fields)),
      [waiting, warnings = std::move(warnings)](Result<Scorecard> updated) {
        if (!updated) return waiting->fail(updated.error());
        auto response = respond(200, wire::write_scorecard(*updated, warnings));
        tell_version(response, updated->version);
        waiting->answer(std::move(response));
      });
}

void delete_scorecard(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  submit_change(context, request, waiting,
                intake::bound(intake::decide_remove_scorecard,
                              std::string(request.path_parameter("scorecard_id"))),
                answer_nothing(waiting));
}

}  // namespace scorekeeper::api
