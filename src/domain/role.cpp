#include "domain/role.h"

#include <fmt/format.h>

#include <vector>

#include "domain/nearest.h"

namespace scorekeeper {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::reporter:
      return "reporter";
    case Role::editor:
      return "editor";
    case Role::approver:
      return "approver";
    case Role::admin:
      return "admin";
  }
  return "";
}

ScopeSet scopes_of(Role role) {
  if (role == Role::admin) return ScopeSet::all();
  ScopeSet scopes;
  scopes.add(Scope::apm_service_catalog_read);
  scopes.add(Scope::cases_read);
  if (role == Role::reporter || role == Role::editor) {
    scopes.add(Scope::scorekeeper_outcomes_write);
  }
  if (role == Role::editor) {
    scopes.add(Scope::apm_service_catalog_write);
    scopes.add(Scope::cases_write);
  }
  if (role == Role::approver) scopes.add(Scope::scorekeeper_exemptions_approve);
  return scopes;
}

Result<Role> parse_role(std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto role : all_roles) {
    if (text == name_of(role)) return role;
    known.push_back(name_of(role));
  }
  return invalid(fmt::format("unknown role \"{}\"{}; the roles are {}", text,
                             suggest_nearest(text, known), fmt::join(known, ", ")));
}

}  // namespace scorekeeper
