// Relations between entities, as their definitions state them.
#include <string>
#include <vector>

#include "api/catalog_pages.h"
#include "api/errors.h"
#include "api/handlers.h"
#include "wire/catalog_query.h"
#include "wire/entities.h"

namespace scorekeeper::api {
http::Response list_catalog_relations(const Context& context, const http::Request& request) {
  const auto& limits = context.services.limits;
  const auto query = wire::parse_query<wire::RelationListQuery>(request.query, limits);
  if (!query) return respond_error(query.error(), request.id, limits);
  const auto& filter = query->filter;
  auto page = context.services.catalog.list_relations(context.caller.org, filter);
  if (!page) return respond_error(page.error(), request.id, limits);
  auto budget = context.query_budget();
  auto& relations = page->relations;
  Result<std::vector<wire::EntityItem>> entities;  // what is included
  if (query->include_entity || query->include_schema) {
    std::vector<std::string> ends;
    for (const auto& listed : relations) {
      ends.push_back(listed.relation.from);
      ends.push_back(listed.relation.to);
    }
    entities = find_entities(context, ends, filter.include_discovered, budget);
    if (!entities) return respond_error(entities.error(), request.id, limits);
  }
  for (auto& listed : relations) respell(context, listed.relation);
  const auto links = wire::make_catalog_links("/api/v2/catalog/relation", request.query,
                                              filter.page, relations.size());
  auto body = wire::write_relation_list(relations, *entities, *query, links, &budget);
  if (const auto done = check_budget(budget); !done) {
    return respond_error(done.error(), request.id, limits);
  }
  return respond(200, std::move(body));
}

}  // namespace scorekeeper::api
