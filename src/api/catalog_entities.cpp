// Entities of the software catalog.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/entity_upserts.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/versions.h"
#include "domain/entity.h"
#include "intake/entity_changes.h"
#include "wire/catalog_query.h"
#include "wire/entities.h"
#include "wire/entity_definitions.h"
#include "wire/entity_id.h"

namespace scorekeeper::api {
namespace {

constexpr std::string_view list_path = "/api/v2/catalog/entity";
// The most relations that include=relation may add to an answer.
constexpr std::size_t included_relations_max = 20'000;

constexpr std::string_view name_filter = "filter[name]";

// The entities that id, reference and name together mean; nullopt: the query has none of the three.
Result<std::optional<std::vector<EntityNumber>>> numbers_of(const Context& context,
                                                            const wire::EntityListQuery& query,
                                                            WorkBudget& budget) {
  std::optional<std::vector<EntityNumber>> numbers;
  const auto narrow = [&](std::vector<EntityNumber> meant) {
    if (!numbers) {
      numbers = std::move(meant);
      return;
    }
    std::erase_if(*numbers,
                  [&](EntityNumber one) { return std::ranges::find(meant, one) == meant.end(); });
  };
  if (query.id) {
    const auto number =
        wire::parse_entity_id(*query.id, context.caller.org, context.services.request_key);
    narrow(number ? std::vector{*number} : std::vector<EntityNumber>());
  }
  if (query.reference) {
    const auto number = context.org().find_entity(*query.reference);
    narrow(number ? std::vector{number} : std::vector<EntityNumber>());
  }
  if (query.name) {
    auto named = context.org().find_by_name(*query.name, budget);
    if (!named) return blame(std::move(named).error(), name_filter);
    narrow(*std::move(named));
  }
  return numbers;
}

Result<void> add_relations(const Context& context, std::vector<wire::EntityItem>& items) {
  std::size_t count = 0;
  for (auto& item : items) {
    auto page = TRY(context.services.catalog.list_relations(
        context.caller.org, {.from = fold_reference(item.entity.definition.reference),
                             .include_discovered = true,
                             .page = {.size = included_relations_max - count + 1}}));
    count += page.relations.size();
    if (count > included_relations_max) {
      return make_error(Code::too_large,
                        "these entities have too many relations for one answer: ask for less with "
                        "page[limit], or list relations");
    }
    item.relations = std::move(page.relations);
    for (auto& listed : item.relations) respell(context, listed.relation);
  }
  return {};
}

Result<std::vector<wire::EntityItem>> find_page(const Context& context,
                                                const wire::EntityListQuery& query,
                                                WorkBudget& budget) {
  auto filter = query.filter;
  filter.numbers = TRY(numbers_of(context, query, budget));
  if (filter.numbers && filter.numbers->empty()) return std::vector<wire::EntityItem>();
  auto items = TRY(list_entities(context, filter, query.include_raw_schema, budget));
  if (query.include_relation) TRY(add_relations(context, items));
  return items;
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::ranges::all_of(text, [](char c) {
           return std::string_view("0123456789abcdefABCDEF-").find(c) != std::string_view::npos;
         });
}

// An id of ours, or a reference.
Result<intake::EntityTarget> target_of(const Context& context, std::string_view text) {
  intake::EntityTarget target;
  target.given = text;
  const auto& services = context.services;
  if (const auto number = wire::parse_entity_id(text, context.caller.org, services.request_key)) {
    target.number = *number;
    return target;
  }
  if (const auto reference = parse_entity_reference(text)) {
    append_canonical(*reference, target.reference);
    return target;
  }
  if (is_uuid(text)) {
    return make_error(Code::not_found, "entity not found: " + std::string(text));
  }
  return invalid("parameter \"entity_id\" must be an id or of the form \"kind:name\"", "entity_id");
}

}  // namespace

http::Response list_catalog_entities(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::EntityListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  auto budget = context.query_budget();
  const auto items = find_page(context, *query, budget);
  if (!items) return respond_error(items.error(), request.id, limits);
  const auto links =
      wire::make_catalog_links(list_path, request.query, query->filter.page, items->size());
  auto body = wire::write_entity_list(*items, *query, links, &budget);
  if (const auto done = check_budget(budget); !done) {
    return respond_error(done.error(), request.id, limits);
  }
  auto response = respond(200, std::move(body));
  const bool names_one = query->id || query->reference;
  if (names_one && items->size() == 1) tell_version(response, items->front().entity.version);
  return response;
}

void upsert_catalog_entities(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  std::vector<std::string> skipped;
  auto definitions = wire::parse_entity_definitions(request.body, context.services.limits, &skipped,
                                                    find_named(context), context.cancelled);
  if (!definitions) return waiting->fail(definitions.error());
  auto precondition = precondition_of(request, definitions->size());
  if (!precondition) return waiting->fail(precondition.error());
  put_definitions(
      context, waiting, *std::move(definitions), *std::move(precondition),
      [waiting, skipped = std::move(skipped)](std::vector<DefinedEntity> defined) {
        answer_on_worker(waiting, [waiting, skipped, entities = std::move(defined)] {
          std::vector<wire::EntityItem> items;
          items.reserve(entities.size());
          for (const auto& entity : entities) {
            items.push_back(item_of(waiting->services, waiting->org, {.entity = entity}));
          }
          auto response = respond(202, wire::write_accepted_entities(items, skipped));
          if (entities.size() == 1) tell_version(response, entities.front().version);
          return response;
        });
      });
}

http::Response preview_catalog_entities(const Context& context, http::Request& request) {
  const auto& services = context.services;
  // The clients send this request without a body.
  if (request.body.empty()) {
    return respond(202, wire::write_entity_preview({}, {}, services.clock.now()));
  }
  std::vector<std::string> skipped;
  const auto definitions = wire::parse_entity_definitions(request.body, services.limits, &skipped,
                                                          find_named(context), context.cancelled);
  if (!definitions) return respond_error(definitions.error(), request.id, services.limits);
  if (const auto distinct = check_distinct(*definitions); !distinct) {
    return respond_error(distinct.error(), request.id, services.limits);
  }
  return respond(202, wire::write_entity_preview(*definitions, skipped, services.clock.now()));
}

void delete_catalog_entity(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto target = target_of(context, request.path_parameter("entity_id"));
  if (!target) return waiting->fail(target.error());
  submit_change(context, request, waiting,
                intake::bound(intake::decide_remove_entity, *std::move(target)),
                answer_nothing(waiting));
}

}  // namespace scorekeeper::api
