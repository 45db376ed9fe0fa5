// Reading entities, definitions and relations, in short read transactions (decisions 2). On a
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

Result<void> load_entities(Connection& connection, const FoldEntity& entity);
Result<void> load_definitions(Connection& connection, const FoldDefinition& definition);
Result<EntityPage> list_entities(Connection& connection, OrgId org, const EntityListFilter& filter);
Result<RelationPage> list_relations(Connection& connection, OrgId org,
                                    const RelationListFilter& filter);
Result<std::vector<DefinedEntity>> find_definitions(Connection& connection, OrgId org,
                                                    std::span<const std::string> references);

// A statement and the values of its parameters, from ?1 on. The texts are views into the filter.
struct Query {
  struct Value {
    std::int64_t number = 0;
    std::optional<std::string_view> text{};
  };

  std::string sql;
  std::vector<Value> values;
};

// The numbers of a page of defined entities, in its order: read from indexes alone, so that what
// `offset` skips is cheap.
Query entity_page_query(OrgId org, const EntityListFilter& filter);
// Number, name, kind and namespace of entities that match, defined or not, in no order. There is no
// index of their names, which new ones would pay for: a page of them looks at every entity of the
// org, 0.3 µs each.
struct NumberRange {
  std::int64_t from = 0;  // left out
  std::int64_t to = 0;
};
Query entity_scan_query(OrgId org, const EntityListFilter& filter, NumberRange numbers);
// The id and the first definer of a page of relations, in its order; the same.
Query relation_page_query(OrgId org, const RelationListFilter& filter);

}  // namespace scorekeeper::store::sqlite
