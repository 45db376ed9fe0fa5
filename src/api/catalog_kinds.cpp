// Kinds of entities; the name of a kind is its id.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "api/versions.h"
#include "intake/entity_changes.h"
#include "wire/catalog_query.h"
#include "wire/entities.h"

namespace scorekeeper::api {

http::Response list_catalog_kinds(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::KindListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const bool contradict = query->id && query->name && *query->id != *query->name;
  std::vector<Kind> kinds;
  if (!contradict) {
    kinds = context.org().list_kinds(query->id ? query->id : query->name, query->page);
  }
  auto response = respond(200, wire::write_kinds(kinds));
  if (kinds.size() == 1 && (query->id || query->name)) tell_version(response, kinds[0].version);
  return response;
}

void upsert_catalog_kind(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  auto kind = wire::parse_kind(request.body, context.services.limits);
  if (!kind) return waiting->fail(kind.error());
  submit_change(context, request, waiting,
                intake::bound(intake::decide_upsert_kind, *std::move(kind)),
                [waiting](Result<Kind> stored) {
                  if (!stored) return waiting->fail(stored.error());
                  auto response = respond(202, wire::write_kinds(std::span(&*stored, 1)));
                  tell_version(response, stored->version);
                  waiting->answer(std::move(response));
                });
}

void delete_catalog_kind(const Context& context, http::Request& request, http::Reply reply) {
  const auto waiting = wait_for(context, request, std::move(reply));
  submit_change(
      context, request, waiting,
      intake::bound(intake::decide_remove_kind, std::string(request.path_parameter("kind_id"))),
      answer_nothing(waiting));
}

}  // namespace scorekeeper::api
