// The fields of the query language by name (docs/formats/scope-query.md). Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/entity_query.h"

namespace scorekeeper {

// By any of its names, ASCII letters without case; nullopt = a key of tags.
std::optional<EntityField> find_entity_field(std::string_view name);
// As queries write it; empty for `word`.
std::string_view name_of(EntityField field);
// The keys of tags that the query asks for and that are no field: sorted, without repeats.
std::vector<std::string> tag_keys_of(const EntityQuery& query);
// All names of fields.
std::span<const std::string_view> entity_field_names();

}  // namespace scorekeeper
