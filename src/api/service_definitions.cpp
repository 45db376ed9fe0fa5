// The older definitions of services: entities of kind service in namespace default, in another
// dress. Errors but 404 are those of the rest of the API.
#include "wire/service_definitions.h"

#include <memory>
#include <optional>
#include <span>
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

namespace scorekeeper::api {
namespace {

http::Response json(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = plain_json;
  response.body = std::move(body);
  return response;
}

http::Response respond_not_found() { return json(404, std::string(wire::no_service_definition)); }

// The canonical reference of a service; nullopt: there can be none of that name.
std::optional<std::string> reference_of(std::string_view name) {
  auto reference = "service:default/" + std::string(name);
  if (!parse_entity_reference(reference)) return std::nullopt;
  return reference;
}

// The service that the path names, written by `write`.
template <typename Write>
http::Response answer_one(const Context& context, const http::Request& request, Write write) {
  const auto reference = reference_of(request.path_parameter("service_name"));
  if (!reference) return respond_not_found();
  const auto number = context.org().find_entity(*reference);
  if (!context.org().is_defined(number)) return respond_not_found();
  auto budget = context.query_budget();
  auto found = read_entities(context, {.numbers = std::span(&number, 1), .raw = true}, budget);
  if (!found) return respond_error(found.error(), request.id, context.services.limits);
  if (found->empty()) return respond_not_found();
  const RowId version = found->front().entity.version;
  auto response = json(200, write(found->front()));
  tell_version(response, version);
  return response;
}

}  // namespace

http::Response list_definitions(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::ServiceDefinitionListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  auto budget = context.query_budget();
  auto found = list_entities(
      context, {.kind = "service", .name_space = "default", .page = query->page}, true, budget);
  if (!found) return respond_error(found.error(), request.id, limits);
  auto body = wire::write_service_definitions(*found, query->schema_version, {}, &budget);
  if (const auto done = check_budget(budget); !done) {
    return respond_error(done.error(), request.id, limits);
  }
  return json(200, std::move(body));
}

void upsert_definitions(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  std::vector<std::string> skipped;
  auto definitions = wire::parse_service_definitions(
      request.body, context.services.limits, &skipped, find_named(context), context.cancelled);
  if (!definitions) return waiting->fail(definitions.error());
  auto precondition = precondition_of(request, definitions->size());
  if (!precondition) return waiting->fail(precondition.error());
  put_definitions(context, waiting, *std::move(definitions), *std::move(precondition),
                  [waiting, skipped = std::move(skipped)](std::vector<DefinedEntity> defined) {
                    answer_on_worker(waiting, [skipped, entities = std::move(defined)] {
                      std::vector<wire::EntityItem> items;
                      items.reserve(entities.size());
                      for (const auto& entity : entities)
                        items.push_back({.id = {}, .entity = entity});
                      auto response =
                          json(200, wire::write_service_definitions(items, std::nullopt, skipped));
                      if (entities.size() == 1) tell_version(response, entities.front().version);
                      return response;
                    });
                  });
}

http::Response get_definition(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::ServiceDefinitionQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  return answer_one(context, request, [&query](const wire::EntityItem& item) {
    return wire::write_service_definition(item, query->schema_version);
  });
}

http::Response get_raw_definition(const Context& context, const http::Request& request) {
  return answer_one(context, request, [](const wire::EntityItem& item) {
    return wire::write_raw_service_definition(item.entity.definition);
  });
}

// An entity that is known from outcomes alone has no definition to delete.
void delete_definition(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto precondition = precondition_of(request);
  if (!precondition) return waiting->fail(precondition.error());
  const auto name = request.path_parameter("service_name");
  const auto reference = reference_of(name);
  if (!reference) return waiting->answer(respond_not_found());
  intake::EntityTarget target{
      .number = {}, .reference = *reference, .given = std::string(name), .definition_alone = true};
  const auto submitted = context.services.intake->change(
      context.caller,
      intake::bound(intake::decide_remove_entity, std::move(target)).when(*std::move(precondition)),
      [waiting](const auto& removed) {
        if (removed) return waiting->answer(respond_nothing());
        if (removed.error().code == Code::not_found) return waiting->answer(respond_not_found());
        waiting->fail(removed.error());
      });
  if (!submitted) waiting->fail(submitted.error());
}

}  // namespace scorekeeper::api
