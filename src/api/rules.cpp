#include "wire/rules.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/versions.h"
#include "api/waiting.h"
#include "domain/entity_query.h"
#include "intake/rule_changes.h"
#include "intake/scope_limits.h"
#include "wire/query.h"

namespace scorekeeper::api {
namespace {

// The rule that a create or an update (rule_id) asks for.
struct Wanted {
  std::string rule_id;  // empty = a new one
  RuleFields fields;
  std::vector<std::string> warnings;  // of what the body says
  Precondition precondition{};
};

Result<Wanted> parse_wanted(std::string_view rule_id, std::string& body, const Limits& limits) {
  Wanted wanted{.rule_id = std::string(rule_id), .fields = {}, .warnings = {}};
  wanted.fields = TRY(wire::parse_rule(body, wanted.warnings));
  TRY(check(wanted.fields, limits));
  return wanted;
}

// Nobody will use the draft of the scope, which is refused.
void refuse(const Context& context, Waiting& waiting, const std::string& scope,
            const Error& error) {
  if (const auto query = EntityQuery::parse(scope, "scope_query")) context.org().drop_draft(*query);
  waiting.fail(error);
}

// Answers a create with 201, an update with 200.
void submit(const Context& context, const std::shared_ptr<Waiting>& waiting, Wanted wanted) {
  const std::string scope = wanted.fields.scope_query;
  const int status = wanted.rule_id.empty() ? 201 : 200;
  auto on_rule = [context, waiting, scope, status, warnings = std::move(wanted.warnings)](
                     Result<intake::ChangedRule> changed) mutable {
    if (!changed) return refuse(context, *waiting, scope, changed.error());
    warnings.insert(warnings.end(), changed->warnings.begin(), changed->warnings.end());
    auto response = respond(status, wire::write_rule(*changed, warnings));
    tell_version(response, changed->rule.version);
    waiting->answer(std::move(response));
  };
  auto unknown = intake::list_unknown_fields(context.org(), wanted.fields);
  auto change =
      wanted.rule_id.empty()
          ? intake::bound(intake::decide_create_rule, std::move(wanted.fields), std::move(unknown))
          : intake::bound(intake::decide_update_rule, std::move(wanted.rule_id),
                          std::move(wanted.fields), std::move(unknown));
  const auto submitted = context.services.intake->change(
      context.caller, std::move(change).when(std::move(wanted.precondition)), std::move(on_rule));
  if (!submitted) refuse(context, *waiting, scope, submitted.error());
}

Result<void> draft(const Context& context, const std::string& rule_id, const EntityQuery& scope) {
  const auto& org = context.org();
  const auto rule = org.find_rule(rule_id);
  // One that is not known here another server may have made: the committer decides.
  if (rule_id.empty() || rule) {
    TRY(intake::check_scopes(org, context.services.limits, rule ? rule->rule.number : RuleNumber{},
                             scope));
  }
  auto budget = context.query_budget();
  auto drafted = org.draft_scope(scope, budget);
  if (drafted) return {};
  return blame(std::move(drafted).error(), "/data/attributes/scope_query");
}

// Submits once the scope is evaluated for all entities, in the pool for queries where they are
// many: the committer then evaluates it only for those that changed since.
void submit_drafted(const Context& context, const std::shared_ptr<Waiting>& waiting,
                    Wanted wanted) {
  auto query = EntityQuery::parse(wanted.fields.scope_query, "scope_query");
  if (!query || !context.org().wants_draft(*query)) {
    return submit(context, waiting, std::move(wanted));
  }
  const bool posted = context.services.post_query(
      context.caller.org,
      deferred_job(context, waiting,
                   [context, waiting, query = *std::move(query),
                    wanted = std::move(wanted)](const Looks::Look& /*look*/) mutable {
                     const auto drafted = draft(context, wanted.rule_id, query);
                     if (!drafted) return waiting->fail(drafted.error());
                     submit(context, waiting, std::move(wanted));
                   }));
  if (posted) return;
  waiting->fail(
      make_error(Code::unavailable,
                 "too many queries of this organization are waiting (queries_waiting_max), and the "
                 "scope must be evaluated for all entities; repeat the request later"));
}

}  // namespace

http::Response list_rules(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::RuleListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto& matrix = context.org();
  auto budget = context.query_budget();
  const auto found = matrix.list_rules(query->filter, query->page, budget);
  if (!found) {
    const auto* const parameter = query->filter.description ? "filter[rule][description]"
                                  : query->filter.name      ? "filter[rule][name]"
                                                            : "page[offset]";
    return respond_error(blame(found.error(), parameter), request.id, limits);
  }
  const auto& views = *found;
  const auto links = wire::make_links("/api/v2/scorecard/rules", request.query, query->page);
  auto response =
      respond(200, wire::write_rule_list(views, *query, links, matrix.list_unknown_fields(views)));
  if (query->filter.id && views.size() == 1) tell_version(response, views[0].rule.version);
  return response;
}

void create_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto wanted = parse_wanted({}, request.body, context.services.limits);
  if (!wanted) return waiting->fail(wanted.error());
  submit_drafted(context, waiting, *std::move(wanted));
}

void update_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto wanted =
      parse_wanted(request.path_parameter("rule_id"), request.body, context.services.limits);
  if (!wanted) return waiting->fail(wanted.error());
  auto precondition = precondition_of(request);
  if (!precondition) return waiting->fail(precondition.error());
  wanted->precondition = *std::move(precondition);
  submit_drafted(context, waiting, *std::move(wanted));
}

void delete_rule(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  submit_change(
      context, request, waiting,
      intake::bound(intake::decide_remove_rule, std::string(request.path_parameter("rule_id"))),
      answer_nothing(waiting));
}

}  // namespace scorekeeper::api
