// The name that a definition is shown with. A service in namespace `default` is one entity for all
// spellings of its name and keeps the one that came first, but its stored schema has the spelling
// that was sent last. Typed forms show the first; the raw text stays as it was sent. Pure; any
// thread.
#pragma once

#include <string_view>

#include "domain/entity_definition.h"
#include "json/tree.h"

namespace scorekeeper::wire {

// The stored schema, with the kept name in metadata.name, and in metadata.displayName where that
// was made of the name. An empty object where there is no schema.
json::Tree schema_with_kept_name(const EntityDefinition& definition);
// The display name; where it was made of the name, the kept name.
std::string_view kept_display_name(const EntityDefinition& definition);

}  // namespace scorekeeper::wire
