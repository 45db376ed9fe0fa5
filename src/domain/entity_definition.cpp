#include "domain/entity_definition.h"

#include <fmt/format.h>

#include <map>

#include "domain/entity.h"

namespace scorekeeper {

std::string_view system_name(std::string_view reference) {
  const auto parts = split_canonical(reference);
  return parts.kind == "system" ? parts.name : std::string_view();
}

std::vector<std::string> systems_of(const EntityDefinition& definition) {
  std::vector<std::string> systems;
  for (const auto& relation : definition.relations) {
    if (relation.type != part_of_relation || is_same_entity(relation.to, definition.reference))
      continue;
    const auto name = system_name(relation.to);
    if (!name.empty()) systems.emplace_back(name);
  }
  return systems;
}

Result<void> check_distinct(std::span<const EntityDefinition> definitions) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    const auto& reference = definitions[i].reference;
    const auto [first, fresh] = places.try_emplace(fold_reference(reference), i);
    if (fresh) continue;
    return invalid(fmt::format(
        "definitions {} and {} of this request are of one entity, {} and {}: send one of them",
        first->second + 1, i + 1, definitions[first->second].reference, reference));
  }
  return {};
}

}  // namespace scorekeeper
