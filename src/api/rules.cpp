#include "wire/rules.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/errors.h"
#include "api/filters.h"
#include "api/handlers.h"
#include "api/waiting.h"
#include "domain/entity_query.h"
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

// Submits once the scope is asked of all entities, on a worker where they are many: the committer
// then asks only those that changed since.
void submit_drafted(const Context& context, const std::shared_ptr<Waiting>& waiting,
                    const std::string& scope, std::function<void()> submit) {
  auto query = EntityQuery::parse(scope, "scope_query");
  if (!query || !context.org().wants_draft(*query)) return submit();
  const bool posted = context.services.post_to_worker(
      context.caller.org,
      [context, waiting, query = *std::move(query), submit = std::move(submit)] {
        const Services& services = context.services;
        const Looks::Look look(services.looks);
        if (services.phase.load() == Phase::starting) {
          return waiting->fail(make_error(Code::unavailable, "the server is starting"));
        }
        auto budget = context.query_budget();
        auto drafted = context.org().draft_scope(query, budget);
        if (drafted) return submit();
        waiting->fail(blame(std::move(drafted).error(), "/data/attributes/scope_query"));
      });
  if (posted) return;
  waiting->fail(make_error(Code::unavailable,
                           "no worker is free to ask the scope of all entities; repeat it later"));
}

}  // namespace

http::Response list_rules(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_rule_list_query(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto& matrix = context.org();
  const auto views = matrix.list_rules(rule_filter_of(query->rule), page_of(query->page));
  std::vector<wire::RuleItem> items;
  items.reserve(views.size());
  for (const auto& view : views) items.push_back(item_of(view));
  const auto links = wire::make_links("/api/v2/scorecard/rules", request.query, query->page);
  return respond(200,
                 wire::write_rule_list(items, *query, links, matrix.list_unknown_fields(views)));
}

void create_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto fields = parse_fields(request.body, context.services.limits);
  if (!fields) return waiting->fail(fields.error());
  const std::string scope = fields->scope_query;
  submit_drafted(context, waiting, scope,
                 [waiting, caller = context.caller, fields = *std::move(fields)]() mutable {
                   const auto submitted = waiting->services.intake->create_rule(
                       caller, std::move(fields), answer_with(waiting, 201));
                   if (!submitted) waiting->fail(submitted.error());
                 });
}

void update_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto fields = parse_fields(request.body, context.services.limits);
  if (!fields) return waiting->fail(fields.error());
  const std::string scope = fields->scope_query;
  submit_drafted(
      context, waiting, scope,
      [waiting, caller = context.caller, id = std::string(request.path_parameter("rule_id")),
       fields = *std::move(fields)]() mutable {
        const auto submitted = waiting->services.intake->update_rule(
            caller, std::move(id), std::move(fields), answer_with(waiting, 200));
        if (!submitted) waiting->fail(submitted.error());
      });
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
