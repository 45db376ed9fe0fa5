#include "domain/entity_definition.h"

#include <algorithm>

#include "domain/entity.h"

namespace scorekeeper {

std::string_view system_name(std::string_view reference) {
  const auto parts = split_canonical(reference);
  return parts.kind == "system" ? parts.name : std::string_view();
}

std::vector<std::string> systems_of(const EntityDefinition& definition) {
  std::vector<std::string> systems;
  for (const auto& relation : definition.relations) {
    if (relation.type != part_of_relation || relation.to == definition.reference) continue;
    const auto name = system_name(relation.to);
    if (!name.empty()) systems.emplace_back(name);
  }
  return systems;
}

}  // namespace scorekeeper
