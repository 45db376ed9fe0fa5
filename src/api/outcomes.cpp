#include "wire/outcomes.h"

#include <algorithm>
#include <expected>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/errors.h"
#include "api/exports.h"
#include "api/handlers.h"
#include "api/position.h"
#include "api/waiting.h"
#include "wire/query.h"
#include "wire/request_id.h"

namespace scorekeeper::api {
namespace {

using Committed = std::expected<intake::Receipt, intake::Failure>;

http::Header location_of(const std::string& async_request_id) {
  return {.name = "location", .value = "/api/v2/scorecard/async-requests/" + async_request_id};
}

void accept(Waiting& waiting, const intake::Receipt& receipt) {
  const auto id = wire::write_request_id(receipt.request.number, waiting.services.request_key);
  auto response = respond(202, wire::write_accepted(id, receipt.request.total_received));
  response.headers.push_back(location_of(id));
  tell_position(response, receipt.request.position);
  waiting.answer(std::move(response));
}

// A batch that is answered `unavailable` may have been stored all the same: the id lets the client
// ask.
void fail(Waiting& waiting, intake::Failure failure) {
  if (!failure.request || failure.error.code != Code::unavailable) {
    return waiting.fail(failure.error);
  }
  const auto id = wire::write_request_id(failure.request, waiting.services.request_key);
  failure.error.subject = id;
  auto response = respond_error(failure.error, waiting.request_id, waiting.services.limits);
  response.headers.push_back(location_of(id));
  waiting.answer(std::move(response));
}

// The entity as it is stored: a service keeps the spelling of its name that came first.
std::string stored_reference(const matrix::OrgMatrix& matrix, std::string_view reference) {
  const auto entity = matrix.find_entity(reference);
  if (!entity) return std::string(reference);  // gone since
  return matrix.references_of(std::span(&entity, 1)).front();
}

// In request order. A pair that came twice has one row, and the state that was reported last.
std::vector<wire::OutcomeItem> items_of(const matrix::OrgMatrix& matrix, const OutcomeBatch& batch,
                                        std::span<const RowId> ids,
                                        std::span<const store::OutcomeRow> rows) {
  std::unordered_map<RowId, State> states;
  for (std::size_t i = 0; i < ids.size(); ++i) states[ids[i]] = batch.results[i].state;
  std::vector<wire::OutcomeItem> items;
  items.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    items.push_back(
        {.rule_id = std::string(batch.view(batch.results[i].rule_id)),
         .entity_reference = stored_reference(matrix, batch.view(batch.results[i].entity)),
         .remarks = rows[i].remarks,
         .state = states[ids[i]],
         .created_at = rows[i].first_reported,
         .modified_at = rows[i].at,
         .reported_at = rows[i].at});
  }
  return items;
}

// On a worker: the log has the times.
void answer_batch(Waiting& waiting, const intake::Receipt& receipt) {
  const auto rows = waiting.services.log.rows(waiting.org, receipt.rows);
  if (!rows) {
    return fail(waiting, {.error = rows.error(), .request = receipt.request.number});
  }
  const Looks::Look look(waiting.services.looks);
  if (waiting.services.phase.load() == Phase::starting) {
    return fail(waiting,
                {.error = make_error(Code::unavailable,
                                     "the outcomes are stored, but the server is starting"),
                 .request = receipt.request.number});
  }
  const auto& matrix = waiting.services.matrix.org(waiting.org);
  const auto items = items_of(matrix, receipt.batch, receipt.rows, *rows);
  waiting.answer(respond(200, wire::write_outcomes_batch(items, receipt.request.total_received,
                                                         receipt.total_updated)));
}

// The parameter that asks for the most work: entities are found before their outcomes are counted.
std::string_view work_parameter(const wire::OutcomeListQuery& query) {
  if (query.filter.entity.query) return wire::entity_query_name;
  if (query.filter.entity.name) return wire::entity_name_name;
  return query.filter.service_name ? wire::service_name_name : "page[offset]";
}

}  // namespace

