// Relations between entities, as their definitions state them.
#include <string>
#include <utility>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "domain/entity.h"
#include "wire/catalog_query.h"
#include "wire/entities.h"

namespace scorekeeper::api {
namespace {

struct Found {
  std::vector<wire::RelationItem> relations;
  std::vector<wire::EntityItem> entities;  // what is included
};

Result<Found> find_page(const Context& context, const wire::RelationListQuery& query) {
  Found found;
  auto page = TRY(context.services.catalog.list_relations(
      context.caller.org, {.type = query.type,
                           .from = query.from.transform(fold_reference),
                           .to = query.to.transform(fold_reference),
                           .include_discovered = query.include_discovered,
                           .offset = query.page.offset,
                           .size = query.page.size}));
  std::vector<std::string> ends;
  for (auto& listed : page.relations) {
    ends.push_back(listed.relation.from);
    ends.push_back(listed.relation.to);
    found.relations.push_back(item_of(context, std::move(listed)));
  }
  if (query.include_entity || query.include_schema) {
    found.entities = TRY(find_entities(context, ends, query.include_discovered));
  }
  return found;
}

}  // namespace

http::Response list_catalog_relations(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_relation_list_query(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto found = find_page(context, *query);
  if (!found) return respond_error(found.error(), request.id, limits);
  const auto links = wire::make_catalog_links("/api/v2/catalog/relation", request.query,
                                              query->page, found->relations.size());
  return respond(200, wire::write_relation_list(found->relations, found->entities, *query, links));
}

}  // namespace scorekeeper::api
