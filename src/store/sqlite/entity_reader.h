// Reading entities, definitions and relations, in short read transactions. On a
// reading connection that is lent to the calling thread.
#pragma once

#include <vector>

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

Result<std::vector<EntityNumber>> find_entities(SqliteConnection& connection, OrgId org,
                                                const EntityListFilter& filter);
Result<std::vector<ListedEntity>> read_entities(SqliteConnection& connection, OrgId org,
                                                const EntitySelection& selection);
Result<RelationPage> list_relations(SqliteConnection& connection, OrgId org,
                                    const RelationListFilter& filter);

}  // namespace scorekeeper::store::sqlite
