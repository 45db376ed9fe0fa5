// Kinds of entities (contract §6.1, §6.3); the name of a kind is its id.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/filters.h"
#include "api/handlers.h"
#include "intake/entity_changes.h"
#include "wire/catalog_query.h"
#include "wire/entities.h"

namespace scorekeeper::api {

http::Response list_catalog_kinds(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_kind_list_query(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const bool contradict = query->id && query->name && *query->id != *query->name;
  std::vector<Kind> kinds;
  if (!contradict) {
    kinds = context.org().list_kinds(query->id ? query->id : query->name, page_of(query->page));
  }
  return respond(200, wire::write_kinds(kinds));
}

void upsert_catalog_kind(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto kind = wire::parse_kind(request.body, context.services.limits);
  if (!kind) return waiting->fail(kind.error());
  const auto submitted = context.services.intake->change(
      context.caller, intake::bound(intake::decide_upsert_kind, *std::move(kind)),
      [waiting](Result<Kind> stored) {
        if (!stored) return waiting->fail(stored.error());
        waiting->answer(respond(202, wire::write_kinds(std::span(&*stored, 1))));
      });
  if (!submitted) waiting->fail(submitted.error());
}

void delete_catalog_kind(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  const auto submitted = context.services.intake->change(
      context.caller,
      intake::bound(intake::decide_remove_kind, std::string(request.path_parameter("kind_id"))),
      answer_nothing(waiting));
  if (!submitted) waiting->fail(submitted.error());
}

}  // namespace scorekeeper::api
