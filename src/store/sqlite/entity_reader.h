// Reading entities, definitions and relations, in short read transactions. On a
// reading connection that is lent to the calling thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

Result<std::vector<EntityNumber>> find_entities(Connection& connection, OrgId org,
                                                const EntityListFilter& filter);
Result<std::vector<ListedEntity>> read_entities(Connection& connection, OrgId org,
                                                const EntitySelection& selection);
Result<RelationPage> list_relations(Connection& connection, OrgId org,
                                    const RelationListFilter& filter);

// A statement and the values of its parameters, from ?1 on. The texts are views into the filter.
struct Query {
  struct Value {
    std::int64_t number = 0;
    std::optional<std::string_view> text{};
    std::string list{};  // a JSON array; empty = none
  };

  std::string sql;
  std::vector<Value> values;
};

// The numbers of a page of entities, in its order: read from indexes alone, so that what `offset`
// skips is cheap.
Query entity_page_query(OrgId org, const EntityListFilter& filter);
// The id and the first definer of a page of relations, in its order; the same.
Query relation_page_query(OrgId org, const RelationListFilter& filter);

}  // namespace scorekeeper::store::sqlite
