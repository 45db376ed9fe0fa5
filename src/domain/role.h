// Roles: sets of scopes with a name, for what people and programs usually do.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "domain/scope.h"

namespace scorekeeper {

// A new role needs a line in: role.cpp.
enum class Role : std::uint8_t {
  viewer,    // reads
  reporter,  // … and reports outcomes: a pipeline
  editor,    // … and changes rules, campaigns and the catalog
  approver,  // reads, and decides on exemptions
  admin,     // everything
};
inline constexpr Role all_roles[] = {Role::viewer, Role::reporter, Role::editor, Role::approver,
                                     Role::admin};

std::string_view name_of(Role role);
ScopeSet scopes_of(Role role);
// Error: an unknown name; it lists the known ones.
Result<Role> parse_role(std::string_view text);

}  // namespace scorekeeper