Result<std::vector<wire::OutcomeItem>> outcome_items_of(const Context& context,
                                                        const matrix::OutcomePage& page) {
  std::vector<RowId> ids;
  ids.reserve(page.outcomes.size());
  for (const auto& outcome : page.outcomes) ids.push_back(outcome.cell.row);
  const auto rows = TRY(context.services.log.rows(context.caller.org, ids));
  std::vector<wire::OutcomeItem> items;
  items.reserve(page.outcomes.size());
  for (std::size_t i = 0; i < page.outcomes.size(); ++i) {
    const auto& outcome = page.outcomes[i];
    if (rows[i].rule != outcome.rule || rows[i].entity != outcome.entity) {
      return make_error(Code::unavailable,
                        "the store has a different history than this server shows");
    }
    const auto rule = std::ranges::lower_bound(page.rules, outcome.rule, {},
                                               [](const auto& view) { return view.rule.number; });
    // The matrix keeps whole seconds: a report is never shown before the change it made.
    const auto reported_at = std::max(time_of_seconds(outcome.cell.last_reported), rows[i].at);
    items.push_back({.rule_id = rule->rule.id,
                     .entity_reference = outcome.entity_reference,
                     .remarks = rows[i].remarks,
                     .state = outcome.cell.state,
                     .created_at = rows[i].first_reported,
                     .modified_at = rows[i].at,
                     .reported_at = reported_at});
  }
  return items;
}

void post_outcomes(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto batch = wire::parse_outcomes(request.body, context.services.limits);
  if (!batch) return waiting->fail(batch.error());
  const auto submitted = context.services.intake->submit(
      context.caller, *std::move(batch), {}, [waiting](Committed committed) {
        if (!committed) return fail(*waiting, std::move(committed).error());
        accept(*waiting, *committed);
      });
  if (!submitted) waiting->fail(submitted.error());
}

void post_outcomes_batch(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto batch = wire::parse_outcomes_batch(request.body, context.services.limits);
  if (!batch) return waiting->fail(batch.error());
  const auto submitted = context.services.intake->submit(
      context.caller, *std::move(batch), {.want_rows = true}, [waiting](Committed committed) {
        if (!committed) return fail(*waiting, std::move(committed).error());
        const auto number = committed->request.number;
        const auto receipt = std::make_shared<const intake::Receipt>(*std::move(committed));
        const bool posted = waiting->services.post_to_worker(
            waiting->org, [waiting, receipt] { answer_batch(*waiting, *receipt); });
        if (posted) return;
        fail(*waiting,
             {.error = make_error(Code::unavailable,
                                  "the outcomes are stored, but no worker is free to list them"),
              .request = number});
      });
  if (!submitted) waiting->fail(submitted.error());
}

http::Response list_outcomes(const Context& context, const http::Request& request) {
  const auto& services = context.services;
  const auto query = wire::parse_query<wire::OutcomeListQuery>(request.query, services.limits);
  if (!query) return respond_error(query.error(), request.id, services.limits);
  auto budget = context.query_budget();
  const auto refuse = [&](Error error) {
    return respond_error(blame(std::move(error), work_parameter(*query)), request.id,
                         services.limits);
  };
  if (wants_csv(request)) {
    auto file = export_outcomes(context, query->filter, budget);
    return file ? *std::move(file) : refuse(std::move(file).error());
  }
  auto found = context.org().list_outcomes(query->filter, query->page, budget);
  if (!found) return refuse(std::move(found).error());
  const auto& page = *found;
  const auto items = outcome_items_of(context, page);
  if (!items) return respond_error(items.error(), request.id, services.limits);
  const auto links = wire::make_links("/api/v2/scorecard/outcomes", request.query, query->page);
  return respond(200, wire::write_outcome_list(*items, page.rules, *query, links));
}

}  // namespace scorekeeper::api
