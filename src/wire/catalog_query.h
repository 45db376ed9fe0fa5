// Query strings of the catalog's lists -> filters, and their links, which differ from those of
// query.h. The same rules hold for unknown, repeated and empty parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "domain/catalog_filter.h"
#include "wire/query.h"

namespace scorekeeper::wire {

struct EntityListQuery {
  EntityListFilter filter;               // the numbers are not set
  std::optional<std::string> id;         // as given
  std::optional<std::string> reference;  // canonical; empty when what was given is none
  std::optional<std::string> name;
  bool include_schema = false;
  bool include_raw_schema = false;
  bool include_oncall = false;
  bool include_incident = false;
  bool include_relation = false;
};

struct KindListQuery {
  Page page;
  std::optional<std::string> id;
  std::optional<std::string> name;
};

struct RelationListQuery {
  RelationListFilter filter;
  bool include_entity = false;
  bool include_schema = false;
};

struct ServiceDefinitionListQuery {
  Page page;                                  // from page[number] and page[size]
  std::optional<std::string> schema_version;  // one that service_definitions.h writes
};

// Pages of at most catalog_page_size_max. filter[exclude_snapshot] is accepted: there are none.
Result<EntityListQuery> parse_entity_list_query(Query query, const Limits& limits);
Result<KindListQuery> parse_kind_list_query(Query query, const Limits& limits);
Result<RelationListQuery> parse_relation_list_query(Query query, const Limits& limits);
// page[size] of 1 to 100, 10 when absent.
Result<ServiceDefinitionListQuery> parse_service_definition_list_query(Query query);
// schema_version alone, for a single definition.
Result<std::optional<std::string>> parse_schema_version(Query query);

// The links of a list of the catalog: `self` always, `next` when the page is full, `previous` when
// it does not begin the list.
struct CatalogLinks {
  std::string self;
  std::string next;      // empty = none
  std::string previous;  // empty = none
};
CatalogLinks make_catalog_links(std::string_view path, Query query, Page page, std::uint64_t items);

}  // namespace scorekeeper::wire
