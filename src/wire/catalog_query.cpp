#include "wire/catalog_query.h"

#include <algorithm>

#include "domain/entity.h"
#include "domain/text.h"
#include "wire/entity_relations.h"
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
std::string canonical_of(const std::string& text) {
  const auto reference = parse_entity_reference(text);
  std::string canonical;
  if (reference) append_canonical(*reference, canonical);
  return canonical;
}

std::string folded(const std::string& text) { return fold_reference(canonical_of(text)); }

std::string lower(const std::string& text) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

std::string handle_of(const std::string& owner) { return team_handle(owner); }

std::optional<std::string> parse_relation_type(std::string_view text) {
  return is_relation_type(text) ? std::optional<std::string>(text) : std::nullopt;
}

std::optional<std::string> parse_schema_version(std::string_view text) {
  constexpr std::string_view known[] = {"v1", "v2", "v2.1", "v2.2"};
  const bool is_known = std::ranges::find(known, text) != std::end(known);
  return is_known ? std::optional<std::string>(text) : std::nullopt;
}

ParameterRow schema_version(std::optional<std::string>& version) {
  return word("schema_version", version, parse_schema_version, "one of \"v1 v2 v2.1 v2.2\"");
}

}  // namespace

ParameterRows rows_of(EntityListQuery& list, const Limits& limits) {
  auto& filter = list.filter;
  return {page(filter.page, limits.catalog_page_size_max),
          flag("includeDiscovered", filter.include_discovered),
          include({{"schema", &list.include_schema},
                   {"raw_schema", &list.include_raw_schema},
                   {"oncall", &list.include_oncall},
                   {"incident", &list.include_incident},
                   {"relation", &list.include_relation}}),
          text("filter[id]", list.id),
          text("filter[ref]", list.reference, canonical_of),
          text("filter[name]", list.name),
          text("filter[kind]", filter.kind, lower),
          text("filter[owner]", filter.owner, handle_of),
          word("filter[relation][type]", filter.relation_type, parse_relation_type, relation_types),
          value("filter[exclude_snapshot]", [](auto, const auto&) { return Result<void>(); })};
}

ParameterRows rows_of(KindListQuery& list, const Limits& limits) {
  return {page(list.page, limits.catalog_page_size_max), text("filter[id]", list.id),
          text("filter[name]", list.name)};
}

ParameterRows rows_of(RelationListQuery& list, const Limits& limits) {
  auto& filter = list.filter;
  return {page(filter.page, limits.catalog_page_size_max),
          flag("includeDiscovered", filter.include_discovered),
          include({{"entity", &list.include_entity}, {"schema", &list.include_schema}}),
          word("filter[type]", filter.type, parse_relation_type, relation_types),
          text("filter[from_ref]", filter.from, folded),
          text("filter[to_ref]", filter.to, folded)};
}

ParameterRows rows_of(ServiceDefinitionListQuery& list, const Limits& /*limits*/) {
  auto& page = list.page;
  page.size = service_page_size_default;
  const auto read_size = [&page](auto name, const auto& text) -> Result<void> {
    page.size = TRY(parse_number(name, text, 1, service_page_size_max));
    return {};
  };
  const auto read_number = [&page](auto name, const auto& text) -> Result<void> {
    page.offset = page.size * TRY(parse_number(name, text, 0, offset_max / service_page_size_max));
    return {};
  };
  return {value("page[size]", read_size), value("page[number]", read_number),
          schema_version(list.schema_version)};
}

ParameterRows rows_of(ServiceDefinitionQuery& query, const Limits& /*limits*/) {
  return {schema_version(query.schema_version)};
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
