// Lists of entity tags, as If-Match has them (RFC 9110, sections 8.8.3 and 13.1.1). Any text is
// taken; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::http {

struct EntityTags {
  bool any = false;  // "*" alone
  // The texts between the quotes. Weak tags (W/"…") are left out: for If-Match they never match.
  std::vector<std::string> strong;

  bool operator==(const EntityTags&) const = default;
};

// "*", or tags with commas between them; empty elements are passed over. nullopt: it is neither.
std::optional<EntityTags> parse_entity_tags(std::string_view text);

}  // namespace scorekeeper::http
