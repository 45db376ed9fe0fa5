#include "wire/rules.h"

#include <string>
#include <utility>
#include <vector>

#include "api/errors.h"
#include "api/filters.h"
#include "api/handlers.h"
#include "api/waiting.h"
#include "wire/query.h"

namespace scorekeeper::api {
namespace {

Result<RuleFields> parse_fields(std::string& body, const Limits& limits) {
  auto fields = TRY(wire::parse_rule(body));
  TRY(check(fields, limits));
  return fields;
}

wire::RuleItem item_of(const matrix::RuleView& view) {
  return {.rule = view.rule, .scorecard = view.scorecard};
}

// The answer of a create (201) or an update (200).
intake::OnRule answer_with(std::shared_ptr<Waiting> waiting, int status) {
  return [waiting = std::move(waiting), status](Result<intake::ChangedRule> changed) {
    if (!changed) return waiting->fail(changed.error());
    const wire::RuleItem item{.rule = std::move(changed->rule),
                              .scorecard = std::move(changed->scorecard)};
    waiting->answer(respond(status, wire::write_rule(item, changed->warnings)));
  };
}

}  // namespace

http::Response list_rules(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_rule_list_query(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  std::vector<wire::RuleItem> items;
  for (const auto& view :
       context.org().list_rules(rule_filter_of(query->rule), page_of(query->page))) {
    items.push_back(item_of(view));
  }
  const auto links = wire::make_links("/api/v2/scorecard/rules", request.query, query->page);
  return respond(200, wire::write_rule_list(items, *query, links));
}

void create_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto fields = parse_fields(request.body, context.services.limits);
  if (!fields) return waiting->fail(fields.error());
  const auto submitted = context.services.intake->create_rule(context.caller, *std::move(fields),
                                                              answer_with(waiting, 201));
  if (!submitted) waiting->fail(submitted.error());
}

void update_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto fields = parse_fields(request.body, context.services.limits);
  if (!fields) return waiting->fail(fields.error());
  const auto submitted = context.services.intake->update_rule(
      context.caller, std::string(request.path_parameter("rule_id")), *std::move(fields),
      answer_with(waiting, 200));
  if (!submitted) waiting->fail(submitted.error());
}

void delete_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  const auto submitted = context.services.intake->remove_rule(
      context.caller, std::string(request.path_parameter("rule_id")),
      [waiting](Result<void> removed) {
        if (!removed) return waiting->fail(removed.error());
        http::Response response;
        response.status = 204;
        waiting->answer(std::move(response));
      });
  if (!submitted) waiting->fail(submitted.error());
}

}  // namespace scorekeeper::api
