#include "wire/catalog_query.h"

#include <algorithm>

#include "domain/entity.h"
#include "domain/text.h"
#include "wire/entity_relations.h"
#include "wire/known_parameters.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t service_page_size_default = 10;
constexpr std::uint64_t service_page_size_max = 100;
constexpr std::string_view relation_types =
    "one of \"RelationTypeOwns RelationTypeOwnedBy RelationTypeDependsOn RelationTypeDependencyOf "
    "RelationTypePartsOf RelationTypeHasPart RelationTypeOtherOwns RelationTypeOtherOwnedBy "
    "RelationTypeImplementedBy RelationTypeImplements\"";

// A text that is no reference names no entity.
std::optional<std::string> parse_reference(Query query, std::string_view name) {
  const auto text = parse_text(query, name);
  if (!text) return text;
  const auto reference = parse_entity_reference(*text);
  std::string canonical;
  if (reference) append_canonical(*reference, canonical);
  return canonical;
}

Result<std::optional<std::string>> parse_relation_type(Query query, std::string_view name) {
  auto type = parse_text(query, name);
  if (type && !is_relation_type(*type)) return bad_parameter(name, relation_types);
  return type;
}

}  // namespace

Result<EntityListQuery> parse_entity_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::entities));
  EntityListQuery list;
  list.filter.page = TRY(parse_page(query, limits.catalog_page_size_max));
  list.id = parse_text(query, "filter[id]");
  list.reference = parse_reference(query, "filter[ref]");
  list.name = parse_text(query, "filter[name]");
  list.filter.kind = parse_text(query, "filter[kind]");
  if (list.filter.kind) {
    std::ranges::transform(*list.filter.kind, list.filter.kind->begin(), to_lower);
  }
  list.filter.owner = parse_text(query, "filter[owner]");
  if (list.filter.owner) list.filter.owner = team_handle(*list.filter.owner);
  list.filter.relation_type = TRY(parse_relation_type(query, "filter[relation][type]"));
  list.filter.include_discovered = TRY(parse_boolean(query, "includeDiscovered")).value_or(false);
  const auto included =
      TRY(parse_include(query, {"schema", "raw_schema", "oncall", "incident", "relation"}));
  list.include_schema = included.contains("schema");
  list.include_raw_schema = included.contains("raw_schema");
  list.include_oncall = included.contains("oncall");
  list.include_incident = included.contains("incident");
  list.include_relation = included.contains("relation");
  return list;
}

Result<KindListQuery> parse_kind_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::kinds));
  KindListQuery list;
  list.page = TRY(parse_page(query, limits.catalog_page_size_max));
  list.id = parse_text(query, "filter[id]");
  list.name = parse_text(query, "filter[name]");
  return list;
}

Result<RelationListQuery> parse_relation_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::relations));
  RelationListQuery list;
  list.filter.page = TRY(parse_page(query, limits.catalog_page_size_max));
  list.filter.type = TRY(parse_relation_type(query, "filter[type]"));
  list.filter.from = parse_reference(query, "filter[from_ref]").transform(fold_reference);
  list.filter.to = parse_reference(query, "filter[to_ref]").transform(fold_reference);
  list.filter.include_discovered = TRY(parse_boolean(query, "includeDiscovered")).value_or(false);
  const auto included = TRY(parse_include(query, {"entity", "schema"}));
  list.include_entity = included.contains("entity");
  list.include_schema = included.contains("schema");
  return list;
}

namespace {

Result<std::optional<std::string>> read_schema_version(Query query) {
  auto version = parse_text(query, "schema_version");
  constexpr std::string_view known[] = {"v1", "v2", "v2.1", "v2.2"};
  if (!version || std::ranges::find(known, *version) != std::end(known)) return version;
  return bad_parameter("schema_version", "one of \"v1 v2 v2.1 v2.2\"");
}

}  // namespace

Result<std::optional<std::string>> parse_schema_version(Query query) {
  TRY(check_parameters(query, known::definition));
  return read_schema_version(query);
}

Result<ServiceDefinitionListQuery> parse_service_definition_list_query(Query query) {
  TRY(check_parameters(query, known::definitions));
  ServiceDefinitionListQuery list;
  list.page.size = service_page_size_default;
  if (const auto* size = find_value(query, "page[size]")) {
    list.page.size = TRY(parse_number("page[size]", *size, 1, service_page_size_max));
  }
  if (const auto* number = find_value(query, "page[number]")) {
    const auto page =
        TRY(parse_number("page[number]", *number, 0, offset_max / service_page_size_max));
    list.page.offset = page * list.page.size;
  }
  list.schema_version = TRY(read_schema_version(query));
  return list;
}

CatalogLinks make_catalog_links(std::string_view path, Query query, Page page,
                                std::uint64_t items) {
  LinkParameters kept;
  for (const auto& parameter : query) {
    if (parameter.name.starts_with("filter[") || parameter.name.starts_with("include")) {
      kept.emplace(parameter.name, parameter.value);
    }
  }
  CatalogLinks links;
  links.self = write_link(path, kept, page);
  if (items >= page.size) {
    links.next = write_link(path, kept, {.offset = page.offset + page.size, .size = page.size});
  }
  if (page.offset > 0) {
    const auto offset = page.offset - std::min(page.offset, page.size);
    links.previous = write_link(path, kept, {.offset = offset, .size = page.size});
  }
  return links;
}

}  // namespace scorekeeper::wire
