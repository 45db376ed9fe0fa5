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

// The query of a single definition.
struct ServiceDefinitionQuery {
  std::optional<std::string> schema_version;
};

// Pages of at most catalog_page_size_max. filter[exclude_snapshot] is accepted: there are none.
ParameterRows rows_of(EntityListQuery& list, const Limits& limits);
ParameterRows rows_of(KindListQuery& list, const Limits& limits);
ParameterRows rows_of(RelationListQuery& list, const Limits& limits);
// page[size] of 1 to 100, 10 when absent.
ParameterRows rows_of(ServiceDefinitionListQuery& list, const Limits& limits);
ParameterRows rows_of(ServiceDefinitionQuery& query, const Limits& limits);

// The links of a list of the catalog: `self` always, `next` when the page is full, `previous` when
// it does not begin the list.
struct CatalogLinks {
  std::string self;
  std::string next;      // empty = none
  std::string previous;  // empty = none
};
CatalogLinks make_catalog_links(std::string_view path, Query query, Page page, std::uint64_t items);

}  // namespace scorekeeper::wire
