// Reading lists of entities and relations, and definitions, on a connection that is lent to the
// calling thread. A page takes a few round trips, whatever its size.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/catalog.h"
#include "store/postgres/connection.h"
#include "store/postgres/query.h"

namespace scorekeeper::store::postgres {

Result<EntityPage> list_entities(Connection& connection, OrgId org, const EntityListFilter& filter);
Result<RelationPage> list_relations(Connection& connection, OrgId org,
                                    const RelationListFilter& filter);
Result<std::vector<DefinedEntity>> find_definitions(Connection& connection, OrgId org,
                                                    std::span<const std::string> references);

// The numbers of a page of defined entities, in its order.
Query entity_page_query(OrgId org, const EntityListFilter& filter);
// Number, name, kind and namespace of the first `count` entities of a range that match, defined or
// not, by name, kind and namespace. There is no index of their names, which new ones would pay for:
// a page of them looks at every entity of the org.
struct ScanRange {
  std::int64_t from = 0;  // left out
  std::int64_t to = 0;
  std::uint64_t count = 0;
};
Query entity_scan_query(OrgId org, const EntityListFilter& filter, const ScanRange& range);
// A page of relations, with what their first definers say, in its order.
Query relation_page_query(OrgId org, const RelationListFilter& filter);

}  // namespace scorekeeper::store::postgres
