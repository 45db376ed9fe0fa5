// Reading lists of entities and relations, and definitions, on a connection that is lent to the
// calling thread. A page takes a few round trips, whatever its size.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/catalog.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

Result<std::vector<EntityNumber>> find_entities(PgConnection& connection, OrgId org,
                                                const EntityListFilter& filter);
Result<std::vector<ListedEntity>> read_entities(PgConnection& connection, OrgId org,
                                                const EntitySelection& selection);
Result<RelationPage> list_relations(PgConnection& connection, OrgId org,
                                    const RelationListFilter& filter);

}  // namespace scorekeeper::store::postgres
